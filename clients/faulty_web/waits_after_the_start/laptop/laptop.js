export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  #waitedAt = -Infinity;

  wait() {
    this.#waitedAt = performance.now();
    super.wait();
  }

  followStages() {
    super.followStages();
    if (this.examTime >= 0 && performance.now() < this.#waitedAt + 4_000 && !this.ended) this.page = "waiting";
  }
}
