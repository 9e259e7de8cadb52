/** Small help with the document: elements, and lists that are made anew only when they have changed. */

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

/** Fills `element` anew with `make(item)` for each item, if the items are others than last time. */
export function fill(element, items, make) {
  const mark = JSON.stringify(items);
  if (element.dataset.items === mark) return;
  element.dataset.items = mark;
  element.replaceChildren(...items.map(make));
}

/** The alerts that stand, one element a code, so that each is announced once. */
export function showAlerts(element, /** @type {Map<string, string>} */ alerts, quiet = new Set()) {
  for (const shown of [...element.children]) if (!alerts.has(shown.dataset.code)) shown.remove();
  for (const [code, text] of alerts) {
    if (quiet.has(code)) continue;
    const shown = [...element.children].find((each) => each.dataset.code === code) ?? element.appendChild(h("p", { role: "alert", "data-code": code }));
    write(shown, text);
  }
}
