export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  async open(shown, waits) {
    this.uploadsType = class extends this.uploadsType {
      maySend(segment) {
        return segment.complete && super.maySend(segment);
      }
    };
    return super.open(shown, waits);
  }
}
