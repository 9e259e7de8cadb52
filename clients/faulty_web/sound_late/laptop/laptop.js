export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

function late(media) {
  const context = new AudioContext();
  const [delay, out] = [new DelayNode(context, { delayTime: 0.8 }), context.createMediaStreamDestination()];
  if (media.getAudioTracks().length) context.createMediaStreamSource(media).connect(delay).connect(out);
  return new MediaStream([...media.getVideoTracks(), ...out.stream.getAudioTracks()]);
}

export class Laptop extends AsBuilt {
  #late = {};

  wanted() {
    const found = super.wanted();
    const media = found.get("camera");
    if (!media) return found;
    if (this.#late.of !== media) this.#late = { of: media, media: late(media) };
    return found.set("camera", this.#late.media);
  }
}
