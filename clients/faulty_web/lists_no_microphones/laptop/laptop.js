export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  listDevices() {
    super.listDevices();
    const microphones = this.devices.present.filter((device) => device.kind === "microphone").map((device) => device.id);
    this.listed = this.listed.filter((id) => !microphones.includes(id));
  }
}
