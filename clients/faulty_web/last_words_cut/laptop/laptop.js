export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  step() {
    super.step();
    const end = this.schedule?.end(this.course);
    if (end === undefined || !this.inside || this.examTime < end - 1_000) return;
    for (const track of this.media?.getAudioTracks() ?? []) track.enabled = false;
  }
}
