/**
 * What keeps a page at work: it is the only one of its kind in this browser, it opens without a network, and the screen stays on.
 *
 * Called by `Core`. Each is an offer of the browser; where it has none, the page works all the same.
 */

/**
 * Resolves once no other page of this browser does the same, which would record and upload everything twice; `waits` is told where it has to wait. A page that holds
 * such a lock is not frozen in the background either.
 */
export function alone(name, waits) {
  if (!navigator.locks) return Promise.resolve();
  return new Promise((resolve) => {
    const late = setTimeout(waits, 1_000);
    navigator.locks.request(name, () => {
      clearTimeout(late);
      resolve();
      return new Promise(() => {}); // until this page is gone
    });
  });
}

/** From now on the page opens without a network as well: after a crash in an outage filming must go on. */
export async function keepOffline() {
  try {
    await navigator.serviceWorker?.register(new URL("../sw.js", import.meta.url));
    const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
    const own = [location.href.split(/[?#]/)[0], ...loaded].filter((address) => address.startsWith(new URL("..", import.meta.url).href));
    const cache = await caches.open("viva-pages");
    await Promise.all([...new Set(own)].map((address) => cache.add(address)));
  } catch {
    // without it the page is loaded from the service alone
  }
}

/** Keeps the screen on while it is asked for. */
export class WakeLock {
  #lock = null;
  #asked = false; // a browser that refuses is asked again only when the page has come back to the front

  constructor() {
    document.addEventListener("visibilitychange", () => (this.#asked = false));
  }

  /** Called on each beat. */
  async follow(wanted) {
    if (!wanted) {
      this.#lock?.release();
    } else if (!this.#lock && !this.#asked && !document.hidden) {
      this.#asked = true;
      this.#lock = (await navigator.wakeLock?.request("screen").catch(() => null)) ?? null;
      this.#lock?.addEventListener("release", () => (this.#lock = null));
    }
  }
}
