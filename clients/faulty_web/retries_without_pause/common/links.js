export * from "./links.js?as-built";
import { Backoff as AsBuilt } from "./links.js?as-built";

export class Backoff extends AsBuilt {
  failed(now) {
    super.failed(now, 0);
    this.due = now;
  }
}
