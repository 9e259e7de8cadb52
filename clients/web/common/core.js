/**
 * What laptop and phone have in common: a page around its store, its links, its exam clock, its recordings and their uploads.
 *
 * Five times a second, and after everything that comes in, one `step` brings everything up to date, so that nothing depends on which event it
 * was; what must survive is in the store before it has an effect; the question never is.
 */

import { Capture } from "./capture.js";
import { ExamClock } from "./clock.js";
import { Devices } from "./devices.js";
import { Links } from "./links.js";
import { WakeLock, alone, keepOffline } from "./presence.js";
import { Journal, Recordings } from "./recordings.js";
import { Reports } from "./reports.js";
import { Store } from "./store.js";
import { sentence } from "./texts.js";
import { everyBeat } from "./ticker.js";
import { Uploads } from "./uploads.js";

const POLL_MS = 1_000; // how often the session is asked for where a change is awaited: a push may be lost
const QUIET_POLL_MS = 5_000; // … and, as a sign of life, everywhere else

export class Core {
  uploadsType = Uploads;
  exam = null;
  session = null;
  page = "";
  /** @type {Map<string, string>} what was said and stands until it is over */
  notes = new Map();
  devices = new Devices();
  capture = new Capture(this.devices, () => this.beat());
  #wakeLock = new WakeLock();
  #polledAt = -Infinity;
  #lastEvent = 0;

  /** Opens the store and begins; `shown` is called whenever something may have changed, `waits` where another page of this browser does the same. */
  async open(shown, waits = () => {}) {
    this.shown = shown;
    await alone(this.database, waits);
    this.store = await Store.open(this.database);
    this.clock = new ExamClock();
    this.links = new Links(this.clock, () => this.bearer, () => this.recovered());
    this.journal = new Journal(this.store);
    this.recordings = new Recordings(this.journal, this.store, this.clock);
    this.uploads = new this.uploadsType(() => this.exam?.exam ?? "", this.links, this.store, this.journal);
    this.reports = new Reports(this.links, this.store, () => this.bearer);
    await this.begin();
    window.addEventListener("beforeunload", (event) => this.closing(event));
    everyBeat(() => this.beat());
    this.beat();
    keepOffline();
  }

  /** For the two pages to say. */
  get bearer() {
    return "";
  }
  get awaitsChange() {
    return false;
  }
  /** Nothing would be lost if the page were closed. */
  get mayClose() {
    return true;
  }
  /** The screen must stay on. */
  get isFilming() {
    return false;
  }
  async begin() {}
  step() {}
  wanted() {
    return new Map();
  }
  learned() {}
  told() {}
  rejected() {}

  /** Camera and microphone as they are open now. @returns {MediaStream | null} */
  get media() {
    return this.capture.media;
  }

  get examTime() {
    return this.clock.now();
  }

  /** Brings everything up to date. */
  beat() {
    if (!this.reports) return; // not open yet
    this.devices.beat();
    this.step();
    if (this.clock.known) this.recordings.follow(this.wanted());
    this.uploads.beat();
    this.reports.beat();
    const due = this.awaitsChange ? this.#polledAt + POLL_MS : Math.max(this.#polledAt, this.links.heardAt) + QUIET_POLL_MS;
    if (performance.now() >= due && !this.links.asking("session") && !this.links.asking("time")) this.askSession();
    this.links.beat();
    this.#wakeLock.follow(this.isFilming);
    this.shown();
  }

  /** Closing before all is safe is warned about by the browser, and said on the page to whoever stays. */
  closing(event) {
    if (this.mayClose) return;
    event.preventDefault();
    event.returnValue = true;
    this.say("upload-running");
  }

  askExam() {
    this.ask("exam", { method: "GET", path: "/v1/exam" }, (reply) => {
      if (reply.ok) this.learnExam(reply.json);
      else if (reply.status === 401) this.rejected();
    });
  }

  /** The plan came. A question that leaked with it is forgotten before anything is kept of it. */
  learnExam(exam) {
    delete exam.question;
    this.exam = exam;
    this.links.limit(exam.limits);
  }

  /** Where to go on; without a token, whether the service can be reached. */
  askSession() {
    this.#polledAt = performance.now();
    if (!this.bearer) {
      this.links.ask("time", { method: "GET", path: "/v1/time" }, () => {});
      return;
    }
    this.links.follow("events", () => ({ "Last-Event-ID": String(this.#lastEvent) }), (push) => this.#event(push));
    this.ask("session", { method: "GET", path: "/v1/session" }, (reply) => {
      if (reply.ok) {
        this.session = reply.json;
        this.learned(reply.json);
      } else if (reply.status === 401) {
        this.rejected();
      }
    });
  }

  /** A request whose answer changes what is shown. */
  ask(name, request, done, options) {
    this.links.ask(
      name,
      request,
      (reply) => {
        done(reply);
        this.beat();
      },
      options,
    );
  }

  #event(push) {
    if (push.id <= this.#lastEvent) return;
    this.#lastEvent = push.id;
    this.told(push);
    this.beat();
  }

  /** The network is back: what may have changed meanwhile is asked for, and a stream that hangs is replaced. */
  recovered() {
    this.links.drop("events");
    this.askSession();
  }

  /** The token is another one: pushes are listened to with it, from their beginning. */
  tokenChanged() {
    this.#lastEvent = 0;
    this.links.drop("events");
    this.links.drop("session");
    this.askSession();
  }

  say(code, more = "") {
    this.notes.set(code, sentence(code, this.exam, more));
  }

  unsay(...codes) {
    for (const code of codes) this.notes.delete(code);
  }

  /** Everything that is said now: code → sentence. @returns {Map<string, string>} */
  get alerts() {
    const standing = new Map(this.notes);
    if (this.mayClose) standing.delete("upload-running");
    if (this.links.offline) standing.set("offline", sentence("offline", this.exam));
    return standing;
  }

  /** Results are published: what the service holds need not stay here. */
  discardRecordings() {
    return this.journal.clear();
  }
}
