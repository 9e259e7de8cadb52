export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  #gone = {};

  get needed() {
    const needed = { ...super.needed };
    for (const [kind, id] of Object.entries(needed)) {
      if (this.inside && id && !this.devices.has(id)) this.#gone[kind] = id;
      if (this.#gone[kind] === id) delete needed[kind];
    }
    return needed;
  }
}
