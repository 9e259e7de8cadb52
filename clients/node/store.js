/** What survives SIGKILL: one document, replaced whole, and recordings, which only grow. All in the folder that the harness gives. */

import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';

import { wholeLength } from './webm.js';

export class Store {
  #folder;
  #open = new Map();

  /** @param {string} folder */
  constructor(folder) {
    this.#folder = folder;
    fs.mkdirSync(folder, { recursive: true });
  }

  /** @returns {any} the document as it was last saved; an empty one where there is none that can be read */
  load() {
    try {
      return JSON.parse(fs.readFileSync(this.#path('state.json'), 'utf8'));
    } catch {
      return {};
    }
  }

  /** @param {any} document */
  save(document) {
    const part = this.#path('state.json.part');
    const file = fs.openSync(part, 'w');
    fs.writeSync(file, JSON.stringify(document));
    fs.fsyncSync(file);
    fs.closeSync(file);
    fs.renameSync(part, this.#path('state.json'));
  }

  /** @param {string} recording @param {Uint8Array} bytes */
  append(recording, bytes) {
    if (!this.#open.has(recording)) this.#open.set(recording, fs.openSync(this.#file(recording), 'a'));
    fs.writeSync(this.#open.get(recording), bytes);
  }

  /** @param {string} recording @returns {number} bytes */
  size(recording) {
    return fs.statSync(this.#file(recording), { throwIfNoEntry: false })?.size ?? 0;
  }

  /**
   * @param {string} recording @param {number} from @param {number} most
   * @returns {Buffer} what there is, at most so much
   */
  read(recording, from, most) {
    const file = fs.openSync(this.#file(recording), 'r');
    try {
      const piece = Buffer.alloc(most);
      return piece.subarray(0, fs.readSync(file, piece, 0, most, from));
    } finally {
      fs.closeSync(file);
    }
  }

  /** Nothing is added to it any more. @param {string} recording @returns {{length: number, sha256: string}} */
  finish(recording) {
    this.#close(recording);
    const hash = createHash('sha256');
    const length = this.size(recording);
    for (let at = 0; at < length; at += 1 << 20) hash.update(this.read(recording, at, 1 << 20));
    return { length, sha256: hash.digest('hex') };
  }

  /** A recording that was being written when the client was killed: what is not whole at its end is cut off. @param {string} recording */
  mend(recording) {
    const size = this.size(recording);
    if (size === 0) return;
    const whole = wholeLength(fs.readFileSync(this.#file(recording)));
    if (whole < size) fs.truncateSync(this.#file(recording), whole);
  }

  /** @param {string} recording */
  #close(recording) {
    const file = this.#open.get(recording);
    if (file === undefined) return;
    fs.fsyncSync(file);
    fs.closeSync(file);
    this.#open.delete(recording);
  }

  #file(recording) {
    return this.#path(`${recording}.webm`);
  }

  #path(name) {
    return join(this.#folder, name);
  }
}
