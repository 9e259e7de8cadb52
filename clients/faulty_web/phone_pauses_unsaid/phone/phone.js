export * from "./phone.js?as-built";
import { Phone as AsBuilt } from "./phone.js?as-built";

export class Phone extends AsBuilt {
  leftOrBack() {
    this.beat();
  }

  get isFilming() {
    return super.isFilming && !document.hidden;
  }

  reportGaps() {}
}
