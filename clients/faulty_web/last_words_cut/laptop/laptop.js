export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  step() {
    super.step();
    const end = this.schedule?.end(this.course);
    if (end === undefined || !this.inside || this.examTime < end - 1_000) return;
    const microphone = this.capture.track("microphone");
    if (microphone) microphone.enabled = false;
  }
}
