export * from "./view.js?as-built";
import { LaptopView as AsBuilt } from "./view.js?as-built";

export class LaptopView extends AsBuilt {
  #laptop;

  constructor(laptop, document) {
    super(laptop, document);
    this.#laptop = laptop;
  }

  show() {
    super.show();
    if (this.#laptop?.page === "waiting") document.getElementById("question").textContent = this.#laptop.question;
  }
}
