export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  get uploadIsComplete() {
    if (!this.ended || !this.recordings.idle) return false;
    return [...this.uploads.progress.values()].every(({ sent, total, held }) => held || total - sent <= 64 << 10);
  }
}
