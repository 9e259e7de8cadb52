/*
 * What a page has in its document and keeps in its origin's storage, as [place, text] pairs. Runs in the observer's own world, where the origin's
 * storage is the same and the page's scripts see nothing; it reads, and writes nothing.
 *
 * Recordings are apart: what is binary and begins with no UTF-8 text, or is longer than BLOB, is passed over, and a store that has FEW of that at
 * either end is taken for one of recordings between them.
 */
globalThis.vivaKept = async () => {
  const PIECE = 65_536; // characters of one piece
  const ALL = 1 << 20; // … and of all
  const BLOB = 65_536;
  const HEAD = 64; // bytes by which text is told from a recording
  const DEEP = 6;
  const FEW = 3;
  const RECORDS = 100; // from either end of a store
  const pieces = [];
  let left = ALL;

  function tell(place, text) {
    const told = String(text ?? "").slice(0, Math.min(PIECE, left));
    if (!told) return;
    left -= told.length;
    pieces.push([place, told]);
  }

  /** Tries a part; what a browser or an origin does not have is no part of what is kept. */
  async function part(look) {
    try {
      await look();
    } catch {
      // closed, deleted or forbidden meanwhile
    }
  }

  const isBinary = (value) => value instanceof ArrayBuffer || ArrayBuffer.isView(value);
  const bytesOf = (value) => (value instanceof ArrayBuffer ? new Uint8Array(value) : new Uint8Array(value.buffer, value.byteOffset, value.byteLength));

  /** Bytes that are a recording's, as far as that can be told of a part of one. */
  function isMedia(value) {
    if (value.byteLength > BLOB) return true;
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytesOf(value).subarray(0, HEAD), { stream: true });
      return false;
    } catch {
      return true;
    }
  }

  /** All text within a stored value. */
  async function texts(place, value, depth = 0) {
    if (typeof value === "string") tell(place, value);
    else if (value instanceof Blob) {
      if (value.size <= BLOB) await texts(place, await value.arrayBuffer(), depth);
    } else if (value && isBinary(value)) {
      if (!isMedia(value)) tell(place, new TextDecoder().decode(value));
    } else if (value && typeof value === "object" && depth < DEEP) {
      const inner = value instanceof Map ? [...value].flat() : value instanceof Set ? [...value] : Object.entries(value).flat();
      for (const each of inner) await texts(place, each, depth + 1);
    }
  }

  const promised = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = request.onblocked = () => reject(request.error);
    });

  /** The values at one end of a store. Told afterwards: a transaction does not outlive a promise of another kind. */
  function values(store, direction) {
    return new Promise((resolve, reject) => {
      const found = [];
      let recorded = 0;
      const request = store.openCursor(null, direction);
      request.onerror = () => reject(request.error);
      request.onsuccess = () => {
        const cursor = request.result;
        if (!cursor) return resolve(found);
        found.push(cursor.key, cursor.value);
        const parts = isBinary(cursor.value) ? [cursor.value] : [cursor.value, ...Object.values(cursor.value ?? {})];
        if (parts.some((each) => (each instanceof Blob ? each.size > BLOB : isBinary(each) && isMedia(each)))) recorded += 1;
        if (recorded >= FEW || found.length >= 2 * RECORDS) return resolve(found);
        cursor.continue();
      };
    });
  }

  async function database({ name }) {
    const request = indexedDB.open(name);
    request.onupgradeneeded = () => request.transaction.abort(); // it has gone meanwhile, and is not made anew
    const opened = await promised(request);
    opened.onversionchange = () => opened.close(); // whoever wants to change or delete it is not held up
    try {
      for (const store of opened.objectStoreNames) {
        for (const direction of ["next", "prev"]) {
          const found = await values(opened.transaction(store).objectStore(store), direction);
          for (const each of found) await texts(`IndexedDB ${name} ${store}`, each);
        }
      }
    } finally {
      opened.close();
    }
  }

  async function cache(name) {
    const opened = await caches.open(name);
    for (const request of (await opened.keys()).slice(0, RECORDS)) {
      const reply = await opened.match(request);
      if (reply && !/^(video|audio|image|font)\//.test(reply.headers.get("content-type") ?? "")) {
        tell(`cache ${name}`, (await reply.text()).slice(0, PIECE));
      }
    }
  }

  async function folder(handle, path) {
    for await (const [name, entry] of handle.entries()) {
      if (entry.kind === "directory") await folder(entry, `${path}/${name}`);
      else await texts(`file ${path}/${name}`, await entry.getFile());
    }
  }

  function shadows(root) {
    for (const element of root.querySelectorAll("*")) {
      if (!element.shadowRoot) continue;
      tell("document", element.shadowRoot.innerHTML);
      shadows(element.shadowRoot);
    }
  }

  // Small things first: what is long must not use up the bound before they are told.
  for (const [place, storage] of [
    ["localStorage", () => localStorage],
    ["sessionStorage", () => sessionStorage],
  ]) {
    await part(() => Object.entries(storage()).forEach(([key, value]) => tell(`${place} ${key}`, `${key} ${value}`)));
  }
  await part(() => tell("cookies", document.cookie));
  await part(() => tell("address", `${location.href} ${window.name} ${document.title} ${JSON.stringify(history.state)}`));
  await part(() => document.querySelectorAll("input, textarea").forEach((each) => tell("document", each.value)));
  await part(() => tell("document", document.documentElement.outerHTML));
  await part(() => tell("document", document.documentElement.textContent)); // without markup between its words
  await part(() => shadows(document));
  await part(async () => {
    for (const each of await indexedDB.databases()) await part(() => database(each));
  });
  await part(async () => {
    for (const name of await caches.keys()) await part(() => cache(name));
  });
  await part(async () => folder(await navigator.storage.getDirectory(), ""));
  return pieces;
};
