export * from "./devices.js?as-built";
import { Devices as AsBuilt } from "./devices.js?as-built";

export class Devices extends AsBuilt {
  async open(wanted) {
    const media = await super.open(wanted);
    const small = { width: { ideal: 160 }, height: { ideal: 90 } };
    for (const track of media.getVideoTracks()) await track.applyConstraints(small).catch(() => {});
    return media;
  }
}
