/**
 * What laptop and phone have in common: devices, a view that is sent whenever it changes, time that passes, and what survives a kill.
 *
 * `state` is the document that survives; whoever changes it calls `save`. Whoever changes anything that is shown calls `touch`.
 */

import { Events } from './events.js';
import { ExamClock } from './exam-clock.js';
import { Link } from './link.js';
import { Reports } from './reports.js';
import { Store } from './store.js';
import { texts } from './texts.js';
import { Uploader } from './uploader.js';

/** Time is looked at so often, ms: finer than anything that is judged. */
const TICK_MS = 50;
/** Progress is shown in steps of so many ms. */
const PROGRESS_MS = 250;
/** The clock is set anew so often, ms, where no other reply does it. */
const CLOCK_MS = 5_000;

/**
 * @typedef {object} Device
 * @property {string} id
 * @property {'camera' | 'microphone' | 'screen'} kind
 * @property {string} label
 * @property {string} [facing]
 * @property {string} [encoded]
 * @property {string} [still]
 */

/** @typedef {{picture: Device, microphone?: Device}} Sources */

export class Client {
  /** @type {string[]} */
  intents = [];
  /** @type {string[]} */
  views = [];
  /** @type {Device[]} */
  devices = [];
  exam = new ExamClock();
  /** @type {Record<string, Uploader>} */
  uploaders = {};
  /** @type {Link | undefined} */
  link;

  #changed;
  #seq = 0;
  #last = '';
  #touched = false;
  #ticker;
  #events;
  #progress = { at: -Infinity, shown: {} };
  #asked = -Infinity;

  /**
   * @param {string} folder what survives is in it
   * @param {(view: any) => void} changed hears of every view that differs from the one before
   * @param {string[]} streams
   */
  constructor(folder, changed, streams) {
    this.#changed = changed;
    this.store = new Store(folder);
    this.state = this.store.load();
    this.state.segments ??= [];
    for (const stream of streams) this.uploaders[stream] = new Uploader(this, stream);
    this.reports = new Reports(this);
  }

  /** @param {string} url @param {string} ticket @param {Device[]} devices */
  open(url, ticket, devices) {
    this.ticket = ticket;
    this.devices = devices;
    this.link = new Link(url, this.exam, () => this.touch());
    if (this.state.exam) this.planned(this.state.exam);
    for (const segment of this.state.segments) this.#recover(segment);
    this.save();
    this.#ticker = setInterval(() => this.#tick(), TICK_MS);
    for (const each of Object.values(this.uploaders)) each.go();
    this.reports.go();
    this.begin();
  }

  /** A segment that was being recorded when the client was killed is over. */
  #recover(segment) {
    if (segment.finished) return;
    this.store.mend(segment.recording);
    segment.finished = this.store.finish(segment.recording);
  }

  /** @param {Device[]} devices all that are plugged in now */
  plugged(devices) {
    this.devices = devices;
    this.replugged();
    this.touch();
  }

  /** @param {string} intent @param {Record<string, string>} args @returns {{status: string, reason?: string}} */
  do(intent, args) {
    if (!this.intents.includes(intent)) return { status: 'unsupported', reason: '此客户端没有这一操作。' };
    if (!this.controls()[intent]?.enabled) {
      return this.unavailable(intent) ?? { status: 'refused', reason: '此时不能进行这一操作。' };
    }
    const refusal = this.act(intent, args);
    this.touch();
    return refusal ? { status: 'refused', reason: refusal } : { status: 'done' };
  }

  /** The whole view. */
  view() {
    this.#render();
    return { seq: this.#seq, ...JSON.parse(this.#last) };
  }

  /** @returns {Promise<void>} once nothing runs any more */
  async close() {
    clearInterval(this.#ticker);
    this.#events?.close();
    await this.closing();
    this.link?.close();
  }

  /** Something that is shown may have changed. */
  touch() {
    if (this.#touched) return;
    this.#touched = true;
    setImmediate(() => {
      this.#touched = false;
      if (this.#render()) this.#changed({ seq: this.#seq, ...JSON.parse(this.#last) });
    });
  }

  /** Keeps the state. */
  save() {
    this.store.save(this.state);
  }

  /** Whether the disk takes anything. */
  canWrite() {
    try {
      this.save();
      return true;
    } catch {
      return false;
    }
  }

  /** The plan as it is to be kept: without a question that it may have let slip. @param {any} info */
  planned({ question: _leaked, ...info }) {
    this.state.exam = info;
    this.plan = info;
    this.link.stall = info.limits.stall ?? this.link.stall;
    this.link.firstRetry = info.limits.first_retry ?? this.link.firstRetry;
  }

  /** Pushes to the holder of that token from now on. @param {string} token */
  listen(token) {
    this.#events?.close();
    this.link.token = token;
    this.#events = new Events(
      this.link,
      token,
      (event, data) => {
        this.pushed(event, data);
        this.touch();
      },
      () => this.unauthorized(),
    );
  }

  /** Where the candidate may call. */
  get contact() {
    return this.plan ? texts.contact(this.plan.contact) : '';
  }

  /** Progress as it is shown: steady for a moment, but for a change of state. */
  uploadShown() {
    const shown = {};
    for (const [stream, each] of Object.entries(this.uploaders)) {
      if (each.segments.length > 0) shown[stream] = each.shown;
    }
    const states = (of) => JSON.stringify(Object.entries(of).map(([stream, { state }]) => [stream, state]));
    const now = performance.now();
    if (now - this.#progress.at >= PROGRESS_MS || states(shown) !== states(this.#progress.shown)) {
      this.#progress = { at: now, shown };
    }
    return this.#progress.shown;
  }

  #tick() {
    const now = performance.now();
    if (this.exam.known) {
      this.tick(this.exam.now);
      if (now - this.#asked > CLOCK_MS && !this.link.offline) {
        this.#asked = now;
        this.link.attempt(this.link.timeRequest);
      }
    }
    this.touch();
  }

  #render() {
    const shown = JSON.stringify(this.show());
    if (shown === this.#last) return false;
    this.#last = shown;
    this.#seq += 1;
    return true;
  }

  // -- what laptop and phone do each in its own way

  /** The client was opened. */
  begin() {}
  /** Devices came or went. */
  replugged() {}
  /** Time has passed. @param {number} _now exam ms */
  tick(_now) {}
  /** A push came. @param {string} _event @param {Record<string, string>} _data */
  pushed(_event, _data) {}
  /** The token is not known any more. */
  unauthorized() {}
  /** A stream's device can't be read any more. @param {string} _stream */
  captureBroke(_stream) {}
  /** @returns {Promise<void>} */
  async closing() {}
  /** The buttons that are shown. @returns {Record<string, {enabled: boolean}>} */
  controls() {
    return {};
  }
  /** What pressing does that can't be pressed now, where more is to be said than that. @param {string} _intent */
  unavailable(_intent) {
    return undefined;
  }
  /** Presses an enabled button. @param {string} _intent @param {Record<string, string>} _args @returns {string | undefined} why not */
  act(_intent, _args) {
    return undefined;
  }
  /** The view but for its number. */
  show() {
    return {};
  }
}
