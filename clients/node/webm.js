/** As much of WebM as cutting a live stream needs: a header, then clusters that are whole (RFC 8794, RFC 9559). */

const SEGMENT = 0x18538067;
const CLUSTER = 0x1f43b675;
const SIMPLE_BLOCK = 0xa3;
const KEY = 0x80;
const PICTURE_TRACK = 1;

/**
 * @typedef {object} Element
 * @property {number} id
 * @property {number} body offset of its content
 * @property {number | null} length of its content; null: unknown, as that of a live segment
 */

/**
 * The element at an offset; undefined where its head is not all there.
 * @param {Uint8Array} bytes @param {number} at @returns {Element | undefined}
 */
function element(bytes, at) {
  const idWidth = width(bytes[at]);
  const sizeWidth = width(bytes[at + idWidth]);
  if (!(at + idWidth + sizeWidth <= bytes.length)) return undefined;
  let id = 0;
  for (let i = 0; i < idWidth; i += 1) id = id * 256 + bytes[at + i];
  let length = bytes[at + idWidth] & (0xff >> sizeWidth);
  let unknown = length === 0xff >> sizeWidth;
  for (let i = 1; i < sizeWidth; i += 1) {
    const byte = bytes[at + idWidth + i];
    unknown &&= byte === 0xff;
    length = length * 256 + byte;
  }
  return { id, body: at + idWidth + sizeWidth, length: unknown ? null : length };
}

/** How many bytes a number takes, by its first. @param {number} first */
const width = (first) => Math.clz32(first) - 23;

/**
 * @typedef {object} Cluster
 * @property {Buffer} bytes
 * @property {boolean} key whether it begins with a key frame of the pictures
 * @property {{track: number, size: number}[]} blocks
 */

/** Takes a live stream in any pieces; `header` is known once the first cluster begins. */
export class Splitter {
  #rest = Buffer.alloc(0);
  #head = 0;
  /** @type {Buffer | undefined} */
  header;

  /** @param {Buffer} piece @returns {Cluster[]} those that are whole now */
  take(piece) {
    this.#rest = this.#rest.length ? Buffer.concat([this.#rest, piece]) : piece;
    if (!this.header && !this.#findHeader()) return [];
    const found = [];
    for (;;) {
      const next = element(this.#rest, 0);
      if (!next || next.length === null || next.body + next.length > this.#rest.length) return found;
      const end = next.body + next.length;
      if (next.id === CLUSTER) found.push(cluster(this.#rest.subarray(0, end), next.body));
      this.#rest = this.#rest.subarray(end);
    }
  }

  #findHeader() {
    for (;;) {
      const next = element(this.#rest, this.#head);
      if (!next) return false;
      if (next.id === CLUSTER) break;
      if (next.id !== SEGMENT && (next.length === null || next.body + next.length > this.#rest.length)) return false;
      this.#head = next.id === SEGMENT ? next.body : next.body + next.length;
    }
    this.header = Buffer.from(this.#rest.subarray(0, this.#head));
    this.#rest = this.#rest.subarray(this.#head);
    return true;
  }
}

/** @param {Buffer} bytes @param {number} body @returns {Cluster} */
function cluster(bytes, body) {
  const blocks = [];
  let key = false;
  for (let at = body; at < bytes.length; ) {
    const child = element(bytes, at);
    if (!child || child.length === null) break;
    if (child.id === SIMPLE_BLOCK) {
      const track = bytes[child.body] & 0x7f;
      if (blocks.length === 0) key = track === PICTURE_TRACK && (bytes[child.body + 3] & KEY) !== 0;
      blocks.push({ track, size: child.length - 4 });
    }
    at = child.body + child.length;
  }
  return { bytes, key, blocks };
}

/** How many bytes of a recording are whole elements. @param {Uint8Array} bytes */
export function wholeLength(bytes) {
  for (let at = 0; ; ) {
    const next = element(bytes, at);
    if (!next) return at;
    const end = next.id === SEGMENT ? next.body : next.body + (next.length ?? 0);
    if (end > bytes.length) return at;
    at = end;
  }
}
