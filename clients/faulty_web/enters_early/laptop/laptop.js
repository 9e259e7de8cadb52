export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  get entryIsOpen() {
    const early = this.exam !== null && this.clock.known && this.examTime >= this.exam.windows.entry_opens - 3_000;
    return (early && !this.entryIsOver) || super.entryIsOpen;
  }
}
