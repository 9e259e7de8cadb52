export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  #small = new WeakSet();

  wanted() {
    const found = super.wanted();
    for (const track of found.get("camera")?.getVideoTracks() ?? []) {
      if (!this.#small.has(track)) track.applyConstraints({ width: { ideal: 128 } }).catch(() => {});
      this.#small.add(track);
    }
    return found;
  }
}
