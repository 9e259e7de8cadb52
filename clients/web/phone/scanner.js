/** The built-in scanner: the rear camera's pictures are searched for a QR code until one is found or scanning is stopped. */

import { decodeQR } from "../vendor/qr-decode.js";

const EVERY_MS = 250;
const WIDEST = 800; // a larger picture takes longer to search, and shows no more of the code

export class Scanner {
  #video;
  #devices;
  #media = null;
  #timer = 0;

  /** @param {HTMLVideoElement} video @param {import("../common/devices.js").Devices} devices */
  constructor(video, devices) {
    this.#video = video;
    this.#devices = devices;
  }

  get running() {
    return this.#media !== null;
  }

  /** Calls `found` once with the text. Rejects where there is no camera. */
  async start(found) {
    const size = { width: { ideal: 1_280 }, height: { ideal: 720 } };
    let media = await navigator.mediaDevices.getUserMedia({ video: { ...size, facingMode: { ideal: "environment" } } });
    await this.#devices.refresh(); // names come with the permission
    const rear = this.#devices.facing("environment");
    if (rear && media.getVideoTracks()[0].getSettings().deviceId !== rear) {
      media.getTracks().forEach((track) => track.stop());
      media = await navigator.mediaDevices.getUserMedia({ video: { ...size, deviceId: { exact: rear } } });
    }
    this.#media = media;
    this.#video.srcObject = media;
    await this.#video.play();
    this.#timer = setInterval(() => {
      const text = this.#look();
      if (text === null) return;
      this.stop();
      found(text);
    }, EVERY_MS);
  }

  stop() {
    clearInterval(this.#timer);
    this.#media?.getTracks().forEach((track) => track.stop());
    this.#media = null;
    this.#video.srcObject = null;
  }

  #look() {
    const { videoWidth, videoHeight } = this.#video;
    if (!videoWidth) return null;
    const scale = Math.min(1, WIDEST / videoWidth);
    const [width, height] = [Math.round(videoWidth * scale), Math.round(videoHeight * scale)];
    const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
    context.drawImage(this.#video, 0, 0, width, height);
    try {
      return decodeQR(context.getImageData(0, 0, width, height));
    } catch {
      return null; // no code in this picture
    }
  }
}
