export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  get needed() {
    return this.ended ? { camera: this.kept.camera, microphone: this.kept.microphone } : super.needed;
  }

  releaseDevices() {}
}
