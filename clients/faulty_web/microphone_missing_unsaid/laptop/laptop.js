export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  say(code, more) {
    if (code !== "no-microphone") super.say(code, more);
  }

  get checksPassed() {
    const { camera, microphone } = this.checks;
    return super.checksPassed || (microphone.state === "failed" && camera.state === "working");
  }
}
