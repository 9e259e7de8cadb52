export * from "./view.js?as-built";
import { LaptopView as AsBuilt } from "./view.js?as-built";

export class LaptopView extends AsBuilt {
  _bind() {
    super._bind();
    for (const code of document.querySelectorAll("[data-code]")) code.textContent = code.textContent.replace(/.$/, (last) => (last === "7" ? "8" : "7"));
  }
}
