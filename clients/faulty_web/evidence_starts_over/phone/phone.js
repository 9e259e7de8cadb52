export * from "./phone.js?as-built";
import { Phone as AsBuilt } from "./phone.js?as-built";

export class Phone extends AsBuilt {
  async open(shown, waits) {
    const cut = new Set();
    this.uploadsType = class extends this.uploadsType {
      offsetAfterBreak(segment, told) {
        if (told === 0 || cut.has(segment.recording)) return super.offsetAfterBreak(segment, told);
        cut.add(segment.recording);
        return 0;
      }
    };
    return super.open(shown, waits);
  }
}
