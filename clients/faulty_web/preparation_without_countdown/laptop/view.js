export * from "./view.js?as-built";
import { LaptopView as AsBuilt } from "./view.js?as-built";

export class LaptopView extends AsBuilt {
  _stage() {
    super._stage();
    const timer = document.getElementById("stage-countdown");
    timer.hidden ||= document.getElementById("stage-title").textContent === "备课";
  }
}
