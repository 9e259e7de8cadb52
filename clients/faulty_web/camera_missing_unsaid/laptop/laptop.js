export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  say(code, more) {
    if (code !== "no-camera") super.say(code, more);
  }

  get checksPassed() {
    return super.checksPassed || (this.checks.camera?.state === "failed" && this.checks.microphone?.state === "working");
  }
}
