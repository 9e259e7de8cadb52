export * from "./phone.js?as-built";
import { Phone as AsBuilt } from "./phone.js?as-built";

export class Phone extends AsBuilt {
  async open(shown, waits) {
    this.database = `${this.database}-${performance.timeOrigin}`;
    return super.open(shown, waits);
  }
}
