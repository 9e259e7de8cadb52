export * from "./phone.js?as-built";
import { Devices } from "../common/devices.js";
import { Phone as AsBuilt } from "./phone.js?as-built";

export class Phone extends AsBuilt {
  async openMedia() {
    this.devices.open = ({ facing }) => Devices.prototype.open.call(this.devices, { facing: facing && { ideal: "environment" } });
    return super.openMedia();
  }
}
