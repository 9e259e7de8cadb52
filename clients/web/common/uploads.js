/**
 * All uploads of one page, by tus: each recording is sent in slices while it is recorded, then declared and finished.
 *
 * A byte is sent from where the service said it stands and nowhere else; after every break the service is asked before the next PATCH; a
 * recording counts as uploaded only when the service said `held` to its length and SHA-256. While sending fails, one upload alone tries again, at growing
 * intervals.
 */

import { Backoff } from "./links.js";

const SLICE_MS = 1_000; // a live recording is sent at most once a second
const SMALLEST = 8 << 10;
const FIRST_SIZE = 64 << 10;
const LARGEST = 1 << 20;
const SLOW_MS = 1_000; // a slice that took longer is followed by a shorter one, well before a stall is suspected …
const FAST_MS = 300; // … and one that took less by a longer one
const TELL_AFTER = 4; // so many breaks on end, and the candidate is told (it is tried again all the same)

/** One recording on its way. */
class Upload {
  /** @type {number | null} what the service holds; null: it must be asked */
  offset = null;
  acknowledged = 0; // the most that the service ever said it holds: for progress alone
  nextSlice = 0;
  busy = false; // its bytes are being read
  key = ""; // of the finish that is being repeated
  backoff = new Backoff();

  constructor(segment) {
    this.segment = segment;
    this.name = `upload:${segment.recording}`;
  }
}

export class Uploads {
  #exam;
  #links;
  #store;
  #journal;
  /** @type {Map<string, Upload>} */
  #uploads = new Map();
  #gate = new Backoff();
  #turn = 0;
  #size = FIRST_SIZE;

  /** @param {() => string} exam the exam's id; empty as long as it is not known */
  constructor(exam, links, store, journal) {
    this.#exam = exam;
    this.#links = links;
    this.#store = store;
    this.#journal = journal;
  }

  // -- what the candidate sees ---------------------------------------------------------------------------------------

  /** The service holds every byte of every recording of this page: success may be shown. */
  get complete() {
    return this.#journal.segments.every((segment) => segment.complete && segment.held);
  }

  get failing() {
    return this.#pending().some((upload) => Math.max(upload.backoff.tries, this.#gate.tries) >= TELL_AFTER);
  }

  /** Progress by stream: bytes sent and in all, over its segments. */
  get progress() {
    const found = new Map();
    for (const segment of this.#journal.segments) {
      const total = this.#store.size(segment.recording);
      const sent = segment.held ? total : (this.#uploads.get(segment.recording)?.acknowledged ?? 0);
      const before = found.get(segment.stream) ?? { sent: 0, total: 0, recording: false, held: true };
      found.set(segment.stream, {
        sent: before.sent + sent,
        total: before.total + total,
        recording: before.recording || !segment.complete,
        held: before.held && segment.held,
      });
    }
    return found;
  }

  /** 【重新上传】: at once; what was held already is asked for again. */
  retry() {
    this.#gate.reset();
    for (const segment of this.#journal.segments) segment.held = false;
    for (const upload of this.#uploads.values()) {
      upload.backoff.reset();
      upload.offset = null;
      this.#links.drop(upload.name);
    }
  }

  // -- the machine ---------------------------------------------------------------------------------------------------

  /** Whether this recording may be on its way already: live ones may. */
  maySend(segment) {
    return segment.complete || this.#store.size(segment.recording) > 0;
  }

  /** Goes on with every upload that can go on. */
  beat() {
    const now = performance.now();
    const pending = this.#pending();
    const free = pending.filter((upload) => !upload.busy && !this.#links.asking(upload.name));
    let ready = free.filter((upload) => this.#isReady(upload, now));
    if (this.#gate.tries) {
      const waits = free.length < pending.length || now < this.#gate.due || ready.length === 0;
      ready = waits ? [] : [ready[this.#turn % ready.length]];
    }
    for (const upload of ready) this.#goOn(upload, now);
  }

  #pending() {
    const found = [];
    for (const segment of this.#journal.segments) {
      if (segment.held || !this.maySend(segment)) continue;
      const upload = this.#uploads.get(segment.recording) ?? new Upload(segment);
      this.#uploads.set(segment.recording, upload);
      found.push(upload);
    }
    return found;
  }

  /** Its next step may be taken: a live upload waits until a slice is full or its second is over. */
  #isReady(upload, now) {
    const { segment } = upload;
    if (now < upload.backoff.due) return false;
    if (!segment.upload && !this.#exam()) return false; // opened again, and the exam is not known yet
    if (segment.complete || !segment.upload || upload.offset === null) return true;
    const waiting = this.#store.size(segment.recording) - upload.offset;
    return waiting > 0 && (waiting >= this.#size || now >= upload.nextSlice);
  }

  #goOn(upload, now) {
    const { segment } = upload;
    if (!segment.upload) this.#create(upload);
    else if (upload.offset === null) this.#askOffset(upload);
    else if (upload.offset < this.#store.size(segment.recording) || !segment.declared) this.#patch(upload, now);
    else this.#finish(upload);
  }

  #create(upload) {
    const { segment } = upload;
    const metadata = {
      exam: this.#exam(),
      recording: segment.recording,
      stream: segment.stream,
      segment: String(segment.segment),
      mime: segment.mime,
      started_ms: String(segment.startedMs),
      ...(segment.previous ? { previous: segment.previous } : {}),
    };
    const encoded = Object.entries(metadata).map(([name, value]) => `${name} ${btoa(value)}`);
    const headers = { "Upload-Defer-Length": "1", "Upload-Metadata": encoded.join(",") };
    this.#send(upload, { method: "POST", path: "/v1/uploads", headers }, (reply) => {
      const location = reply.headers.get("location");
      if (reply.status !== 201 || !location) return this.#broke(upload);
      segment.upload = new URL(location, document.baseURI).pathname;
      this.#journal.save();
      this.#worked(upload);
      return this.#standsAt(upload, Number(reply.headers.get("upload-offset") ?? 0)); // it may have been there already
    });
  }

  #askOffset(upload) {
    const { segment } = upload;
    this.#send(upload, { method: "HEAD", path: segment.upload }, (reply) => {
      const offset = Number(reply.headers.get("upload-offset") ?? NaN);
      if (reply.status === 404 || reply.status === 410) return this.#startOver(upload);
      if (!reply.ok || !(offset <= this.#store.size(segment.recording))) return this.#broke(upload);
      segment.declared = reply.headers.get("upload-length") !== null;
      return this.#standsAt(upload, this.offsetAfterBreak(segment, offset));
    });
  }

  /** Where the first PATCH after a break begins: where the service says it stands. */
  offsetAfterBreak(segment, told) {
    return told;
  }

  async #patch(upload, now) {
    const { segment, offset } = upload;
    const body = await this.#read(upload, () => this.#store.read(segment.recording, offset, this.#size));
    if (body === undefined) return;
    const end = offset + body.size;
    const declares = segment.complete && end === this.#store.size(segment.recording) && !segment.declared;
    const headers = {
      "Content-Type": "application/offset+octet-stream",
      "Upload-Offset": String(offset),
      ...(declares ? { "Upload-Length": String(end) } : {}),
    };
    upload.nextSlice = now + SLICE_MS;
    const sent = performance.now();
    this.#send(upload, { method: "PATCH", path: segment.upload, headers, body }, (reply) => {
      if (reply.status !== 204 || Number(reply.headers.get("upload-offset")) !== end) return this.#broke(upload);
      segment.declared ||= declares;
      this.#learn(body.size, performance.now() - sent);
      this.#worked(upload);
      return this.#standsAt(upload, end);
    });
  }

  /** Reads from the store; undefined where 【重新上传】 was pressed meanwhile. */
  async #read(upload, reading) {
    const { offset } = upload;
    upload.busy = true;
    try {
      const found = await reading();
      return upload.offset === offset ? found : undefined;
    } finally {
      upload.busy = false;
    }
  }

  /** The next slice: longer where this one was full and quick, shorter where it was slow. */
  #learn(size, took) {
    if (took > SLOW_MS) this.#size = Math.max(SMALLEST, Math.floor(size / 2));
    else if (took < FAST_MS && size >= this.#size) this.#size = Math.min(LARGEST, this.#size * 2);
  }

  // -- the end -------------------------------------------------------------------------------------------------------

  async #finish(upload) {
    const { segment } = upload;
    const sha256 = await this.#read(upload, () => this.#store.sha256(segment.recording));
    if (sha256 === undefined) return;
    upload.key ||= crypto.randomUUID();
    const body = JSON.stringify({ length: this.#store.size(segment.recording), sha256 });
    const headers = { "Content-Type": "application/json", "Idempotency-Key": upload.key };
    this.#send(upload, { method: "POST", path: `/v1/recordings/${segment.recording}/finish`, headers, body }, (reply) => {
      upload.key = "";
      if (reply.problem === "checksum-mismatch" || reply.problem === "length-mismatch") return this.#takeBack(upload);
      if (!reply.ok || reply.json?.state !== "held") return this.#broke(upload);
      this.#worked(upload);
      upload.acknowledged = this.#store.size(segment.recording);
      segment.held = true;
      return this.#journal.save();
    });
  }

  /** What is held is not what was recorded: the upload is deleted and made anew. */
  #takeBack(upload) {
    this.#send(upload, { method: "DELETE", path: upload.segment.upload }, (reply) => {
      if (reply.ok || reply.status === 404 || reply.status === 410) this.#startOver(upload);
      else this.#broke(upload);
    });
  }

  /** The service has no such upload any more: the recording is sent from its beginning. */
  #startOver(upload) {
    upload.segment.upload = "";
    upload.segment.declared = false;
    this.#journal.save();
    this.#broke(upload);
  }

  // -- common --------------------------------------------------------------------------------------------------------

  #send(upload, request, done) {
    const headers = { "Tus-Resumable": "1.0.0", ...request.headers };
    this.#links.ask(upload.name, { ...request, headers }, done, { failed: () => this.#broke(upload) });
  }

  #standsAt(upload, offset) {
    upload.offset = offset;
    upload.acknowledged = Math.max(upload.acknowledged, offset);
  }

  #worked(upload) {
    this.#gate.reset();
    upload.backoff.reset();
  }

  /** A break: after the interval the service is asked where it stands. */
  #broke(upload) {
    const now = performance.now();
    upload.offset = null;
    upload.nextSlice = 0; // what is repeated does not wait for a second to be over
    this.#size = Math.max(SMALLEST, this.#size / 2);
    upload.backoff.failed(now, this.#links.firstRetry);
    if (now < this.#gate.due) return; // several that were on their way together failed once
    this.#gate.failed(now, this.#links.firstRetry);
    this.#turn += 1;
  }
}
