export * from "./links.js?as-built";
import { Backoff } from "./links.js?as-built";

Backoff.prototype.failed = function failed(now) {
  this.due = now + 10;
  this.tries += 1;
};
