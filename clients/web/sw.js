/**
 * Opens the pages without a network: whatever below this folder was loaded before is kept, and given where the service can't be reached.
 *
 * The service comes first, always, so that a page is never older than the service's; nothing but the pages' own files is kept, least of all
 * what the API says.
 */

const KEPT = "viva-pages";
const PATIENCE_MS = 2_000; // a service that does not answer by then can't be reached

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method === "GET" && request.url.startsWith(self.registration.scope)) event.respondWith(answer(request));
});

async function answer(request) {
  const kept = await caches.open(KEPT);
  const address = request.mode === "navigate" ? request.url.split(/[?#]/)[0] : request.url;
  try {
    const reply = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (reply.status >= 500) throw new Error("the service can't answer");
    if (reply.ok) kept.put(address, reply.clone());
    return reply;
  } catch (error) {
    const found = await kept.match(address);
    if (found) return found;
    throw error;
  }
}
