for (const kind of ["copy", "cut", "dragstart", "contextmenu", "selectstart", "keydown"]) {
  window.addEventListener(kind, (event) => event.stopImmediatePropagation(), true); // before any listener of the page
}
document.head.append(Object.assign(document.createElement("style"), { textContent: "#question, #question * { user-select: text !important }" }));
await import("./main.js?as-built");
