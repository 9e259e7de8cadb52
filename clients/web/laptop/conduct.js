/**
 * What the candidate does beside the interview: leaving its window, taking pictures of the screen, copying (the notice's section five and its note two).
 *
 * Leaving is told once each way, with its time. Keys that take a picture of the screen are told, and what they put on the clipboard is taken off it as far as the browser lets a page.
 */

const SHOT_KEYS = new Set(["3", "4", "5", "s", "S", "#", "$", "%"]); // with the system's own key: macOS, Windows
const ONE_PRESS_MS = 1_000;

/** Tells `turned(here)` of whatever may mean that the candidate has left the page or is back. */
export function watchAttention(turned) {
  let blurred = false;
  const look = () => turned(!document.hidden && !(blurred && !document.hasFocus()));
  const set = (gone) => () => {
    blurred = gone;
    look();
  };
  document.addEventListener("visibilitychange", look);
  window.addEventListener("blur", set(true));
  window.addEventListener("focus", set(false));
}

/** Tells `taken` of each press of a key that takes a picture of the screen. */
export function watchScreenshots(taken) {
  let last = -Infinity;
  const look = (event) => {
    if (event.key !== "PrintScreen" && !(event.metaKey && event.shiftKey && SHOT_KEYS.has(event.key))) return;
    event.preventDefault();
    navigator.clipboard?.writeText("").catch(() => {});
    if (performance.now() - last >= ONE_PRESS_MS) taken();
    last = performance.now();
  };
  window.addEventListener("keydown", look, true);
  window.addEventListener("keyup", look, true); // some systems tell of the release alone
}

/** While `guarded()`, nothing of the page can be copied, dragged or printed. */
export function withhold(guarded) {
  const stop = (event) => {
    const typed = event.target instanceof Element && event.target.closest("input, textarea");
    if (guarded() && !typed) event.preventDefault();
  };
  for (const kind of ["copy", "cut", "dragstart", "selectstart", "contextmenu"]) document.addEventListener(kind, stop, true);
  document.addEventListener(
    "keydown",
    (event) => {
      if (guarded() && (event.ctrlKey || event.metaKey) && "ps".includes(event.key.toLowerCase())) event.preventDefault();
    },
    true,
  );
}
