/**
 * Recording: a camera or screen, with a microphone or without, into segments on disk.
 *
 * A segment is the header of a live stream and its clusters from one with a key frame on, so it plays alone. A device that goes ends its segment;
 * when it can be read again, or another is chosen, the next one begins.
 */

import { randomUUID } from 'node:crypto';
import http from 'node:http';

import { Splitter } from './webm.js';

/** What the devices delivered until a stop has come by then: a cluster leaves at most 0.2 s after its first picture was due. */
const LINGER_MS = 350;
/** A device that can't be read is tried again after so long. */
const AGAIN_MS = 400;

/**
 * Reads a live WebM.
 * @param {string} address
 * @param {(clusters: import('./webm.js').Cluster[], splitter: Splitter) => void} onClusters
 * @param {() => void} onEnd once, when it has ended by itself or can't be had
 * @returns {() => void} lets go of the device
 */
export function read(address, onClusters, onEnd) {
  let over = false;
  const end = () => {
    if (over) return;
    over = true;
    onEnd();
  };
  const request = http.get(address, { agent: false }, (response) => {
    if (response.statusCode !== 200) {
      response.resume();
      end();
      return;
    }
    const splitter = new Splitter();
    response.on('data', (piece) => {
      const clusters = over ? [] : splitter.take(piece);
      if (clusters.length > 0) onClusters(clusters, splitter);
    });
    response.on('end', end);
    response.on('error', end);
  });
  request.on('error', end);
  return () => {
    over = true;
    request.destroy();
  };
}

/** One stream of a client: what is recorded of it now, and the segments that it had. */
export class Recording {
  #client;
  #stream;
  /** @type {(() => import('./client.js').Sources | undefined)} */
  #sources;
  /** @type {import('./uploader.js').Segment | undefined} */
  #segment;
  /** @type {(() => void) | undefined} */
  #release;
  #reading = '';
  #wanted = false;
  #again;

  /**
   * @param {import('./client.js').Client} client
   * @param {import('./uploader.js').Segment['stream']} stream
   * @param {() => import('./client.js').Sources | undefined} sources what is to be recorded now; undefined: it is not there
   */
  constructor(client, stream, sources) {
    this.#client = client;
    this.#stream = stream;
    this.#sources = sources;
  }

  /** Whether it is meant to run. */
  get wanted() {
    return this.#wanted;
  }

  /** Whether pictures come in. */
  get running() {
    return this.#segment !== undefined;
  }

  /** From now on; harmless while it runs. */
  start() {
    this.#wanted = true;
    this.follow();
  }

  /** The devices, or the choice among them, have changed: what is recorded follows. */
  follow() {
    if (!this.#wanted) return;
    const address = addressOf(this.#sources());
    if (address === this.#reading) return;
    this.#let();
    if (!address) return;
    this.#reading = address;
    this.#release = read(
      address,
      (clusters, splitter) => this.#take(clusters, splitter),
      () => this.#broke(),
    );
  }

  /** No more; resolves once the last of it is on disk. @returns {Promise<void>} */
  async stop() {
    if (!this.#wanted) return;
    this.#wanted = false;
    clearTimeout(this.#again);
    await new Promise((resolve) => setTimeout(resolve, LINGER_MS));
    if (!this.#wanted) this.#let();
  }

  #take(clusters, splitter) {
    for (const cluster of clusters) {
      if (!this.#segment && cluster.key) this.#begin(splitter.header);
      if (this.#segment) this.#client.store.append(this.#segment.recording, cluster.bytes);
    }
  }

  #begin(header) {
    const before = this.#client.state.segments.filter((each) => each.stream === this.#stream);
    this.#segment = {
      recording: randomUUID(),
      stream: this.#stream,
      segment: before.length,
      started: this.#client.exam.now,
      ...(before.length > 0 ? { previous: before.at(-1).recording } : {}),
    };
    this.#client.store.append(this.#segment.recording, header);
    this.#client.state.segments.push(this.#segment);
    this.#client.save();
    this.#client.uploaders[this.#stream].go();
    this.#client.touch();
  }

  /** The segment is over, and the devices are let go. */
  #let() {
    this.#release?.();
    this.#release = undefined;
    this.#reading = '';
    if (!this.#segment) return;
    this.#segment.finished = this.#client.store.finish(this.#segment.recording);
    this.#segment = undefined;
    this.#client.save();
    this.#client.uploaders[this.#stream].go();
    this.#client.touch();
  }

  #broke() {
    this.#let();
    if (!this.#wanted) return;
    this.#client.captureBroke(this.#stream);
    this.#again = setTimeout(() => this.follow(), AGAIN_MS);
  }
}

/** Where it is read. @param {import('./client.js').Sources | undefined} sources */
function addressOf(sources) {
  if (!sources?.picture.encoded) return '';
  const { picture, microphone } = sources;
  return microphone ? `${picture.encoded}?microphone=${encodeURIComponent(microphone.id)}` : picture.encoded;
}
