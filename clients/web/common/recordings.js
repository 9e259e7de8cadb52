/**
 * What a page records and keeps: a journal of segments, and the MediaRecorders that run.
 *
 * A segment is in the journal before its first byte is stored, a byte is stored before it is offered for upload; each start is a segment of
 * its own that names the one before and plays alone; a segment that a kill cut off is complete as it stands. The recorder gets the camera's
 * own tracks: no filter stands between.
 */

const SLICE_MS = 500; // how much a kill may cost, and how far an upload may lag behind
const DOCUMENT = "recordings";
const TYPES = ["video/webm;codecs=vp8,opus", "video/webm"];

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
    for (const segment of this.interrupted) segment.complete = true; // whoever recorded it is gone
  }

  save() {
    return this.#store.save(DOCUMENT, this.segments);
  }

  /** The next segment of a stream. */
  async begin(stream, mime, startedMs) {
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
    await this.save();
    return segment;
  }
}

/** One segment while it is recorded. */
class Running {
  #store;
  #journal;
  #recorder;
  #written = Promise.resolve();
  /** @type {Promise<void>} */
  over;

  constructor(segment, media, store, journal) {
    this.segment = segment;
    this.media = media;
    this.#store = store;
    this.#journal = journal;
    this.#recorder = new MediaRecorder(media, { mimeType: segment.mime, videoBitsPerSecond: 400_000, audioBitsPerSecond: 32_000 });
    this.over = new Promise((resolve) => {
      this.#recorder.onstop = () => resolve(this.#written.then(() => this.#complete()));
    });
    this.#recorder.ondataavailable = ({ data }) => {
      if (data.size) this.#written = this.#written.then(() => this.#store.append(segment.recording, data));
    };
    this.#recorder.start(SLICE_MS);
  }

  stop() {
    if (this.#recorder.state !== "inactive") this.#recorder.stop();
    return this.over;
  }

  get alive() {
    return this.#recorder.state === "recording" && this.media.getVideoTracks().some((track) => track.readyState === "live");
  }

  #complete() {
    this.segment.complete = true;
    return this.#journal.save();
  }
}

/** The recorders that run, one a stream at most. */
export class Recordings {
  #journal;
  #store;
  #clock;
  /** @type {Map<string, Running>} */
  running = new Map();
  /** @type {Set<string>} streams that are being started or stopped */
  #busy = new Set();

  constructor(journal, store, clock) {
    this.#journal = journal;
    this.#store = store;
    this.#clock = clock;
  }

  get idle() {
    return this.running.size === 0 && this.#busy.size === 0;
  }

  /** Records exactly what is wanted: stream → MediaStream; another MediaStream is another segment. */
  follow(/** @type {Map<string, MediaStream>} */ wanted) {
    for (const [stream, running] of this.running) {
      if (wanted.get(stream) !== running.media || !running.alive) this.#stop(stream, running);
    }
    for (const [stream, media] of wanted) {
      const live = media.getVideoTracks().some((track) => track.readyState === "live");
      if (live && !this.running.has(stream) && !this.#busy.has(stream)) this.#start(stream, media);
    }
  }

  async #start(stream, media) {
    this.#busy.add(stream);
    try {
      const mime = TYPES.find((type) => MediaRecorder.isTypeSupported(type)) ?? "";
      const segment = await this.#journal.begin(stream, mime, this.#clock.now());
      this.running.set(stream, new Running(segment, media, this.#store, this.#journal));
    } finally {
      this.#busy.delete(stream);
    }
  }

  async #stop(stream, running) {
    this.#busy.add(stream);
    this.running.delete(stream);
    try {
      await running.stop();
    } finally {
      this.#busy.delete(stream);
    }
  }
}
