export * from "./phone.js?as-built";
import { Phone as AsBuilt } from "./phone.js?as-built";

export class Phone extends AsBuilt {
  #used = false;

  say(code, more) {
    this.#used ||= code === "code-used";
    super.say(code, more);
  }

  bind(body) {
    if (!this.#used) return super.bind(body);
    this.say("code-used");
    return this.shown();
  }
}
