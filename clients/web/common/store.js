/**
 * What survives a closed or killed browser: documents that are replaced whole, and recordings that only grow, in IndexedDB.
 *
 * A recording is its slices in order; each is stored with the offset at which it begins, in one transaction with the length, so that a
 * kill leaves whole slices and a length that is theirs. Documents are small and read once, at the start.
 */

const DATABASE = "viva";

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

export class Store {
  #database;
  /** @type {Map<string, any>} */
  #documents = new Map();
  /** @type {Map<string, number>} bytes of each recording */
  #sizes = new Map();

  static async open(name = DATABASE) {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("documents");
      request.result.createObjectStore("slices", { keyPath: ["recording", "offset"] });
    };
    const store = new Store();
    store.#database = await promised(request);
    await store.#read();
    await navigator.storage?.persist?.();
    return store;
  }

  async #read() {
    const reading = this.#database.transaction(["documents", "slices"]);
    const documents = reading.objectStore("documents");
    const [names, values] = await Promise.all([promised(documents.getAllKeys()), promised(documents.getAll())]);
    names.forEach((name, place) => this.#documents.set(name, values[place]));
    const cursor = reading.objectStore("slices").openCursor();
    await new Promise((resolve, reject) => {
      cursor.onerror = () => reject(cursor.error);
      cursor.onsuccess = () => {
        const found = cursor.result;
        if (!found) return resolve();
        const { recording, offset, blob } = found.value;
        this.#sizes.set(recording, offset + blob.size);
        found.continue();
      };
    });
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

  /** Adds to a recording; what was added counts once it would survive. */
  async append(recording, blob) {
    const offset = this.size(recording);
    const writing = this.#database.transaction("slices", "readwrite");
    writing.objectStore("slices").put({ recording, offset, blob });
    await over(writing);
    this.#sizes.set(recording, offset + blob.size);
  }

  /** Bytes of a recording; 0 if there is none. */
  size(recording) {
    return this.#sizes.get(recording) ?? 0;
  }

  /** A part of a recording. @returns {Promise<Blob>} */
  async read(recording, offset, size) {
    const until = Math.min(offset + size, this.size(recording));
    const range = IDBKeyRange.bound([recording, 0], [recording, until], false, true);
    const slices = this.#database.transaction("slices").objectStore("slices");
    const parts = [];
    const cursor = slices.openCursor(range, "prev");
    await new Promise((resolve, reject) => {
      cursor.onerror = () => reject(cursor.error);
      cursor.onsuccess = () => {
        const found = cursor.result;
        if (!found) return resolve();
        const slice = found.value;
        parts.unshift(slice.blob.slice(Math.max(0, offset - slice.offset), until - slice.offset));
        if (slice.offset <= offset) return resolve();
        found.continue();
      };
    });
    return new Blob(parts);
  }

  /** SHA-256 of a whole recording, hex. */
  async sha256(recording) {
    const whole = await this.read(recording, 0, this.size(recording));
    const digest = await crypto.subtle.digest("SHA-256", await whole.arrayBuffer());
    return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  /** Deletes a recording. */
  remove(recording) {
    this.#sizes.delete(recording);
    const writing = this.#database.transaction("slices", "readwrite");
    writing.objectStore("slices").delete(IDBKeyRange.bound([recording, 0], [recording, Infinity]));
    return over(writing);
  }
}
