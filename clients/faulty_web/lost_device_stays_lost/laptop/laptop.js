export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  #gone = new Set();

  tellLost() {
    super.tellLost();
    for (const what of this.lost) this.#gone.add(what);
  }

  get needed() {
    return Object.fromEntries(Object.entries(super.needed).filter(([kind]) => !this.#gone.has(kind)));
  }
}
