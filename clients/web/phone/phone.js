/**
 * The phone page (智试通): binds, films the evidence with the front camera until the candidate stops it, then uploads it.
 *
 * Nothing is recorded before the binding; filming goes on through outages, a laptop that is gone and a locked laptop; it stops only when the
 * candidate stops it; success is shown only when the service holds every byte. Closed or killed and opened again, it uploads what it had,
 * films on, reports the gap, and can be bound anew. Leaving the page is reported, and so is every hole that it left.
 */

import { Core } from "../common/core.js";
import { sentence } from "../common/texts.js";
import { Uploads } from "../common/uploads.js";

const DOCUMENT = "phone";
const REFUSALS = ["wrong-code", "code-expired", "code-used", "other"];

/** Evidence goes up when it is complete: while it is filmed, the network is the laptop's. */
class CompleteUploads extends Uploads {
  maySend(segment) {
    return segment.complete;
  }
}

export class Phone extends Core {
  database = "viva-phone";
  uploadsType = CompleteUploads;
  askedToStop = false;
  filmingSince = 0; // own time, for the candidate to see that it runs
  #askedAt = 0;
  #binding = ""; // what is being sent
  #gapReported = false;
  #reportedLost = false;

  async begin() {
    this.kept = { token: "", stopped: false, ...this.store.load(DOCUMENT) };
    this.#gapReported = this.journal.interrupted.length === 0;
    this.devices.addEventListener("change", () => this.capture.hurry());
    document.addEventListener("visibilitychange", () => this.leftOrBack());
    if (this.kept.token) this.askExam();
  }

  save() {
    return this.store.save(DOCUMENT, this.kept);
  }

  get bearer() {
    return this.kept?.token ?? "";
  }

  // -- binding -------------------------------------------------------------------------------------------------------

  /** By the code that was typed (`code`), or what was scanned (`payload`). A press that repeats what is on its way changes nothing. */
  bind(body) {
    const text = JSON.stringify(body);
    if (this.links.asking("bind") && this.#binding === text) return;
    this.#binding = text;
    this.unsay(...REFUSALS);
    this.links.drop("bind");
    const request = { method: "POST", path: "/v1/phone/bind", headers: { "Content-Type": "application/json" }, body: text, key: true };
    this.ask("bind", request, (reply) => {
      if (reply.ok) this.bound(reply.json);
      else this.say(REFUSALS.includes(reply.problem) ? reply.problem : "other");
    });
    this.shown();
  }

  get isBinding() {
    return this.links.asking("bind");
  }

  /** Filming begins by itself. */
  bound({ token, exam }) {
    this.kept.token = token;
    this.kept.stopped = false;
    this.save();
    this.unsay(...REFUSALS);
    this.learnExam(exam);
    this.tokenChanged();
  }

  /** The desk has released this phone: what was filmed stays, and is uploaded once it is bound again. */
  rejected() {
    this.kept.token = "";
    this.save();
  }

  /** It was cut off, and may be bound again. */
  get mayBindAgain() {
    return this.journal.interrupted.length > 0;
  }

  // -- filming -------------------------------------------------------------------------------------------------------

  get isFilming() {
    return this.kept.token !== "" && !this.kept.stopped;
  }

  get recording() {
    return this.recordings.running.size > 0;
  }

  /** The front camera with the microphone, while it is filmed. @returns {import("../common/devices.js").Wanted} */
  get needed() {
    const camera = this.devices.named ? this.devices.facing("user") || "none" : "";
    return this.isFilming ? { camera, microphone: "", facing: "user" } : {};
  }

  /** Evidence, from the moment at which it is known that the front camera is the one that is open. */
  wanted() {
    const found = new Map();
    if (this.isFilming && this.media && this.devices.named && this.capture.has("camera")) found.set("evidence", this.media);
    return found;
  }

  /** A camera or microphone that is not there, or gone, is said and reported. */
  tellLost() {
    const lost = this.isFilming && this.capture.reasons.has("camera");
    const deaf = this.isFilming && this.capture.reasons.has("microphone");
    if (lost) this.say("no-camera", this.capture.reasons.get("camera"));
    else if (this.page !== "pair") this.unsay("no-camera"); // there the scanner says it
    deaf ? this.say("no-microphone", this.capture.reasons.get("microphone")) : this.unsay("no-microphone");
    if ((lost || deaf) && !this.#reportedLost && this.clock.known) {
      this.reports.incident("device-lost", this.examTime);
      this.#reportedLost = true;
    } else if (!lost && !deaf) {
      this.#reportedLost = false;
    }
  }

  /** After a kill the recording lacks a time; a system that stopped the camera of a page that was left lets it lack one as well. */
  reportGaps() {
    if (!this.recording || !this.clock.known) return;
    const holes = this.recordings.holes();
    if (this.#gapReported && holes.size === 0) return;
    this.#gapReported = true;
    this.reports.incident("gap", this.examTime, "录制中断，现已继续");
    this.say("gap");
  }

  /** Leaving the page is reported. Filming goes on as far as the phone lets it; what it did not let is reported on return. */
  leftOrBack() {
    if (this.isFilming && this.clock.known && document.hidden) this.reports.incident("app-left", this.examTime);
    this.beat();
  }

  get interviewIsOver() {
    return this.session?.ended_ms != null;
  }

  /** Before the end of the interview, stopping asks first; meanwhile the service is asked whether it is over. */
  pressStop() {
    if (this.interviewIsOver) return this.stop();
    this.askedToStop = true;
    this.#askedAt = this.examTime;
    this.links.drop("session");
    this.askSession();
    return this.shown();
  }

  /** The candidate stops it: the upload follows by itself. */
  stop() {
    this.askedToStop = false;
    this.kept.stopped = true;
    this.unsay("gap");
    this.save();
    this.beat();
  }

  cancelStop() {
    this.askedToStop = false;
    this.shown();
  }

  // -- uploading -----------------------------------------------------------------------------------------------------

  get uploadIsComplete() {
    return this.kept.stopped && this.recordings.idle && this.uploads.complete;
  }

  get mayClose() {
    return this.page === "pair" || this.page === "done";
  }

  retry() {
    this.links.hurry();
    this.uploads.retry();
    this.beat();
  }

  /** An interview that was over when the stop was asked about answers it; once results are published, recordings may go. */
  learned(session) {
    if (this.askedToStop && session.ended_ms != null && session.ended_ms <= this.#askedAt) this.stop();
    if (session.published && this.uploadIsComplete) this.discardRecordings();
  }

  told() {
    this.links.drop("session");
    this.askSession();
  }

  // -- together ------------------------------------------------------------------------------------------------------

  step() {
    if (this.kept.stopped) this.page = this.uploadIsComplete ? "done" : "upload";
    else this.page = this.kept.token ? "filming" : "pair";
    this.capture.follow(this.needed);
    this.tellLost();
    this.reportGaps();
    if (!this.recording) this.filmingSince = 0;
    else this.filmingSince ||= performance.now();
  }

  get alerts() {
    const said = super.alerts;
    const say = (code) => said.set(code, sentence(code, this.exam));
    if (this.askedToStop) say("confirm-stop");
    if (this.page === "done") say("upload-done");
    else if (this.page === "upload" && this.uploads.failing) say("upload-failed");
    return said;
  }
}
