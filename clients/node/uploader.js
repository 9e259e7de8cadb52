/**
 * One stream's segments to the service, one after the other, while they grow: tus 1.0 with a deferred length.
 *
 * After any break the service is asked how far it is (HEAD) and sending goes on from there. A segment is done when the service says that it
 * is held; until then, and until results are published, its file stays.
 */

import { randomUUID } from 'node:crypto';

/** One PATCH holds so much at most: on a line of 32 KB/s it is through within the stall limit, and what moves is not given up. */
const SLICE = 64 << 10;
/** A growing segment is sent in steps of so many ms. */
const STEP_MS = 300;
/** So many failures in a row, and the candidate is told. */
const TOLD_AFTER = 2;

/**
 * @typedef {object} Segment
 * @property {string} recording uuid
 * @property {'camera' | 'screen' | 'evidence'} stream
 * @property {number} segment
 * @property {number} started exam ms
 * @property {string} [previous]
 * @property {string} [upload] path of the upload
 * @property {{length: number, sha256: string}} [finished] what was recorded, once it is over
 * @property {boolean} [held]
 */

export class Uploader {
  failures = 0;

  #client;
  #stream;
  #offset = 0;
  #known = false;
  #going = false;
  #asksAgain = false;
  /** @type {(() => void) | undefined} */
  #wake;

  /** @param {import('./client.js').Client} client @param {Segment['stream']} stream */
  constructor(client, stream) {
    this.#client = client;
    this.#stream = stream;
  }

  /** This stream's segments, in order. @returns {Segment[]} */
  get segments() {
    return this.#client.state.segments.filter((each) => each.stream === this.#stream);
  }

  /** Whether the service has all that was recorded. */
  get done() {
    return this.segments.every((each) => each.held);
  }

  /** What the candidate is shown of it. */
  get shown() {
    const { segments } = this;
    let sent = 0;
    let total = 0;
    for (const each of segments) {
      const size = each.finished?.length ?? this.#client.store.size(each.recording);
      total += size;
      sent += each.held ? size : each === this.#current ? Math.min(size, this.#offset) : 0;
    }
    const recording = segments.some((each) => !each.finished);
    const state = this.done ? 'done' : recording ? 'recording' : this.failing ? 'failed' : 'sending';
    return { sent, total, state };
  }

  /** Whether it keeps failing. */
  get failing() {
    return this.failures >= TOLD_AFTER;
  }

  /** There is something to send, or a token to send it with; harmless while it is being sent. */
  go() {
    this.#wake?.();
    if (this.#going) return;
    this.#going = true;
    this.#run().finally(() => {
      this.#going = false;
    });
  }

  /** 【重新上传】: at once, and what was held already is asked for again; its file is still there. */
  again() {
    this.#asksAgain = true;
    this.go();
  }

  get #current() {
    return this.segments.find((each) => !each.held);
  }

  async #run() {
    for (let at = this.#next(); at && this.#client.state.token; at = this.#next()) {
      const status = await this.#step(at);
      if (status === 401) {
        this.#client.unauthorized();
        return;
      }
    }
  }

  /** What comes next, chosen while nothing is under way. */
  #next() {
    if (this.#asksAgain && this.#client.state.token) {
      this.#asksAgain = false;
      this.#known = false;
      for (const each of this.segments) each.held = false;
      this.#client.save();
    }
    return this.#current;
  }

  /** One thing that brings a segment on. @param {Segment} segment @returns {Promise<number | undefined>} the status, where there was one */
  async #step(segment) {
    if (!segment.upload) return this.#create(segment);
    if (!this.#known) return this.#look(segment);
    const size = this.#client.store.size(segment.recording);
    if (this.#offset < size) return this.#send(segment);
    if (segment.finished) return this.#finish(segment);
    await this.#more();
    return undefined;
  }

  #ask(request, failing = true) {
    const { link, state } = this.#client;
    const tus = { 'Tus-Resumable': '1.0.0' };
    const whole = { ...request, token: state.token, headers: { ...tus, ...request.headers } };
    return failing ? link.ask(whole, () => this.#failed()) : link.attempt(whole);
  }

  async #create(segment) {
    const metadata = {
      exam: this.#client.state.exam.exam,
      recording: segment.recording,
      stream: segment.stream,
      segment: segment.segment,
      mime: 'video/webm',
      started_ms: segment.started,
      ...(segment.previous ? { previous: segment.previous } : {}),
    };
    const pairs = Object.entries(metadata).map(([key, value]) => `${key} ${Buffer.from(String(value)).toString('base64')}`);
    const headers = { 'Upload-Defer-Length': 1, 'Upload-Metadata': pairs.join(',') };
    const answer = await this.#ask({ method: 'POST', path: '/v1/uploads', headers });
    if (answer.status === 201) {
      segment.upload = new URL(answer.headers.location, 'http://service/').pathname;
      this.#client.save();
      this.#held(answer);
      this.#worked();
    } else {
      await this.#refused();
    }
    return answer.status;
  }

  async #look(segment) {
    const answer = await this.#ask({ method: 'HEAD', path: segment.upload });
    if (answer.status < 300) this.#held(answer);
    else if (answer.status === 404) segment.upload = undefined;
    else await this.#refused();
    return answer.status;
  }

  async #send(segment) {
    const body = this.#client.store.read(segment.recording, this.#offset, SLICE);
    const headers = { 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': this.#offset };
    this.#known = false; // until the answer says how far it is
    const answer = await this.#ask({ method: 'PATCH', path: segment.upload, headers, body }, false);
    if (answer === undefined) return undefined;
    if (answer.status === 204) {
      this.#held(answer);
      this.#worked();
      const grown = this.#client.store.size(segment.recording) - this.#offset;
      if (grown < SLICE && !segment.finished) await this.#more();
    } else if (answer.status >= 500 || answer.status === 429) {
      this.#failed();
      await this.#client.link.pause(this.failures - 1);
    } else if (answer.status !== 409 && answer.status !== 404 && answer.status !== 401) {
      await this.#refused();
    }
    return answer.status;
  }

  async #finish(segment) {
    const headers = { 'Idempotency-Key': randomUUID() };
    const path = `/v1/recordings/${segment.recording}/finish`;
    const answer = await this.#ask({ method: 'POST', path, headers, json: segment.finished });
    if (answer.json?.state === 'held') {
      segment.held = true;
      this.#known = false;
      this.#client.save();
      this.#worked();
    } else if (answer.json?.state === 'missing') {
      this.#offset = answer.json.offset;
    } else if (answer.problem === 'not-found') {
      segment.upload = undefined;
    } else if (answer.problem === 'length-mismatch' || answer.problem === 'checksum-mismatch') {
      await this.#ask({ method: 'DELETE', path: segment.upload });
      segment.upload = undefined;
    } else {
      await this.#refused();
    }
    return answer.status;
  }

  #held(answer) {
    this.#offset = Number(answer.headers['upload-offset']);
    this.#known = Number.isInteger(this.#offset);
    this.#client.touch();
  }

  #worked() {
    this.failures = 0;
  }

  #failed() {
    this.failures += 1;
    this.#client.touch();
  }

  /** What no repetition will change is tried again all the same, slowly: a recording is never given up. */
  async #refused() {
    this.#known = false;
    this.#failed();
    await this.#client.link.pause(this.failures);
  }

  /** A while, or until there is something new. @returns {Promise<void>} */
  #more() {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, STEP_MS);
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
    });
  }
}
