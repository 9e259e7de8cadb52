export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  #entering = false;

  enter() {
    this.#entering = true;
    super.enter();
    this.#entering = false;
  }

  pressed() {}

  async shareScreen() {
    if (!this.#entering) await super.shareScreen();
  }
}
