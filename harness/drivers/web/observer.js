/*
 * What a candidate sees of a page, told whenever it changes. Runs in a world of its own: the page's scripts can't see it, and it touches nothing.
 *
 * It reads roles, names, states, texts and places, and interprets none of them; words are for the harness. Each snapshot is stamped here, by the
 * page's own monotonic clock, at the frame in which it was seen.
 */
(() => {
  if (window !== window.top) return;
  const tell = globalThis.vivaSeen;
  const TEXT = 65_536; // characters of a region that are told: the longest document of a view
  const WHOLE = 20_000; // … and of the whole page
  const LINE = 500;
  const ITEMS = 100; // elements of a kind that are told
  const BEAT = 250; // what moves without a change of the document (geometry, media, disabled by an ancestor) is looked at so often
  const PAINTED = 500; // a canvas of more pixels a side is no code, and not looked into

  const shown = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true });
  const plain = (text) => (text ?? "").replace(/\s+/g, " ").trim();
  const every = (selector) => [...document.querySelectorAll(selector)];
  const all = (selector) => every(selector).filter(shown).slice(0, ITEMS);

  /** The name that assistive technology would read, as far as pages of this kind need it. */
  function nameOf(element) {
    const by = (element.getAttribute("aria-labelledby") ?? "").split(/\s+/).map((id) => id && document.getElementById(id)?.textContent);
    const labelled = plain(by.filter(Boolean).join(" ")) || plain(element.getAttribute("aria-label"));
    if (labelled) return labelled.slice(0, LINE);
    if (element.labels?.length) return plain([...element.labels].map((label) => label.textContent).join(" ")).slice(0, LINE);
    const own = plain(element.alt) || plain(element.innerText) || plain(element.value) || plain(element.placeholder) || plain(element.title);
    return own.slice(0, LINE);
  }

  function placeOf(element) {
    const { x, y, width, height } = element.getBoundingClientRect();
    return [x, y, width, height].map((each) => Math.round(each * 10) / 10);
  }

  function isEnabled(element) {
    return !element.matches(":disabled") && element.getAttribute("aria-disabled") !== "true" && !element.closest("[inert]");
  }

  function hash(text) {
    let sum = 0;
    for (let at = 0; at < text.length; at += 1) sum = (Math.imul(sum, 31) + text.charCodeAt(at)) | 0;
    return sum;
  }

  /** Tells one picture from another at the same place. */
  function markOf(element) {
    const canvas = element.matches("canvas") ? element : element.querySelector("canvas");
    let painted = "";
    try {
      if (canvas && canvas.width <= PAINTED && canvas.height <= PAINTED) painted = canvas.toDataURL();
    } catch {
      // a canvas that holds another origin's picture can't be read
    }
    return hash(element.outerHTML + painted);
  }

  const named = (element) => Boolean(element.getAttribute("aria-label") || element.getAttribute("aria-labelledby"));
  const labelOf = (element) => (named(element) ? nameOf(element) : "");

  const button = (element) => ({
    name: nameOf(element),
    enabled: isEnabled(element),
    place: placeOf(element),
    row: plain(element.closest("li, tr, [role=listitem], [role=row]")?.innerText).slice(0, LINE),
    pressed: element.getAttribute("aria-pressed") === "true",
  });

  /** What is in the document and not shown is told as such: it can be read by whoever looks for it. */
  const region = (element) => ({
    name: labelOf(element),
    text: (shown(element) ? element.innerText : element.textContent).trim().slice(0, TEXT),
    place: placeOf(element),
    shown: shown(element),
  });

  function snapshot() {
    return {
      headings: all("h1, [role=heading][aria-level='1']").map((each) => plain(each.innerText).slice(0, LINE)),
      buttons: all("button, [role=button], input[type=submit], input[type=button], a[href], [role=link]").map(button),
      timers: all("[role=timer]").map((each) => ({ name: labelOf(each), text: plain(each.innerText).slice(0, LINE), place: placeOf(each) })),
      alerts: all("[role=alert]").map((each) => plain(each.innerText).slice(0, LINE)).filter(Boolean),
      dialogs: all("dialog[open], [role=dialog], [role=alertdialog]")
        .filter((each) => !each.querySelector("input, textarea, select"))
        .map((each) => plain(each.innerText).slice(0, LINE)),
      progress: all("progress, [role=progressbar]").map((each) => ({
        name: nameOf(each),
        value: Number(each.getAttribute("aria-valuenow") ?? each.value ?? 0) || 0,
        most: Number(each.getAttribute("aria-valuemax") ?? each.max ?? 100) || 0,
      })),
      fields: all("input:not([type]), input[type=text], input[type=search], textarea").map((each) => ({ name: nameOf(each), enabled: isEnabled(each) })),
      choices: every("input[type=radio], [role=radio], [role=option], option")
        .slice(0, ITEMS)
        .filter((each) => shown(each.closest("select") ?? each))
        .map((each) => ({ name: nameOf(each), chosen: each.matches(":checked, [aria-checked=true], [aria-selected=true]") })),
      items: all("li, [role=listitem]").map((each) => plain(each.innerText).slice(0, LINE)),
      outputs: all("output, [role=status]").map((each) => ({ name: labelOf(each), text: plain(each.innerText).slice(0, LINE) })),
      regions: every("section, article, [role=region]").filter((each) => each.matches("article") || named(each)).slice(0, ITEMS).map(region),
      images: all("img, canvas, svg[role=img], [role=img]")
        .filter((each) => nameOf(each))
        .map((each) => ({ name: nameOf(each), place: placeOf(each), mark: markOf(each) })),
      videos: all("video").map((each) => ({ name: nameOf(each), live: each.readyState >= 2 && !each.paused && each.videoWidth > 0, place: placeOf(each) })),
      text: plain(document.body?.innerText).slice(0, WHOLE),
      viewport: [window.innerWidth, window.innerHeight],
      scrolled: [Math.round(window.scrollX), Math.round(window.scrollY)],
      hidden: document.hidden,
    };
  }

  globalThis.vivaLooks = { shown, nameOf, isEnabled }; // what the hands look with

  let last = "";
  let due = false;
  function look() {
    due = false;
    const at = performance.now();
    const seen = JSON.stringify(snapshot());
    if (seen === last) return;
    last = seen;
    tell(`{"at":${at},"seen":${seen}}`);
  }
  function soon() {
    if (due) return;
    due = true;
    // A hidden page has no frames.
    if (document.hidden) setTimeout(look, 0);
    else requestAnimationFrame(look);
  }
  function watch() {
    new MutationObserver(soon).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
    for (const kind of ["input", "change", "resize", "scroll", "visibilitychange"]) window.addEventListener(kind, soon, { capture: true, passive: true });
    setInterval(look, BEAT);
    look();
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", watch, { once: true });
  else watch();
})();
