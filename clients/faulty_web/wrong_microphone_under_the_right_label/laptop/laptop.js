export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  #first = "";

  get needed() {
    const needed = super.needed;
    if (!needed.microphone) return needed;
    if (!this.devices.has(this.#first)) this.#first = needed.microphone;
    return { ...needed, microphone: this.#first };
  }
}
