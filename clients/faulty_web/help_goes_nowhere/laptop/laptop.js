export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  help() {
    this.say("help-sent");
    this.shown();
  }
}
