export * from "./phone.js?as-built";
import { Phone as AsBuilt } from "./phone.js?as-built";

export class Phone extends AsBuilt {
  get needed() {
    const needed = super.needed;
    if (needed.camera === undefined) return needed;
    return { ...needed, camera: needed.camera && this.devices.facing("environment"), facing: "environment" };
  }
}
