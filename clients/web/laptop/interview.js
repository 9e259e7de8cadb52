/**
 * The laptop from entry to the end: devices, stages, question, help (the notice's sections five to seven). Base of `Laptop`.
 *
 * Stages follow the exam clock and what the candidate decided, never the network; each is reported with the exam time at which it was due;
 * the question is asked for from T0 on, and is nowhere but in memory. The screen is recorded from entry, camera and microphone from
 * 进入待考 (T0 at the latest), all of it until a moment after the end.
 */

import { Schedule } from "../common/stages.js";
import { Admission } from "./admission.js";

export const RUNNING = ["preparation", "lesson", "skill_test", "presentation"];
const TAIL_MS = 600; // what ends in a stage's last second must be whole, and devices deliver late
const ANSWER_POLL_MS = 2_000;

export class Interview extends Admission {
  scheduleType = Schedule;
  /** @type {Schedule | null} */
  schedule = null;
  inside = false; // the service has let this page in since it was opened
  question = "";
  waitingForAnswer = "";
  askedToFinish = false;
  /** @type {MediaStream | null} */
  screen = null;
  #questionAt = 0;
  #answerAt = 0;
  #screenAsked = false;
  #reportedLost = new Set();

  learnExam(exam) {
    super.learnExam(exam);
    this.schedule = new this.scheduleType(exam);
  }

  async begin() {
    await super.begin();
    this.reports.answered = (path, reply) => this.reportAnswered(path, reply);
    document.addEventListener("visibilitychange", () => this.attention(!document.hidden && document.hasFocus()));
    window.addEventListener("blur", () => this.attention(false));
    window.addEventListener("focus", () => this.attention(true));
    window.addEventListener("keyup", (event) => event.key === "PrintScreen" && this.incident("screenshot"));
  }

  get entered() {
    return this.kept.enteredMs !== undefined;
  }

  get ended() {
    return this.kept.endedMs !== undefined;
  }

  get course() {
    return this.kept.course;
  }

  // -- entering ------------------------------------------------------------------------------------------------------

  /** 【进入考试】: the screen is asked for at the press, as browsers want it, and the service decides. */
  enter() {
    this.unsay("too-early", "too-late", "not-read", "other");
    if (!this.screen) this.shareScreen();
    this.ask("entry", { method: "POST", path: "/v1/entry", key: true }, (reply) => this.entryAnswered(reply));
    this.shown();
  }

  entryAnswered(reply) {
    if (reply.ok) {
      this.inside = true;
      this.kept.enteredMs ??= reply.json.entered_ms;
      this.listDevices();
      this.save();
    } else if (this.entered && ["too-late", "ended"].includes(reply.problem)) {
      this.say("too-late");
      this.end(this.examTime);
    } else {
      this.refused(reply);
    }
  }

  /** Where the session stands, after a restart above all: who had entered rejoins the running stage. */
  learned(session) {
    super.learned(session);
    if (session.entered_ms == null || !this.kept.token || this.inside || this.ended) return;
    this.kept.enteredMs = session.entered_ms;
    this.course.lessonStarted ??= session.lesson_started_ms ?? undefined;
    if (session.ended_ms != null) {
      this.end(session.ended_ms);
      this.say("ended");
    } else {
      this.ask("entry", { method: "POST", path: "/v1/entry", key: true }, (reply) => this.entryAnswered(reply));
    }
  }

  // -- devices and recording -----------------------------------------------------------------------------------------

  /** The whole screen; anything less is said and reported, and can be shared again. */
  async shareScreen() {
    if (this.#screenAsked) return;
    this.#screenAsked = true;
    try {
      const wanted = { video: { displaySurface: "monitor", frameRate: { ideal: 5 }, width: { max: 1_920 } }, audio: false };
      this.screen = await navigator.mediaDevices.getDisplayMedia(wanted);
      const surface = this.screen.getVideoTracks()[0].getSettings().displaySurface;
      this.screenIsWhole = surface === undefined || surface === "monitor";
    } catch {
      this.screen = null;
    }
    this.#screenAsked = false;
    this.beat();
  }

  /** 进入待考 has been pressed, or T0 has come. */
  get cameraIsDue() {
    return this.entered && (this.kept.waited || this.examTime >= 0);
  }

  get recordingStopsAt() {
    return this.ended ? this.kept.endedMs + TAIL_MS : Infinity;
  }

  /** What is to be recorded now, from the devices that are there. */
  wanted() {
    const found = new Map();
    if (!this.inside || this.examTime >= this.recordingStopsAt) return found;
    if (this.screen && this.screenIsWhole) found.set("screen", this.screen);
    if (this.cameraIsDue && this.media) found.set("camera", this.media);
    return found;
  }

  /** Another camera or microphone: from 进入待考 on, recording goes on with it. */
  choose(id) {
    const kind = this.devices.present.find((device) => device.id === id)?.kind;
    if (!kind || this.kept[kind] === id) return;
    this.kept[kind] = id;
    this.save();
    this.openMedia();
  }

  /** What should be recorded and can't be. */
  get lost() {
    if (!this.inside || this.ended) return new Set();
    const lost = new Set();
    if (!(this.screenIsWhole && this.screen?.getVideoTracks()[0]?.readyState === "live")) lost.add("screen");
    const live = (kind) => this.media?.getTracks().some((track) => track.kind === kind && track.readyState === "live");
    if (this.cameraIsDue && !live("video")) lost.add("camera");
    if (this.cameraIsDue && !live("audio")) lost.add("microphone");
    return lost;
  }

  /** Says at once what is not recorded any more, and reports it once. */
  tellLost() {
    const lost = this.lost;
    for (const what of lost) if (!this.#reportedLost.has(what)) this.incident(what === "screen" ? "capture-stopped" : "device-lost", what);
    this.#reportedLost = lost;
    lost.has("screen") ? this.say("no-screen") : this.unsay("no-screen");
    lost.has("camera") || lost.has("microphone") ? this.say("device-lost") : this.unsay("device-lost");
    if ((lost.has("camera") && this.devices.has(this.kept.camera)) || (lost.has("microphone") && this.devices.has(this.kept.microphone))) this.openMedia();
  }

  // -- stages --------------------------------------------------------------------------------------------------------

  /** Turns the page when its time has come, and reports every boundary that has passed. */
  followStages() {
    this.reportBoundaries();
    if (this.ended) return;
    const due = this.schedule.pageAt(this.examTime, this.course);
    const page = due !== "upload" && !this.kept.waited ? "devices" : due;
    if (page !== this.page) {
      this.page = page;
      this.askedToFinish = false;
    }
    if (page === "upload") this.end(this.schedule.end(this.course) ?? this.examTime);
  }

  reportBoundaries() {
    for (const { stage, boundary, at } of this.schedule.boundaries(this.examTime, this.course)) {
      const name = `${stage}:${boundary === "started" ? "started" : "ended"}`;
      if (this.kept.reported.includes(name)) continue;
      this.kept.reported.push(name);
      this.save();
      this.reports.stage(stage, boundary, at === 0 ? Math.max(0, this.kept.enteredMs) : at);
    }
  }

  /** The interview is over: the question is forgotten, the upload page comes. */
  end(at) {
    this.kept.endedMs = Math.round(at);
    this.save();
    this.question = "";
    this.links.drop("question");
    this.askedToFinish = false;
    this.unsay("device-lost", "no-screen", "help-sent", "help-answer", "not-loaded");
    this.page = "upload";
  }

  wait() {
    this.kept.waited = true;
    this.save();
    this.beat();
  }

  startLesson() {
    this.course.lessonStarted = Math.round(this.examTime);
    this.save();
    this.beat();
  }

  get mayFinish() {
    return RUNNING.includes(this.page) && !(this.page === "lesson" && this.course.lessonEnded !== undefined);
  }

  askToFinish(asked) {
    this.askedToFinish = asked;
    this.shown();
  }

  /** Yes: in art the lesson alone ends early and the skill test waits for its time, anything else ends the interview. */
  finish() {
    this.askedToFinish = false;
    const lessonOnly = this.schedule.art && this.page === "lesson" && this.course.lessonStarted !== undefined;
    this.course[lessonOnly ? "lessonEnded" : "finished"] = Math.round(this.examTime);
    this.save();
    this.beat();
  }

  /** The running countdown of this page: its stage and what is left, ms. */
  get countdown() {
    if (!this.schedule || !this.clock.known) return null;
    if (this.page === "waiting") return { stage: "waiting", left: -this.examTime };
    const running = this.schedule.spansOf(this.course).find((span) => span.stage === this.page && span.from <= this.examTime);
    return running ? { stage: running.stage, left: running.until - this.examTime } : null;
  }

  // -- the question --------------------------------------------------------------------------------------------------

  get mayFetchQuestion() {
    return this.entered && !this.ended && this.kept.waited && this.clock.surely() >= 0;
  }

  followQuestion() {
    if (this.mayFetchQuestion && !this.question && performance.now() >= this.#questionAt) this.fetchQuestion();
  }

  /** 【获取题目】, and by itself. */
  fetchQuestion() {
    this.ask("question", { method: "GET", path: "/v1/question" }, (reply) => {
      if (this.ended) return;
      if (reply.ok && reply.json?.text) {
        this.question = reply.json.text;
        this.unsay("not-loaded");
      } else {
        this.say("not-loaded");
        this.#questionAt = performance.now() + this.links.firstRetry * 4;
      }
    });
  }

  // -- help, leaving -------------------------------------------------------------------------------------------------

  help(text) {
    this.reports.help(text);
  }

  reportAnswered(path, reply) {
    if (path !== "/v1/help" || !reply.ok) return;
    this.say("help-sent");
    this.waitingForAnswer = reply.json.id;
    this.#answerAt = performance.now() + ANSWER_POLL_MS;
  }

  askAnswer() {
    this.#answerAt = performance.now() + ANSWER_POLL_MS;
    this.ask("answer", { method: "GET", path: `/v1/help/${this.waitingForAnswer}` }, (reply) => {
      if (!reply.ok || !reply.json.answer || this.ended) return;
      this.waitingForAnswer = "";
      this.unsay("help-sent");
      this.notes.set("help-answer", `技术服务回复：${reply.json.answer}`);
    });
  }

  told(push) {
    if (push.event === "help-answered") this.waitingForAnswer && this.askAnswer();
    else super.told(push);
  }

  /** The window lost the candidate's attention, or has it again: between entry and end that is reported. */
  attention(here) {
    if (here === (this.attentive ?? true)) return;
    this.attentive = here;
    this.incident(here ? "focus-regained" : "focus-lost");
  }

  incident(what, text = "") {
    if (this.inside && !this.ended) this.reports.incident(what, this.examTime, text);
  }

  // -- together ------------------------------------------------------------------------------------------------------

  step() {
    super.step();
    if (!this.inside || !this.schedule || !this.clock.known) return;
    this.followStages();
    if (this.cameraIsDue && !this.media && !this.ended) this.openMedia();
    this.tellLost();
    this.followQuestion();
    if (this.waitingForAnswer && !this.ended && performance.now() >= this.#answerAt) this.askAnswer();
  }
}
