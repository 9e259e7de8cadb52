export * from "./phone.js?as-built";
import { Phone as AsBuilt } from "./phone.js?as-built";

export class Phone extends AsBuilt {
  #boundAt = 0;

  bound(reply) {
    super.bound(reply);
    this.#boundAt = performance.now();
  }

  get isFilming() {
    return super.isFilming && (this.#boundAt === 0 || performance.now() >= this.#boundAt + this.exam.limits.evidence_start + 2_000);
  }
}
