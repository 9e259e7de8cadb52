export * from "./phone.js?as-built";
import { Phone as AsBuilt } from "./phone.js?as-built";

export class Phone extends AsBuilt {
  #pressed = false;

  async open(shown, waits) {
    const may = this.uploadsType.prototype.maySend;
    const asked = () => this.#pressed;
    this.uploadsType = class extends this.uploadsType {
      maySend(segment) {
        return asked() && may.call(this, segment);
      }
    };
    return super.open(shown, waits);
  }

  retry() {
    this.#pressed = true;
    super.retry();
  }
}
