/**
 * All requests of one page: each has a name, is sent once at a time, and is sent again until it is answered.
 *
 * What does not get through (no connection, a reset, silence for the plan's stall limit, 429, 500 and above) is tried again at growing
 * intervals, always with the same idempotency key. While the network is away one small request alone tries; once it gets through, everything goes on. A refusal is an
 * answer. Every reply to a request that carried a token sets the exam clock.
 */

import { Exchange } from "./exchange.js";

const PATIENCE = 500; // a single broken connection is no outage: the candidate is told once it has lasted so long
const DOUBLINGS = 3; // the longest interval is eight times the first …
const PROBE_DOUBLINGS = 2; // … and four times while one small request probes for all: a backlog starts at most so late after an outage
const SPREAD = 0.1; // candidates who lost the network together do not come back in step
const QUIET_STREAM = 15_000; // the service gives a sign every few seconds; a stream without any hangs
const LONGEST_SLICE = 3; // a slow line is not given up while others get through, for so many stall limits
const PASSING = new Set([408, 423, 429]); // "not now", as 500 and above

/** Growing intervals between tries: the first, twice that, four times, … */
export class Backoff {
  tries = 0;
  due = 0;

  constructor(doublings = DOUBLINGS) {
    this.doublings = doublings;
  }

  failed(now, first) {
    this.due = now + first * 2 ** Math.min(this.tries, this.doublings) * (1 + Math.random() * SPREAD);
    this.tries += 1;
  }

  reset() {
    this.tries = 0;
    this.due = 0;
  }
}

export class Links {
  stall = 2_000;
  firstRetry = 250;
  heardAt = 0;
  #clock;
  #bearer;
  #recovered;
  /** @type {Map<string, any>} */
  #asked = new Map();
  /** @type {number | null} */
  #brokenSince = null;
  #probing = new Backoff(PROBE_DOUBLINGS);

  /**
   * @param {import("./clock.js").ExamClock} clock
   * @param {() => string} bearer the token of the moment
   * @param {() => void} recovered the network is back
   */
  constructor(clock, bearer, recovered) {
    this.#clock = clock;
    this.#bearer = bearer;
    this.#recovered = recovered;
  }

  /** The plan's own bounds. */
  limit(limits) {
    this.stall = limits.stall ?? this.stall;
    this.firstRetry = limits.first_retry ?? this.firstRetry;
  }

  get offline() {
    return this.#brokenSince !== null && performance.now() - this.#brokenSince >= PATIENCE;
  }

  /**
   * Sends a request as soon as the network allows, and again until it is answered; nothing where that name is asked already.
   * @param {string} name
   * @param {{method: string, path: string, headers?: object, body?: any, key?: boolean}} request `key`: an idempotency key of its own
   * @param {(reply: import("./exchange.js").Reply) => void} done
   * @param {{failed?: () => void, takesAll?: boolean}} [options] `failed`: the asker tries again by itself; `takesAll`: every status is an answer
   */
  ask(name, request, done, { failed, takesAll = failed !== undefined } = {}) {
    if (this.#asked.has(name)) return;
    const headers = { ...request.headers, ...(request.key ? { "Idempotency-Key": crypto.randomUUID() } : {}) };
    this.#asked.set(name, { name, request: { ...request, headers }, done, failed, takesAll, backoff: new Backoff(), exchange: null });
    this.beat();
  }

  /** Server-sent events for as long as the connection stands; opened again when it breaks; `headers()` are asked for each time. */
  follow(name, headers, pushed) {
    if (this.#asked.has(name)) return;
    this.#asked.set(name, { name, headers, pushed, backoff: new Backoff(), exchange: null });
    this.beat();
  }

  asking(name) {
    return this.#asked.has(name);
  }

  /** No answer is wanted any more. */
  drop(name) {
    const asked = this.#asked.get(name);
    this.#asked.delete(name);
    asked?.exchange?.abort();
  }

  /** The candidate asked again: nothing waits for its interval. */
  hurry() {
    for (const asked of this.#asked.values()) asked.backoff.reset();
    this.#probing.reset();
    this.beat();
  }

  /** Gives up what has not moved for too long, and sends what is due. */
  beat() {
    const now = performance.now();
    for (const asked of [...this.#asked.values()]) if (asked.exchange) this.#watch(asked, now);
    if (this.#brokenSince !== null) {
      if (!this.#asked.has("probe") && now >= this.#probing.due) this.#probe();
      return;
    }
    for (const asked of [...this.#asked.values()]) if (!asked.exchange && now >= asked.backoff.due) this.#send(asked);
  }

  #probe() {
    const request = { method: "GET", path: "/v1/time", headers: {} };
    const probe = { name: "probe", request, done: () => {}, failed: () => {}, takesAll: true, backoff: new Backoff(), exchange: null };
    this.#asked.set("probe", probe);
    this.#send(probe);
  }

  /**
   * A request on which nothing has moved for a stall limit is given up. Of a body that the system has taken already nobody can see how it moves: it is
   * waited for as long as a small request beside it gets through, a few limits at most.
   */
  #watch(asked, now) {
    const { exchange } = asked;
    const limit = asked.pushed ? QUIET_STREAM : this.stall;
    if (exchange.carries && now - exchange.movedAt >= limit / 2) {
      if (!this.#asked.has("probe")) this.#probe();
      if (this.heardAt > exchange.movedAt && now - exchange.sentAt < LONGEST_SLICE * limit) exchange.movedAt = this.heardAt;
    }
    if (now - exchange.movedAt >= limit) this.#broke(asked, true);
  }

  #send(asked) {
    const token = this.#bearer();
    const signed = token ? { Authorization: `Bearer ${token}` } : {};
    const exchange = asked.pushed
      ? new Exchange({ method: "GET", path: "/v1/events", headers: { ...signed, ...asked.headers() } }, (push) => this.#pushed(asked, exchange, push))
      : new Exchange({ ...asked.request, headers: { ...signed, ...asked.request.headers } });
    asked.exchange = exchange;
    const current = () => this.#asked.get(asked.name) === asked && asked.exchange === exchange;
    exchange.reply.then(
      (reply) => current() && (reply ? this.#answered(asked, reply, token !== "") : this.#broke(asked)),
      () => current() && this.#broke(asked),
    );
  }

  #answered(asked, reply, trusted) {
    const { exchange } = asked;
    asked.exchange = null;
    const passing = !asked.takesAll && (PASSING.has(reply.status) || reply.status >= 500);
    if (passing) asked.backoff.failed(performance.now(), this.firstRetry);
    else this.#asked.delete(asked.name);
    this.#heard(reply, exchange, trusted && reply.status !== 401);
    if (!passing) asked.done(reply);
  }

  #pushed(asked, exchange, push) {
    if (this.#asked.get(asked.name) !== asked || asked.exchange !== exchange) return;
    this.heardAt = performance.now();
    asked.backoff.reset();
    asked.pushed(push);
  }

  #heard(reply, { sentAt, answeredAt }, trusted) {
    this.heardAt = performance.now();
    const exam = reply.headers.get("exam-time") ?? "";
    if (trusted && /^-?\d+$/.test(exam)) this.#clock.heard(Number(exam), sentAt, answeredAt || this.heardAt);
    if (this.#brokenSince === null) return;
    this.#brokenSince = null;
    this.#probing.reset();
    this.drop("probe");
    this.#recovered();
  }

  #broke(asked, timedOut = false) {
    const now = performance.now();
    const { exchange } = asked;
    asked.exchange = null;
    exchange.abort();
    if (asked.name === "probe") {
      this.#probing.failed(now, this.firstRetry);
    } else if (this.#brokenSince === null && !(asked.pushed && timedOut)) {
      // Where nothing at all has moved for a whole stall limit, the network has been gone for so long already.
      this.#brokenSince = timedOut && this.heardAt <= exchange.sentAt ? exchange.sentAt : now;
      this.#probing.reset();
      this.#probing.failed(now, this.firstRetry);
    }
    if (asked.failed) {
      this.#asked.delete(asked.name);
      asked.failed();
    } else {
      asked.backoff.failed(now, this.firstRetry);
    }
  }
}
