export * from "./devices.js?as-built";
import { Devices as AsBuilt } from "./devices.js?as-built";

export class Devices extends AsBuilt {
  #now = [];
  #ever = new Map();

  constructor() {
    super();
    Object.defineProperty(this, "present", { get: () => [...this.#ever.values()], set: (found) => this.#found(found) });
  }

  #found(found) {
    this.#now = found;
    for (const device of found) this.#ever.set(device.id, device);
  }

  has(id) {
    return this.#now.some((device) => device.id === id);
  }
}
