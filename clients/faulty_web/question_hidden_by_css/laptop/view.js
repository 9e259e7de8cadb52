export * from "./view.js?as-built";
import { LaptopView as AsBuilt } from "./view.js?as-built";

export class LaptopView extends AsBuilt {
  #laptop;

  constructor(laptop, document) {
    super(laptop, document);
    this.#laptop = laptop;
  }

  _waiting() {
    super._waiting();
    document.getElementById("question").textContent = this.#laptop.question; // its section is not displayed yet
  }
}
