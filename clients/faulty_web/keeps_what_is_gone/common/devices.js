export * from "./devices.js?as-built";
import { Devices as AsBuilt } from "./devices.js?as-built";

export class Devices extends AsBuilt {
  async refresh() {
    const before = this.present;
    await super.refresh();
    if (before.some((device) => device.label)) this.present = [...this.present, ...before.filter((device) => !this.has(device.id))];
    this.dispatchEvent(new Event("change"));
  }
}
