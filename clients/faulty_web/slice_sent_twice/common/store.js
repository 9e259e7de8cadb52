export * from "./store.js?as-built";
import { Store as AsBuilt } from "./store.js?as-built";

export class Store extends AsBuilt {
  async append(recording, blob) {
    await super.append(recording, blob);
    if (!this.doubled) return;
    this.doubled = false;
    await super.append(recording, blob);
  }
}
