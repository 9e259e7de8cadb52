export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  get entryIsOver() {
    const over = this.exam !== null && this.kept.enteredMs === undefined && this.examTime >= this.exam.windows.entry_closes - 2_500;
    return over || super.entryIsOver;
  }
}
