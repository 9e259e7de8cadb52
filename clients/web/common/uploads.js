/**
 * All uploads of one page, by tus: each recording is sent in slices while it is recorded, then declared and finished.
 *
 * A byte is sent from where the service said it stands and nowhere else; after every break the service is asked before the next PATCH; a
 * recording counts as uploaded only when the service said `held` to its length and SHA-256.
 */

import { Backoff } from "./links.js";

const SLICE_MS = 1_000;
const SMALLEST = 16 << 10;
const LARGEST = 2 << 20;
const TELL_AFTER = 4; // so many breaks on end, and the candidate is told

/** One recording on its way. */
class Upload {
  /** @type {number | null} what the service holds; null: it must be asked */
  offset = null;
  acknowledged = 0;
  nextSlice = 0;
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
  #size = 64 << 10;

  /** @param {() => string} exam the exam's id */
  constructor(exam, links, store, journal) {
    this.#exam = exam;
    this.#links = links;
    this.#store = store;
    this.#journal = journal;
  }

  /** The service holds every byte of every recording of this page: success may be shown. */
  get complete() {
    return this.#journal.segments.every((segment) => segment.complete && segment.held);
  }

  get failing() {
    return [...this.#uploads.values()].some((upload) => !upload.segment.held && upload.backoff.tries >= TELL_AFTER);
  }

  /** Progress by stream: bytes sent and in all. */
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
    for (const upload of this.#uploads.values()) {
      upload.backoff.reset();
      upload.segment.held = false;
      upload.offset = null;
      this.#links.drop(upload.name);
    }
  }

  /** Whether this recording may be on its way already: live ones may. */
  maySend(segment) {
    return segment.complete || this.#store.size(segment.recording) > 0;
  }

  /** Goes on with every upload that can go on. */
  beat() {
    const now = performance.now();
    for (const segment of this.#journal.segments) {
      if (segment.held || !this.maySend(segment)) continue;
      const upload = this.#uploads.get(segment.recording) ?? new Upload(segment);
      this.#uploads.set(segment.recording, upload);
      if (!this.#links.asking(upload.name) && now >= upload.backoff.due && !upload.busy) this.#goOn(upload, now);
    }
  }

  #goOn(upload, now) {
    const { segment } = upload;
    const size = this.#store.size(segment.recording);
    if (!segment.upload) return this.#create(upload);
    if (upload.offset === null) return this.#askOffset(upload);
    if (upload.offset < size || (segment.complete && !segment.declared)) {
      const full = size - upload.offset >= this.#size;
      if (segment.complete || full || now >= upload.nextSlice) return this.#patch(upload, now);
      return undefined;
    }
    return segment.complete ? this.#finish(upload) : undefined;
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
      return this.#standsAt(upload, Number(reply.headers.get("upload-offset") ?? 0));
    });
  }

  #askOffset(upload) {
    const { segment } = upload;
    this.#send(upload, { method: "HEAD", path: segment.upload }, (reply) => {
      const offset = Number(reply.headers.get("upload-offset") ?? NaN);
      if (reply.status === 404 || reply.status === 410) return this.#startOver(upload);
      if (!reply.ok || !(offset <= this.#store.size(segment.recording))) return this.#broke(upload);
      segment.declared = reply.headers.get("upload-length") !== null;
      return this.#standsAt(upload, offset);
    });
  }

  async #patch(upload, now) {
    const { segment } = upload;
    const offset = upload.offset;
    upload.busy = true;
    const body = await this.#store.read(segment.recording, offset, this.#size).finally(() => (upload.busy = false));
    const end = offset + body.size;
    const declares = segment.complete && end === this.#store.size(segment.recording);
    const headers = {
      "Content-Type": "application/offset+octet-stream",
      "Upload-Offset": String(offset),
      ...(declares && !segment.declared ? { "Upload-Length": String(end) } : {}),
    };
    upload.nextSlice = now + SLICE_MS;
    this.#send(upload, { method: "PATCH", path: segment.upload, headers, body }, (reply) => {
      if (reply.status !== 204 || Number(reply.headers.get("upload-offset")) !== end) return this.#broke(upload);
      segment.declared ||= declares;
      this.#learn(body.size, performance.now() - now);
      return this.#standsAt(upload, end);
    });
  }

  /** The next slice: longer where this one was full and quick, shorter where it was slow. */
  #learn(size, took) {
    if (took > 1_000) this.#size = Math.max(SMALLEST, size / 2);
    else if (took < 300 && size >= this.#size) this.#size = Math.min(LARGEST, this.#size * 2);
  }

  async #finish(upload) {
    const { segment } = upload;
    upload.busy = true;
    const sha256 = await this.#store.sha256(segment.recording).finally(() => (upload.busy = false));
    const body = JSON.stringify({ length: this.#store.size(segment.recording), sha256 });
    const request = { method: "POST", path: `/v1/recordings/${segment.recording}/finish`, headers: { "Content-Type": "application/json" }, body, key: true };
    this.#send(upload, request, (reply) => {
      if (reply.problem === "checksum-mismatch" || reply.problem === "length-mismatch") return this.#takeBack(upload);
      if (!reply.ok || reply.json?.state !== "held") return this.#broke(upload);
      upload.backoff.reset();
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

  #startOver(upload) {
    upload.segment.upload = "";
    upload.segment.declared = false;
    this.#journal.save();
    this.#broke(upload);
  }

  #send(upload, request, done) {
    const headers = { "Tus-Resumable": "1.0.0", ...request.headers };
    this.#links.ask(upload.name, { ...request, headers }, done, { failed: () => this.#broke(upload) });
  }

  #standsAt(upload, offset) {
    upload.offset = offset;
    upload.acknowledged = Math.max(upload.acknowledged, offset);
    upload.backoff.reset();
  }

  #broke(upload) {
    upload.offset = null;
    upload.nextSlice = 0;
    this.#size = Math.max(SMALLEST, this.#size / 2);
    upload.backoff.failed(performance.now(), this.#links.firstRetry);
  }
}
