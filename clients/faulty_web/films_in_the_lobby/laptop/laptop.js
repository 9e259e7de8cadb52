export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  get needed() {
    return this.page === "lobby" ? { camera: this.kept.camera, microphone: this.kept.microphone } : super.needed;
  }

  wanted() {
    const found = super.wanted();
    if (this.page === "lobby" && this.capture.media) found.set("camera", this.capture.media);
    return found;
  }
}
