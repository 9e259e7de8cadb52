export * from "./phone.js?as-built";
import { Phone as AsBuilt } from "./phone.js?as-built";

export class Phone extends AsBuilt {
  #boundAt = Infinity;

  bound(reply) {
    super.bound(reply);
    this.#boundAt = performance.now();
  }

  get isFilming() {
    return super.isFilming && performance.now() >= this.#boundAt + this.exam.limits.evidence_start + 2_000;
  }
}
