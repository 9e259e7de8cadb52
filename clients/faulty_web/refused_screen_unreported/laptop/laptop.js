export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  incident(what, text) {
    if (what !== "capture-stopped") super.incident(what, text);
  }
}
