export * from "./phone.js?as-built";
import { Phone as AsBuilt } from "./phone.js?as-built";

export class Phone extends AsBuilt {
  learned(session) {
    super.learned(session);
    if (this.isFilming && this.interviewIsOver) this.stop();
  }
}
