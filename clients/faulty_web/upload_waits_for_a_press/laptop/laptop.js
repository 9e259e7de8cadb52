export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  #pressed = false;

  async open(shown, waits) {
    const laptop = this;
    this.uploadsType = class extends this.uploadsType {
      maySend(segment) {
        return (!laptop.ended || laptop.#pressed) && super.maySend(segment);
      }
    };
    return super.open(shown, waits);
  }

  retry() {
    this.#pressed = true;
    super.retry();
  }
}
