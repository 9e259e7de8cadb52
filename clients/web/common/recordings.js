/**
 * What a page records and keeps: a journal of segments, and the MediaRecorders that run.
 *
 * A segment is in the journal before its first byte is stored, a byte is stored before it is offered for upload; each start is a segment of
 * its own that names the one before and plays alone; a segment that a kill cut off is complete as it stands. The recorder gets the camera's
 * own tracks: no filter stands between.
 */

const SLICE_MS = 500; // how much a kill may cost, and how far an upload may lag behind
const HOLE_MS = 2_500; // no slice for so long: whatever the system did, something was not recorded; a loaded machine is late by less
const DOCUMENT = "recordings";
const TYPES = ["video/webm;codecs=vp8,opus", "video/webm"]; // VP8 is the cheapest to encode: two cores may carry two recorders each
const BITS = { camera: 500_000, evidence: 400_000, screen: 300_000 }; // a second
const SOUND_BITS = 32_000;

/**
 * @typedef {{recording: string, stream: string, segment: number, mime: string, startedMs: number, previous: string, complete: boolean,
 *   upload: string, declared: boolean, held: boolean}} Segment
 */

export class Journal {
  #store;
  /** @type {Segment[]} */
  segments;

  constructor(store) {
    this.#store = store;
    this.segments = store.load(DOCUMENT) ?? [];
    this.interrupted = this.segments.filter((segment) => !segment.complete);
    for (const segment of this.interrupted) this.complete(segment); // whoever recorded it is gone
  }

  save() {
    return this.#store.save(DOCUMENT, this.segments);
  }

  /** The next segment of a stream; in force at once, and kept once `save` has resolved. */
  begin(stream, mime, startedMs) {
    const before = this.segments.filter((segment) => segment.stream === stream);
    const segment = {
      recording: crypto.randomUUID(),
      stream,
      segment: before.length,
      mime,
      startedMs: Math.round(startedMs),
      previous: before.at(-1)?.recording ?? "",
      complete: false,
      upload: "",
      declared: false,
      held: false,
    };
    this.segments.push(segment);
    return segment;
  }

  /** Nothing will be added to it. One in which nothing is, and which the service has not heard of, never was. */
  complete(segment) {
    segment.complete = true;
    if (this.#store.size(segment.recording) === 0 && !segment.upload) this.segments = this.segments.filter((each) => each !== segment);
    return this.save();
  }

  /** Recordings may go: results are published. */
  async clear() {
    const gone = this.segments.splice(0);
    await this.save();
    for (const { recording } of gone) await this.#store.remove(recording);
  }
}

/** One segment while it is recorded. */
class Running {
  #store;
  #journal;
  #recorder;
  /** @type {Promise<void>} everything so far is stored */
  #written;
  #slicedAt = performance.now();
  /** @type {Promise<void>} */
  over;
  /** So long nothing came, ms; 0 unless that was a hole. Read once by who reports it. */
  hole = 0;

  constructor(segment, media, store, journal, before = 0) {
    this.hole = before;
    this.segment = segment;
    this.media = media;
    this.#store = store;
    this.#journal = journal;
    const bits = { videoBitsPerSecond: BITS[segment.stream], audioBitsPerSecond: SOUND_BITS };
    this.#recorder = new MediaRecorder(media, { mimeType: segment.mime, ...bits });
    this.#written = journal.save();
    this.over = new Promise((resolve) => {
      this.#recorder.onstop = () => resolve(this.#written.then(() => this.#journal.complete(segment)));
    });
    this.#recorder.ondataavailable = ({ data }) => this.#keep(data);
    this.#recorder.start(SLICE_MS);
  }

  stop() {
    if (this.#recorder.state !== "inactive") this.#recorder.stop();
    return this.over;
  }

  get alive() {
    return this.#recorder.state === "recording" && this.media.getVideoTracks().some((track) => track.readyState === "live");
  }

  #keep(data) {
    if (!data.size) return;
    const now = performance.now();
    if (now - this.#slicedAt >= HOLE_MS) this.hole = now - this.#slicedAt;
    this.#slicedAt = now;
    this.#written = this.#written.then(() => this.#store.append(this.segment.recording, data));
  }
}

/** The recorders that run, one a stream at most. */
export class Recordings {
  #journal;
  #store;
  #clock;
  /** @type {Map<string, Running>} */
  running = new Map();
  /** @type {Set<string>} streams whose last bytes are being stored */
  #ending = new Set();
  /** @type {Map<string, number>} when a stream that is begun again ended, own ms */
  #endedAt = new Map();
  /** @type {Map<string, string>} why a stream that is wanted can't be recorded */
  failed = new Map();

  constructor(journal, store, clock) {
    this.#journal = journal;
    this.#store = store;
    this.#clock = clock;
  }

  get idle() {
    return this.running.size === 0 && this.#ending.size === 0;
  }

  /** Records exactly what is wanted: stream → MediaStream; another MediaStream is another segment. */
  follow(/** @type {Map<string, MediaStream>} */ wanted) {
    for (const [stream, running] of this.running) {
      if (wanted.get(stream) !== running.media || !running.alive) this.#stop(stream, running);
    }
    for (const stream of this.failed.keys()) if (!wanted.has(stream)) this.failed.delete(stream);
    for (const [stream, media] of wanted) {
      const live = media.getVideoTracks().some((track) => track.readyState === "live");
      if (live && !this.running.has(stream)) this.start(stream, media);
    }
  }

  /** Begins a segment, also while the last bytes of the one before are being stored. */
  start(stream, media) {
    const mime = TYPES.find((type) => MediaRecorder.isTypeSupported(type)) ?? "";
    const segment = this.#journal.begin(stream, mime, this.#clock.now());
    const since = performance.now() - (this.#endedAt.get(stream) ?? Infinity);
    try {
      this.running.set(stream, new Running(segment, media, this.#store, this.#journal, since >= HOLE_MS ? since : 0));
      this.failed.delete(stream);
    } catch (error) {
      this.#journal.complete(segment);
      this.failed.set(stream, error.message);
    }
  }

  /** Holes since the last call: ms by stream. */
  holes() {
    const found = new Map();
    for (const [stream, running] of this.running) {
      if (running.hole) found.set(stream, running.hole);
      running.hole = 0;
    }
    return found;
  }

  async #stop(stream, running) {
    this.running.delete(stream);
    this.#endedAt.set(stream, performance.now());
    this.#ending.add(running);
    await running.stop().finally(() => this.#ending.delete(running));
  }
}
