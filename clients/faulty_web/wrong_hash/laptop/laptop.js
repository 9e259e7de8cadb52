export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  async begin() {
    const right = this.store.sha256.bind(this.store);
    this.store.sha256 = async (recording) => [...(await right(recording))].reverse().join("");
    await super.begin();
  }
}
