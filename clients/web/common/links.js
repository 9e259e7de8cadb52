/**
 * All requests of one page: each has a name, is sent once at a time, and is sent again until it is answered.
 *
 * What does not get through (no connection, a reset, silence for the plan's stall limit, 429, 500 and above) is tried again at growing
 * intervals. While the network is away one small request alone tries; once it gets through, everything goes on. A refusal is an
 * answer. Every reply sets the exam clock.
 */

const PATIENCE = 600; // a break is told to the candidate once it has lasted so long
const LONGEST = 4_000; // between two tries
const QUIET_STREAM = 15_000; // the service gives a sign every few seconds; a stream without any hangs

/** Growing intervals between tries. */
export class Backoff {
  tries = 0;
  due = 0;

  failed(now, first) {
    this.due = now + Math.min(first * 2 ** this.tries, LONGEST) * (1 + Math.random() / 4);
    this.tries += 1;
  }

  reset() {
    this.tries = 0;
    this.due = 0;
  }
}

/** @typedef {{status: number, ok: boolean, headers: Headers | Map<string, string>, text: string, json: any, problem: string, detail: string}} Reply */

export class Links {
  stall = 2_000;
  firstRetry = 250;
  heardAt = 0;
  #clock;
  #bearer;
  #recovered;
  /** @type {Map<string, any>} */
  #asked = new Map();
  #brokenSince = null;
  #probing = new Backoff();

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
   * @param {{method: string, path: string, headers?: object, body?: any, key?: boolean}} request
   * @param {(reply: Reply) => void} done
   * @param {{failed?: () => void}} [options] `failed`: the asker tries again by itself
   */
  ask(name, request, done, { failed } = {}) {
    if (this.#asked.has(name)) return;
    const headers = { ...request.headers, ...(request.key ? { "Idempotency-Key": crypto.randomUUID() } : {}) };
    this.#asked.set(name, { name, request: { ...request, headers }, done, failed, backoff: new Backoff(), abort: null });
    this.beat();
  }

  /** Server-sent events for as long as the connection stands; opened again when it breaks; `headers()` are asked for each time. */
  follow(name, headers, event) {
    if (this.#asked.has(name)) return;
    this.#asked.set(name, { name, follow: { headers, event }, backoff: new Backoff(), abort: null });
    this.beat();
  }

  asking(name) {
    return this.#asked.has(name);
  }

  /** No answer is wanted any more. */
  drop(name) {
    this.#asked.get(name)?.abort?.abort();
    this.#asked.delete(name);
  }

  /** The candidate asked again: nothing waits for its interval. */
  hurry() {
    for (const asked of this.#asked.values()) asked.backoff.reset();
    this.#probing.reset();
    this.beat();
  }

  /** Sends what is due. */
  beat() {
    const now = performance.now();
    if (this.#brokenSince !== null) {
      if (!this.#asked.has("probe") && now >= this.#probing.due) {
        const probe = { name: "probe", request: { method: "GET", path: "/v1/time", headers: {} }, done: () => {}, failed: () => {} };
        this.#asked.set("probe", { ...probe, backoff: new Backoff(), abort: null });
        this.#send(this.#asked.get("probe"));
      }
      return;
    }
    for (const asked of [...this.#asked.values()]) if (asked.abort === null && now >= asked.backoff.due) this.#send(asked);
  }

  async #send(asked) {
    const abort = (asked.abort = new AbortController());
    try {
      if (asked.follow) await this.#stream(asked, abort);
      else await this.#once(asked, abort);
    } catch {
      if (this.#asked.get(asked.name) === asked && asked.abort === abort) this.#broke(asked);
    }
  }

  async #once(asked, abort) {
    const { method, path, headers, body } = asked.request;
    const sent = performance.now();
    const heard = await send({ method, path, headers: this.#signed(headers), body }, this.stall, abort.signal);
    if (this.#asked.get(asked.name) !== asked) return;
    this.#heard(heard, sent);
    asked.abort = null;
    if (!asked.failed && (heard.status === 429 || heard.status >= 500)) {
      asked.backoff.failed(performance.now(), this.firstRetry);
      return;
    }
    this.#asked.delete(asked.name);
    asked.done(heard);
  }

  async #stream(asked, abort) {
    const reply = await fetch("/v1/events", { headers: this.#signed(asked.follow.headers()), signal: abort.signal, cache: "no-store" });
    if (!reply.ok || !reply.body) throw new Error("no stream");
    const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
    let left = "";
    for (;;) {
      const quiet = setTimeout(() => abort.abort(), QUIET_STREAM);
      const { value, done } = await reader.read().finally(() => clearTimeout(quiet));
      if (done) throw new Error("the stream has ended");
      asked.backoff.reset();
      this.heardAt = performance.now();
      const blocks = (left + value).split(/\r?\n\r?\n/);
      left = blocks.pop() ?? "";
      for (const block of blocks) tell(block, asked.follow.event);
    }
  }

  #signed(headers = {}) {
    const token = this.#bearer();
    return token ? { Authorization: `Bearer ${token}`, ...headers } : headers;
  }

  #heard(reply, sent) {
    const now = performance.now();
    this.heardAt = now;
    const exam = reply.headers.get("exam-time");
    if (exam !== null && /^-?\d+$/.test(exam)) this.#clock.heard(Number(exam), sent, now);
    if (this.#brokenSince === null) return;
    this.#brokenSince = null;
    this.#probing.reset();
    this.#recovered();
  }

  #broke(asked) {
    const now = performance.now();
    asked.abort = null;
    if (this.#brokenSince === null && !asked.follow) {
      this.#brokenSince = now;
      this.#probing.failed(now, this.firstRetry);
    } else if (asked.name === "probe") {
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

/**
 * One request and its reply; rejects where it can't be made, or where nothing has moved for `stall` ms. XMLHttpRequest because it alone
 * tells how far a body has been sent.
 */
function send({ method, path, headers, body }, stall, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let timer = 0;
    const moved = () => {
      clearTimeout(timer);
      timer = setTimeout(() => request.abort(), stall);
    };
    request.open(method, path);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = request.onprogress = moved;
    request.onload = () => resolve(replyOf(request));
    request.onerror = request.onabort = () => reject(new Error("not answered"));
    request.onloadend = () => clearTimeout(timer);
    signal.addEventListener("abort", () => request.abort(), { once: true });
    moved();
    request.send(body ?? null);
  });
}

/** @returns {Reply} */
function replyOf(request) {
  const text = request.responseText;
  let json = null;
  try {
    json = text ? JSON.parse(text) : null;
  } catch {
    // an attachment is plain text
  }
  const type = json && typeof json.type === "string" ? json.type : "";
  const headers = { get: (name) => request.getResponseHeader(name) };
  return {
    status: request.status,
    ok: request.status >= 200 && request.status < 300,
    headers,
    text,
    json,
    problem: type.replace("urn:viva:problem:", ""),
    detail: json && typeof json.detail === "string" ? json.detail : "",
  };
}

function tell(block, event) {
  const fields = {};
  for (const line of block.split(/\r?\n/)) {
    const colon = line.indexOf(":");
    if (colon > 0) fields[line.slice(0, colon)] = line.slice(colon + 1).trimStart();
  }
  if (fields.event) event({ id: Number(fields.id ?? 0), event: fields.event, data: JSON.parse(fields.data || "{}") });
}
