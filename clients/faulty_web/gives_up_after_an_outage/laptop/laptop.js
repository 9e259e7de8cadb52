export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  async open(shown, waits) {
    const laptop = this;
    this.uploadsType = class extends this.uploadsType {
      maySend(segment) {
        laptop.gaveUp ||= laptop.links.offline && laptop.ended;
        return !laptop.gaveUp && super.maySend(segment);
      }
    };
    return super.open(shown, waits);
  }
}
