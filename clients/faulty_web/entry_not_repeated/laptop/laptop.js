export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  #waits = false;

  step() {
    super.step();
    if (!this.links.offline || !this.links.asking("entry")) return;
    this.links.drop("entry");
    this.#waits = true;
  }

  get mayEnter() {
    return !this.#waits && super.mayEnter;
  }
}
