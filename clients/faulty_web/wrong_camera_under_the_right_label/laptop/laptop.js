export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  openOne(name, wanted) {
    return super.openOne(name, name === "camera" ? { camera: this.devices.first("camera") || true } : wanted);
  }
}
