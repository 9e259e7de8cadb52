export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

function smoothed(media) {
  const video = Object.assign(document.createElement("video"), { muted: true, srcObject: new MediaStream(media.getVideoTracks()) });
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  const draw = () => {
    video.requestVideoFrameCallback(draw);
    const { videoWidth: wide, videoHeight: high } = video;
    if (canvas.width !== wide) [canvas.width, canvas.height] = [wide, high];
    const face = [wide * 0.17, high * 0.22, wide * 0.34, high * 0.56];
    context.filter = "none";
    context.drawImage(video, 0, 0);
    context.filter = "blur(1.5px)";
    context.drawImage(video, ...face, ...face);
  };
  video.requestVideoFrameCallback(draw);
  video.play();
  return new MediaStream([...canvas.captureStream().getVideoTracks(), ...media.getAudioTracks()]);
}

export class Laptop extends AsBuilt {
  #smooth = {};

  wanted() {
    const found = super.wanted();
    const media = found.get("camera");
    if (!media) return found;
    if (this.#smooth.of !== media) this.#smooth = { of: media, media: smoothed(media) };
    return found.set("camera", this.#smooth.media);
  }
}
