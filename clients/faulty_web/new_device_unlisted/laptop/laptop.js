export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  #before = new Set();

  listDevices() {
    const found = this.devices.present.map((device) => device.id);
    if (!["devices", "waiting"].includes(this.page)) this.#before = new Set(found);
    this.listed = found.filter((id) => this.#before.has(id));
    this.shown();
  }
}
