export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  step() {
    super.step();
    if (this.links.offline) this.links.drop("entry");
  }
}
