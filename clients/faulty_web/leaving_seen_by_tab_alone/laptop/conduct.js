export * from "./conduct.js?as-built";

export function watchAttention(turned) {
  document.addEventListener("visibilitychange", () => turned(!document.hidden));
}
