/**
 * What survives a closed or killed browser: documents that are replaced whole, and recordings that only grow, in IndexedDB.
 *
 * A recording is its slices in order. Each is stored under the offset at which it ends, in one transaction, so that a kill leaves whole slices without a
 * hole, and the last key alone says how long a recording is. Documents are small and read once, at the start.
 */

import { Sha256 } from "./sha256.js";

const CHUNK = 256 << 10; // bytes read at a time where a whole recording is hashed

function promised(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function over(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
}

/** Goes through a cursor's request: `each(cursor)` moves it on, or returns false to end. */
function through(request, each) {
  return new Promise((resolve, reject) => {
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      if (!request.result || each(request.result) === false) resolve();
    };
  });
}

export class Store {
  #database;
  /** @type {Map<string, any>} */
  #documents = new Map();
  /** @type {Map<string, number>} bytes of each recording */
  #sizes = new Map();
  /** @type {Map<string, Sha256>} of what was taken so far */
  #digests = new Map();

  static async open(name) {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("documents");
      request.result.createObjectStore("slices", { keyPath: ["recording", "end"] });
    };
    const store = new this();
    store.#database = await promised(request);
    await store.#read();
    navigator.storage?.persist?.(); // asked for; a browser that refuses keeps it as long as there is room
    return store;
  }

  async #read() {
    const reading = this.#database.transaction(["documents", "slices"]);
    const documents = reading.objectStore("documents");
    const found = Promise.all([promised(documents.getAllKeys()), promised(documents.getAll())]);
    const lengths = through(reading.objectStore("slices").openKeyCursor(null, "prev"), (cursor) => {
      const [recording, end] = cursor.key;
      this.#sizes.set(recording, end);
      cursor.continue([recording]); // the last slice of the recording before
    });
    const [names, values] = await found;
    names.forEach((name, place) => this.#documents.set(name, values[place]));
    await lengths;
  }

  /** The document as it was kept, or undefined. */
  load(name) {
    return structuredClone(this.#documents.get(name));
  }

  /** Replaces a document; resolves once it would survive. */
  save(name, value) {
    this.#documents.set(name, structuredClone(value));
    const writing = this.#database.transaction("documents", "readwrite", { durability: "strict" });
    writing.objectStore("documents").put(value, name);
    return over(writing);
  }

  /** Adds to a recording; what was added counts once it would survive. One after the other. */
  async append(recording, /** @type {Blob} */ blob) {
    const bytes = new Uint8Array(await blob.arrayBuffer());
    const end = this.size(recording) + bytes.length;
    const writing = this.#database.transaction("slices", "readwrite");
    writing.objectStore("slices").add({ recording, end, bytes });
    await over(writing);
    this.#sizes.set(recording, end);
    const digest = this.#digest(recording);
    if (digest.length + bytes.length === end) digest.update(bytes);
  }

  /** Bytes of a recording; 0 if there is none. */
  size(recording) {
    return this.#sizes.get(recording) ?? 0;
  }

  /** A part of a recording. @returns {Promise<Blob>} */
  async read(recording, offset, size) {
    const until = Math.min(offset + size, this.size(recording));
    const parts = [];
    const range = IDBKeyRange.bound([recording, offset], [recording, Infinity], true);
    const reading = this.#database.transaction("slices").objectStore("slices").openCursor(range);
    await through(reading, (cursor) => {
      const { end, bytes } = cursor.value;
      const begin = end - bytes.length;
      if (begin >= until) return false;
      parts.push(bytes.subarray(Math.max(0, offset - begin), Math.min(bytes.length, until - begin)));
      cursor.continue();
      return true;
    });
    return new Blob(parts);
  }

  /** SHA-256 of a whole recording, hex: known as it grew, but for what another page of this browser had recorded. */
  async sha256(recording) {
    const digest = this.#digest(recording);
    while (digest.length < this.size(recording)) {
      const part = await this.read(recording, digest.length, CHUNK);
      digest.update(new Uint8Array(await part.arrayBuffer()));
    }
    return digest.hex();
  }

  #digest(recording) {
    const digest = this.#digests.get(recording) ?? new Sha256();
    this.#digests.set(recording, digest);
    return digest;
  }

  /** Deletes a recording. */
  remove(recording) {
    this.#sizes.delete(recording);
    this.#digests.delete(recording);
    const writing = this.#database.transaction("slices", "readwrite");
    writing.objectStore("slices").delete(IDBKeyRange.bound([recording], [recording, Infinity]));
    return over(writing);
  }
}
