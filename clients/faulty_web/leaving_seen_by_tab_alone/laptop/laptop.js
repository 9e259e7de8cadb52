export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  attention() {
    const here = !document.hidden;
    if (here !== (this.attentive ?? true)) super.attention(here);
  }
}
