export * from "./view.js?as-built";
import { LaptopView as AsBuilt } from "./view.js?as-built";

export class LaptopView extends AsBuilt {
  #still = null;

  _stage() {
    super._stage();
    const video = document.querySelector('[data-page="stage"] video');
    if (!video || this.#still || video.readyState < 2) return;
    this.#still = Object.assign(document.createElement("canvas"), { width: video.videoWidth, height: video.videoHeight });
    this.#still.getContext("2d").drawImage(video, 0, 0);
    video.parentElement.style.position = "relative";
    this.#still.style.cssText = "position: absolute; inset: 0; width: 100%; height: 100%; object-fit: contain; z-index: 1";
    video.parentElement.append(this.#still);
  }
}
