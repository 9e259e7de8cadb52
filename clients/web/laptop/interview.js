/**
 * The laptop from entry to the end: stages, question, help (the notice's sections five to seven). Base of `Laptop`.
 *
 * Stages follow the exam clock and what the candidate decided, never the network; each is reported with the exam time at which it was due;
 * the question is asked for from T0 on, and is nowhere but in memory.
 */

import { Schedule } from "../common/stages.js";
import { watchAttention, watchScreenshots } from "./conduct.js";
import { Equipped } from "./equipped.js";

export const RUNNING = ["preparation", "lesson", "skill_test", "presentation"];
const ANSWER_POLL_MS = 2_000;
const SAID_MS = 6_000; // what is only noted stands so long

export class Interview extends Equipped {
  scheduleType = Schedule;
  /** @type {Schedule | null} */
  schedule = null;
  question = "";
  waitingForAnswer = "";
  askedToFinish = false;
  attentive = true;
  #questionAt = 0;
  #answerAt = 0;
  #shotUntil = 0;

  learnExam(exam) {
    super.learnExam(exam);
    this.schedule = new this.scheduleType(exam);
  }

  async begin() {
    await super.begin();
    this.reports.answered = (path, reply) => this.reportAnswered(path, reply);
    watchAttention((here) => this.attention(here));
    watchScreenshots(() => this.screenshot());
    window.addEventListener("click", () => this.pressed(), true);
  }

  get course() {
    return this.kept.course;
  }

  // -- entering ------------------------------------------------------------------------------------------------------

  /** 【进入考试】: the screen is asked for at the press, as browsers want it, and the service decides. */
  enter() {
    this.unsay("too-early", "too-late", "not-bound", "not-read", "other");
    if (!this.screen) this.shareScreen();
    this.askEntry();
    this.shown();
  }

  askEntry() {
    this.ask("entry", { method: "POST", path: "/v1/entry", key: true }, (reply) => this.entryAnswered(reply));
  }

  entryAnswered(reply) {
    if (reply.ok) {
      this.inside = true;
      if (!this.entered) {
        this.kept.enteredMs = reply.json.entered_ms;
        this.listDevices();
      }
      this.save();
    } else if (this.entered && ["too-late", "ended"].includes(reply.problem)) {
      this.say("too-late");
      this.end(this.examTime); // the service does not take back who left: what was recorded is uploaded
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
      this.askEntry();
    }
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
    this.forgetQuestion();
    this.askedToFinish = false;
    this.unsay("device-lost", "no-screen", "help-sent", "help-answer", "not-loaded", "screenshot");
    this.page = "upload";
  }

  wait() {
    this.kept.waited = true;
    this.save();
    this.beat();
  }

  /** The lesson has begun: the candidate began it, or the plan ended the wait. */
  get lessonRuns() {
    const began = this.schedule?.lessonStarted(this.course);
    return began !== undefined && began <= this.examTime;
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

  /** After the end it is not readable any more. */
  forgetQuestion() {
    this.question = "";
    this.links.drop("question");
  }

  // -- help, leaving -------------------------------------------------------------------------------------------------

  help(text) {
    this.reports.help(text.trim());
  }

  reportAnswered(path, reply) {
    if (path !== "/v1/help" || !reply.ok) return;
    this.unsay("help-answer");
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
    if (push.event !== "help-answered") super.told(push);
    else if (this.waitingForAnswer) this.askAnswer();
  }

  /** The window lost the candidate's attention, or has it again. */
  attention(here) {
    if (here === this.attentive) return;
    this.attentive = here;
    this.incident(here ? "focus-regained" : "focus-lost");
  }

  /** A key that takes a picture of the screen was pressed. */
  screenshot() {
    this.incident("screenshot");
    if (!this.inside || this.ended) return;
    this.say("screenshot");
    this.#shotUntil = performance.now() + SAID_MS;
  }

  // -- together ------------------------------------------------------------------------------------------------------

  step() {
    super.step();
    if (!this.schedule || !this.clock.known) return;
    if (this.inside || this.ended) this.followStages(); // what changed while this page did not run is reported all the same
    if (!this.inside) return;
    this.tellLost();
    this.followQuestion();
    if (this.waitingForAnswer && !this.ended && performance.now() >= this.#answerAt) this.askAnswer();
    if (performance.now() >= this.#shotUntil) this.unsay("screenshot");
  }
}
