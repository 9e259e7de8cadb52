export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  #mute = {};

  wanted() {
    const found = super.wanted();
    const media = found.get("camera");
    if (!media) return found;
    if (this.#mute.of !== media) this.#mute = { of: media, media: new MediaStream(media.getVideoTracks()) };
    return found.set("camera", this.#mute.media);
  }
}
