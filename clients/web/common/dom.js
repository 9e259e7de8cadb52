/** Small help with the document: elements, and lists that are made anew only when they have changed. */

const TONES = {
  bad: ["offline", "device-lost", "no-screen", "no-camera", "no-microphone", "upload-failed", "upload-overdue", "face-mismatch", "face-covered", "extended-display", "second-session", "wrong-code", "code-expired", "code-used", "screenshot", "other", "too-late"],
  good: ["upload-done", "help-sent"],
  info: ["help-answer", "too-early", "stop-phone", "ended"],
};

/** An element with attributes (`on…` are listeners) and children. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Sets a text, if it is another. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Sets an attribute, if it is another. */
export function mark(element, name, value) {
  if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

const filled = new WeakMap();

/** Fills `element` anew with `make(item)` for each item, if the items are others than last time. */
export function fill(element, items, make) {
  const now = JSON.stringify(items);
  if (filled.get(element) === now) return;
  filled.set(element, now);
  const had = element.contains(document.activeElement) ? [...element.querySelectorAll("button, input")].indexOf(document.activeElement) : -1;
  element.replaceChildren(...items.map(make));
  if (had >= 0) element.querySelectorAll("button, input")[had]?.focus(); // whoever uses the keyboard stays where they were
}

/** Bars of progress in place: made once, then only moved. @param {{name: string, label: string, share: number}[]} bars */
export function showProgress(element, bars) {
  fill(element, bars.map(({ name }) => name), (name) => {
    const { label } = bars.find((bar) => bar.name === name);
    return h("div", { class: "progress" }, h("span", {}, label), h("progress", { max: 100, value: 0, "aria-label": `${label}上传进度` }), h("span", {}, ""));
  });
  bars.forEach(({ share }, place) => {
    const [, bar, text] = element.children[place].children;
    if (bar.value !== share) bar.value = share;
    write(text, `${share}%`);
  });
}

/** How much of a stream is there, per cent with one decimal, never 100 before all of it is held. */
export function shareOf({ sent, total, held, recording }) {
  if (held && !recording) return 100;
  return total ? Math.min(99.9, Math.floor((sent / total) * 1_000) / 10) : 0;
}

/** The alerts that stand, one element a code, so that each is announced once. */
export function showAlerts(element, /** @type {Map<string, string>} */ alerts, quiet = new Set()) {
  for (const shown of [...element.children]) if (!alerts.has(shown.dataset.code) || quiet.has(shown.dataset.code)) shown.remove();
  for (const [code, text] of alerts) {
    if (quiet.has(code)) continue;
    const tone = Object.keys(TONES).find((name) => TONES[name].includes(code)) ?? "warn";
    const shown = [...element.children].find((each) => each.dataset.code === code) ?? element.appendChild(h("p", { role: "alert", "data-code": code, "data-tone": tone }));
    write(shown, text);
  }
}
