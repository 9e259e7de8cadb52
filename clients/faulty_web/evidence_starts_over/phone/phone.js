export * from "./phone.js?as-built";
import { Phone as AsBuilt } from "./phone.js?as-built";

export class Phone extends AsBuilt {
  async open(shown, waits) {
    const phone = this;
    const cut = new Set();
    this.uploadsType = class extends this.uploadsType {
      offsetAfterBreak(segment, told) {
        if (told > 0 && !cut.has(segment.recording)) {
          cut.add(segment.recording);
          const request = { method: "DELETE", path: segment.upload, headers: { "Tus-Resumable": "1.0.0" } };
          phone.links.ask("start-over", request, () => Object.assign(segment, { upload: "", declared: false }));
        }
        return told;
      }

      maySend(segment) {
        return !phone.links.asking("start-over") && super.maySend(segment);
      }
    };
    return super.open(shown, waits);
  }
}
