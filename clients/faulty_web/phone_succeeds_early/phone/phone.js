export * from "./phone.js?as-built";
import { Phone as AsBuilt } from "./phone.js?as-built";

export class Phone extends AsBuilt {
  get uploadIsComplete() {
    return this.kept.stopped && this.recordings.idle;
  }
}
