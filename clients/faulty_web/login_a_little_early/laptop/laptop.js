export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  get loginIsOpen() {
    return this.exam !== null && this.clock.known && this.examTime >= this.exam.windows.login_opens - 2_000;
  }
}
