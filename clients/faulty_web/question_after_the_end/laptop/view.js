export * from "./view.js?as-built";
import { h } from "../common/dom.js";
import { LaptopView as AsBuilt } from "./view.js?as-built";

export class LaptopView extends AsBuilt {
  #laptop;

  constructor(laptop, document) {
    super(laptop, document);
    this.#laptop = laptop;
  }

  _upload() {
    super._upload();
    const page = document.querySelector('[data-page="upload"]');
    if (page.lastElementChild.ariaLabel !== "试题") page.append(h("section", { class: "card", "aria-label": "试题" }, this.#laptop.question));
  }
}
