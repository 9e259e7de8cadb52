export * from "./view.js?as-built";
import { LaptopView as AsBuilt } from "./view.js?as-built";

export class LaptopView extends AsBuilt {
  _bind() {
    super._bind();
    const code = document.getElementById("code");
    code.textContent = code.textContent.replace(/^(.)(.)/, "$2$1");
  }
}
