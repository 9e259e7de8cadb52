export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  async open(shown, waits) {
    this.database = `${this.database}-${performance.timeOrigin}`;
    return super.open(shown, waits);
  }
}
