/**
 * The phone page (智试通): binds, films the evidence with the front camera until the candidate stops it, then uploads it.
 *
 * Nothing is recorded before the binding; filming goes on through outages, a laptop that is gone and a locked laptop; it stops only when the
 * candidate stops it; success is shown only when the service holds every byte. Closed or killed and opened again, it uploads what it had,
 * films on, reports the gap, and can be bound anew. Leaving the page is reported.
 */

import { Core } from "../common/core.js";
import { Devices, reasonOf } from "../common/devices.js";
import { sentence } from "../common/texts.js";
import { Uploads } from "../common/uploads.js";

const DOCUMENT = "phone";
const REFUSALS = ["wrong-code", "code-expired", "code-used", "other"];
const OPEN_AGAIN_MS = 1_000;

/** Evidence goes up when it is complete: while it is filmed, the network is the laptop's. */
class CompleteUploads extends Uploads {
  maySend(segment) {
    return segment.complete;
  }
}

export class Phone extends Core {
  database = "viva-phone";
  uploadsType = CompleteUploads;
  devices = new Devices();
  askedToStop = false;
  /** @type {MediaStream | null} */
  media = null;
  #opening = false;
  #openAt = 0;
  #gapReported = false;
  #lostReported = false;
  #wakeLock = null;

  async begin() {
    this.kept = { token: "", stopped: false, ...this.store.load(DOCUMENT) };
    this.#gapReported = this.journal.interrupted.length === 0;
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

  /** By the code that was typed (`code`), or what was scanned (`payload`). */
  bind(body) {
    this.unsay(...REFUSALS);
    this.links.drop("bind");
    const request = { method: "POST", path: "/v1/phone/bind", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), key: true };
    this.ask("bind", request, (reply) => {
      if (reply.ok) this.bound(reply.json);
      else this.say(REFUSALS.includes(reply.problem) ? reply.problem : "other");
    });
    this.shown();
  }

  /** Filming begins by itself. */
  bound({ token, exam }) {
    this.kept.token = token;
    this.kept.stopped = false;
    this.save();
    this.learnExam(exam);
    this.tokenChanged();
  }

  /** The desk has released this phone: what was filmed stays, and is uploaded once it is bound again. */
  rejected() {
    this.kept.token = "";
    this.save();
  }

  // -- filming -------------------------------------------------------------------------------------------------------

  get isFilming() {
    return this.kept.token !== "" && !this.kept.stopped;
  }

  get recording() {
    return this.recordings.running.size > 0;
  }

  /** The front camera with the microphone. */
  async openMedia() {
    if (this.#opening || performance.now() < this.#openAt) return;
    this.#opening = true;
    this.#openAt = performance.now() + OPEN_AGAIN_MS;
    try {
      this.media = await this.devices.open({ facing: "user" });
      this.unsay("no-camera", "no-microphone");
    } catch (error) {
      this.say("no-camera", reasonOf(error, "前置摄像头或麦克风"));
    }
    this.#opening = false;
  }

  wanted() {
    const found = new Map();
    if (this.isFilming && this.media) found.set("evidence", this.media);
    return found;
  }

  /** A camera that is not there, or gone, is said and reported. */
  watchCamera() {
    const live = this.media?.getTracks().every((track) => track.readyState === "live");
    if (this.isFilming && !live) this.openMedia();
    if (this.isFilming && this.media && !live && !this.#lostReported) this.reports.incident("device-lost", this.examTime);
    this.#lostReported = Boolean(this.isFilming && this.media && !live);
    if (!this.isFilming && this.media && this.recordings.idle) {
      this.media.getTracks().forEach((track) => track.stop());
      this.media = null;
    }
  }

  /** The screen stays on while it is filmed. */
  async keepAwake() {
    if (this.isFilming && !this.#wakeLock && !document.hidden) {
      this.#wakeLock = "asked";
      this.#wakeLock = await navigator.wakeLock?.request("screen").catch(() => null);
      this.#wakeLock?.addEventListener("release", () => (this.#wakeLock = null));
    } else if (!this.isFilming && this.#wakeLock?.release) {
      this.#wakeLock.release();
    }
  }

  /** Leaving the page is reported: filming goes on as far as the phone lets it, and a gap is reported on return. */
  leftOrBack() {
    if (!this.isFilming || !this.clock.known) return;
    if (document.hidden) this.reports.incident("app-left", this.examTime);
    else if (!this.recording) this.reports.incident("gap", this.examTime, "离开应用期间录制中断");
  }

  get interviewIsOver() {
    return this.session?.ended_ms != null;
  }

  /** Before the end of the interview, stopping asks first; meanwhile the service is asked whether it is over. */
  pressStop() {
    if (this.interviewIsOver) return this.stop();
    this.askedToStop = true;
    this.askSession();
    return this.shown();
  }

  /** The candidate stops it: the upload follows by itself. */
  stop() {
    this.askedToStop = false;
    this.kept.stopped = true;
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

  retry() {
    this.links.hurry();
    this.uploads.retry();
    this.beat();
  }

  learned(session) {
    if (this.askedToStop && this.interviewIsOver) this.stop();
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
    this.watchCamera();
    this.keepAwake();
    if (!this.#gapReported && this.recording && this.clock.known) {
      this.#gapReported = true;
      this.reports.incident("gap", this.examTime, "录制中断，现已继续");
    }
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
