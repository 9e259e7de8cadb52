export * from "./phone.js?as-built";
import { Phone as AsBuilt } from "./phone.js?as-built";

export class Phone extends AsBuilt {
  get needed() {
    const needed = super.needed;
    return needed.camera === undefined ? needed : { ...needed, camera: this.devices.facing("environment"), facing: "environment" };
  }
}
