export * from "./view.js?as-built";
import { LaptopView as AsBuilt } from "./view.js?as-built";

export class LaptopView extends AsBuilt {
  _stage() {
    super._stage();
    if (document.getElementById("stage-title").textContent === "技能测试") document.getElementById("clock").hidden = true;
  }
}
