export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  #first = null;

  listDevices() {
    super.listDevices();
    if (this.page === "devices" || this.page === "waiting") {
      this.#first ??= new Set(this.listed);
      this.listed = this.listed.filter((id) => this.#first.has(id));
    }
  }
}
