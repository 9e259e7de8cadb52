export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  get countdown() {
    const running = super.countdown;
    return running && { ...running, left: running.left + 2_000 };
  }
}
