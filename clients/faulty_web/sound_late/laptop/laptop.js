export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

function late(media) {
  const context = new AudioContext();
  const [delay, out] = [new DelayNode(context, { delayTime: 0.4 }), context.createMediaStreamDestination()];
  if (media.getAudioTracks().length) context.createMediaStreamSource(media).connect(delay).connect(out);
  return new MediaStream([...media.getVideoTracks(), ...out.stream.getAudioTracks()]);
}

export class Laptop extends AsBuilt {
  #late = null;

  wanted() {
    const found = super.wanted();
    if (!found.has("camera")) return found;
    if (this.#late?.of !== this.media) this.#late = { of: this.media, media: late(this.media) };
    return found.set("camera", this.#late.media);
  }
}
