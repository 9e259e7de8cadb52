export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  get entryIsOpen() {
    return super.entryIsOpen && this.examTime >= this.exam.windows.entry_opens + 2_600;
  }
}
