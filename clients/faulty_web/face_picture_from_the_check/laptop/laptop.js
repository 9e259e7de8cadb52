export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  #early = null;

  step() {
    super.step();
    if (this.page === "login" && this.capture.track("camera")) this.#early ??= super.takeStill().catch(() => null);
  }

  async takeStill() {
    return (await this.#early) ?? super.takeStill();
  }
}
