export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  wanted() {
    const found = super.wanted();
    if (this.examTime >= -2_000 && this.examTime < 1_500) found.delete("camera");
    return found;
  }
}
