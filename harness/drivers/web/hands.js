/*
 * Where a candidate would put the pointer: called by the harness in the observer's own world, it looks and scrolls, and presses nothing.
 */
globalThis.vivaFind = ({ kinds, names, exact, row }) => {
  const SELECTORS = {
    button: "button, [role=button], input[type=submit], input[type=button]",
    link: "a[href], [role=link]",
    choice: "label, [role=radio], [role=option]",
    field: "input, textarea",
    select: "select",
  };
  const DIALOG = "dialog[open], [role=dialog], [role=alertdialog]";
  const { shown, nameOf, isEnabled } = globalThis.vivaLooks;
  const plain = (text) => (text ?? "").replace(/\s+/g, " ").trim();
  const inRow = (element) => plain((element.closest("li, tr, [role=listitem], [role=row]") ?? element).textContent);
  const of = (place) => [...place.querySelectorAll(kinds.map((kind) => SELECTORS[kind]).join(","))].filter(shown);
  const fits = (element) => {
    const name = nameOf(element);
    return names.some((each) => (exact ? name === each : name.includes(each))) && (!row || inRow(element).includes(row));
  };
  // A dialog that stands is answered before anything beneath it.
  const dialogs = [...document.querySelectorAll(DIALOG)].filter(shown);
  let found = dialogs.length ? of(dialogs.at(-1)).filter(fits) : [];
  if (!found.length) found = of(document).filter(fits);
  found = found.filter((element) => !found.some((other) => other !== element && element.contains(other)));
  if (!found.length && kinds.includes("choice")) {
    // A person looks behind what can be unfolded.
    const folded = [...document.querySelectorAll("details:not([open])")].find((each) => names.some((name) => each.textContent.includes(name)));
    if (folded) found = [folded.querySelector("summary")];
    if (folded) return { ...placed(found[0]), count: 1, unfolds: true };
  }
  if (found.length !== 1) return { count: found.length, there: of(document).map(nameOf).filter(Boolean).slice(0, 12) };
  return { ...placed(found[0]), count: 1, enabled: isEnabled(found[0]) };

  function placed(element) {
    element.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
    const { x, y, width, height } = element.getBoundingClientRect();
    const at = [x + width / 2, y + height / 2];
    const top = document.elementFromPoint(...at);
    const reached = top !== null && (element.contains(top) || top.contains(element) || top.closest("label")?.control === element);
    return { at, reached, enabled: true, covered: reached || top === null ? "" : plain(top.innerText).slice(0, 60) };
  }
};
