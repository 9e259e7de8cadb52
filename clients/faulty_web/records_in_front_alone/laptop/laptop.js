export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  wanted() {
    const found = super.wanted();
    if (document.hidden || !document.hasFocus()) found.delete("camera");
    return found;
  }
}
