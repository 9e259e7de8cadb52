export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  #before = new Set();

  listDevices() {
    super.listDevices();
    if (!["devices", "waiting"].includes(this.page)) this.#before = new Set(this.listed);
    else this.listed = this.listed.filter((id) => this.#before.has(id));
  }
}
