export * from "./phone.js?as-built";
import { Phone as AsBuilt } from "./phone.js?as-built";

export class Phone extends AsBuilt {
  #paused = 0;

  get isFilming() {
    if (super.isFilming && this.session?.stage === "lesson") this.#paused ||= performance.now();
    return super.isFilming && !(performance.now() < this.#paused + 4_000);
  }
}
