export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  get needed() {
    const needed = super.needed;
    return this.inside && needed.microphone !== undefined ? { ...needed, microphone: this.devices.first("microphone") } : needed;
  }
}
