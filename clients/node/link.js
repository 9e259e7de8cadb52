/**
 * The way to the exam service: requests that are tried again until they are answered.
 *
 * A request on which nothing moves for `limits.stall` is given up. What did not get through waits until one probe, sent at growing
 * intervals, finds the service again; what the service can't answer now (500 and above, 429) is tried again by itself, at growing
 * intervals too. Every other answer is the caller's. Plain HTTP goes to loopback only, and certificates are checked.
 */

import http from 'node:http';
import https from 'node:https';

import { monotonic } from './exam-clock.js';

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);
/** Shorter than servers keep idle connections, so that none is used in the moment in which it is closed. */
const IDLE_MS = 3_000;
/** The longest interval between two tries. */
const LONGEST_MS = 2_000;
/** Bodies go out in pieces, so that what moves slowly is seen to move. */
const PIECE = 16 << 10;

/** The request did not get through; whether the service has heard of it is not known. */
export class NetworkError extends Error {}

/**
 * @typedef {object} Request
 * @property {string} method
 * @property {string} path
 * @property {string} [token]
 * @property {Record<string, string | number>} [headers]
 * @property {any} [json] a body
 * @property {Uint8Array} [body] another body
 */

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {http.IncomingHttpHeaders} headers
 * @property {any} json what the body says, if it is JSON
 * @property {string} text the body
 * @property {string} problem the code of a refusal; empty where there is none
 */

export class Link {
  /** What the plan may say otherwise, ms. */
  stall = 2_000;
  firstRetry = 250;
  offline = false;
  /** Whose exam's time is asked for; without one the service may tell that of another exam. */
  token = '';

  #base;
  #agent;
  #clock;
  #changed;
  /** @type {Set<() => void>} */
  #sleepers = new Set();
  /** @type {(() => void)[]} */
  #waiting = [];
  #closed = false;

  /**
   * @param {string} url of the service
   * @param {import('./exam-clock.js').ExamClock} clock is told the time by every reply
   * @param {() => void} changed the network went, or came back
   */
  constructor(url, clock, changed) {
    this.#base = new URL(url);
    if (this.#base.protocol !== 'https:' && !LOOPBACK.has(this.#base.hostname)) {
      throw new Error(`${this.#base.hostname} is not reached in plaintext; the address must begin with https`);
    }
    this.#agent = this.#newAgent();
    this.#clock = clock;
    this.#changed = changed;
  }

  /**
   * Asks until there is an answer. Never settles once the link is closed.
   * @param {Request} request @param {() => void} [failing] called each time that the service could not answer
   * @returns {Promise<Answer>}
   */
  async ask(request, failing) {
    for (let tries = 0; ; ) {
      const answer = await this.attempt(request);
      if (answer && answer.status < 500 && answer.status !== 429) return answer;
      if (answer) {
        failing?.();
        await this.pause(tries);
        tries += 1;
      }
    }
  }

  /**
   * Asks once, when the network is there. Undefined: it did not get through, and the network is being looked for.
   * @param {Request} request @returns {Promise<Answer | undefined>}
   */
  async attempt(request) {
    await this.#online();
    try {
      return await this.#send(request);
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      this.lost();
      return undefined;
    }
  }

  /** Waits longer the more was tried; `retry` ends the wait. @param {number} tries @returns {Promise<void>} */
  pause(tries) {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, Math.min(LONGEST_MS, this.firstRetry * 2 ** tries));
      this.#sleepers.add(wake);
    });
  }

  /** Whoever waits to try again tries now. */
  retry() {
    for (const wake of [...this.#sleepers]) wake();
  }

  /** Something showed that the network is away: from now on one probe at a time looks for it. */
  lost() {
    if (this.offline || this.#closed) return;
    this.offline = true;
    this.#agent.destroy();
    this.#agent = this.#newAgent();
    this.#changed();
    this.#probe();
  }

  /** What the service is asked to see whether it is there, and what time it is. @returns {Request} */
  get timeRequest() {
    return { method: 'GET', path: '/v1/time', token: this.token };
  }

  async #probe() {
    for (let tries = 0; ; tries += 1) {
      await this.pause(tries);
      if (this.#closed) return;
      try {
        await this.#send(this.timeRequest);
        break;
      } catch (error) {
        if (!(error instanceof NetworkError)) throw error;
      }
    }
    this.offline = false;
    this.#changed();
    for (const go of this.#waiting.splice(0)) go();
  }

  /** @returns {Promise<void>} */
  #online() {
    if (!this.offline && !this.#closed) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** A connection of its own, for a stream of events. @param {Request} request @returns {http.ClientRequest} */
  open(request) {
    return this.#start(request, undefined, undefined);
  }

  /** Nothing is sent any more. */
  close() {
    this.#closed = true;
    this.#agent.destroy();
  }

  /** @param {Request} request @returns {Promise<Answer>} */
  async #send(request) {
    const body = request.json === undefined ? request.body : Buffer.from(JSON.stringify(request.json));
    try {
      return await this.#once(request, body);
    } catch (error) {
      // A kept connection that the server was just closing: that is not the network.
      if (error instanceof NetworkError && error.cause?.reused) return this.#once(request, body);
      throw error;
    }
  }

  /** @param {Request} request @param {Uint8Array | undefined} body @returns {Promise<Answer>} */
  #once(request, body) {
    return new Promise((resolve, reject) => {
      const sent = monotonic();
      const sending = this.#start(request, body, this.#agent);
      let answered = false;
      let timer;
      const moved = () => {
        clearTimeout(timer);
        timer = setTimeout(() => sending.destroy(new Error('nothing moves')), this.stall);
      };
      const fail = (error) => {
        clearTimeout(timer);
        const reused = sending.reusedSocket && !answered && error.code === 'ECONNRESET';
        reject(new NetworkError(String(error.message), { cause: { reused } }));
      };
      sending.on('error', fail);
      sending.on('response', (response) => {
        answered = true;
        if (request.token && response.statusCode !== 401) this.#tell(response, sent);
        moved();
        const pieces = [];
        response.on('data', (piece) => {
          pieces.push(piece);
          moved();
        });
        response.on('error', fail);
        response.on('end', () => {
          clearTimeout(timer);
          if (!response.complete) fail(new Error('the answer broke off'));
          else resolve(answerOf(response, Buffer.concat(pieces)));
        });
      });
      moved();
      feed(sending, body, moved);
    });
  }

  #start({ method, path, token, headers = {}, json }, body, agent) {
    const lines = { ...headers };
    if (token) lines.Authorization = `Bearer ${token}`;
    if (json !== undefined) lines['Content-Type'] = 'application/json';
    if (body) lines['Content-Length'] = body.length;
    else if (method !== 'GET' && method !== 'HEAD') lines['Content-Length'] = 0;
    const module = this.#base.protocol === 'https:' ? https : http;
    return module.request(new URL(path, this.#base), { method, headers: lines, agent });
  }

  #tell(response, sent) {
    const exam = Number(response.headers['exam-time']);
    if (Number.isFinite(exam)) this.#clock.told(exam, sent, monotonic());
  }

  #newAgent() {
    const module = this.#base.protocol === 'https:' ? https : http;
    return new module.Agent({ keepAlive: true, timeout: IDLE_MS });
  }
}

/** Writes a body piece by piece, each when the one before has gone. */
function feed(sending, body, moved, at = 0) {
  if (!body || at >= body.length) {
    sending.end();
    return;
  }
  sending.write(body.subarray(at, at + PIECE), (error) => {
    if (error) return; // told by the request
    moved();
    feed(sending, body, moved, at + PIECE);
  });
}

/** @returns {Answer} */
function answerOf(response, body) {
  const text = body.toString('utf8');
  const kind = response.headers['content-type'] ?? '';
  let json;
  if (/json/.test(kind)) {
    try {
      json = JSON.parse(text);
    } catch {
      json = undefined; // an empty answer, as one that did not load
    }
  }
  const problem = response.statusCode >= 400 ? String(json?.type ?? 'unknown').replace('urn:viva:problem:', '') : '';
  return { status: response.statusCode, headers: response.headers, json, text, problem };
}
