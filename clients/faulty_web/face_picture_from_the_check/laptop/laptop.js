export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  #early = null;

  step() {
    super.step();
    if (this.page === "login" && this.media) this.#early ??= super.takeStill();
  }

  async takeStill() {
    return this.#early ?? super.takeStill();
  }
}
