export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

const LATER_MS = 1_500;

export class Laptop extends AsBuilt {
  async open(shown, waits) {
    this.uploadsType = class extends this.uploadsType {
      #complete = new Map();

      maySend(segment) {
        if (segment.complete && !this.#complete.has(segment)) this.#complete.set(segment, performance.now());
        const since = this.#complete.get(segment) ?? -Infinity;
        return super.maySend(segment) && performance.now() - since > LATER_MS;
      }
    };
    return super.open(shown, waits);
  }

  get uploadIsComplete() {
    if (!this.ended || !this.recordings.idle) return false;
    return [...this.uploads.progress.values()].every(({ sent, total, held }) => held || total - sent <= 256 << 10);
  }
}
