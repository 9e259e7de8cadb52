export * from "./conduct.js?as-built";

export function watchScreenshots() {}
