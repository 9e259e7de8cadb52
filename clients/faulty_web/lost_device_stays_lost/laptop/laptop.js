export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  async openMedia() {
    if (!this.inside || !this.media || this.devices.has(this.kept.camera) === false) return super.openMedia();
    if (this.media.getTracks().every((track) => track.readyState === "live")) return super.openMedia();
  }
}
