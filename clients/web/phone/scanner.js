/** The built-in scanner: the rear camera's pictures are searched for a QR code until one is found or scanning is stopped. */

import { decodeQR } from "../vendor/qr-decode.js";

const EVERY_MS = 250;

export class Scanner {
  #video;
  #media = null;
  #timer = 0;

  constructor(video) {
    this.#video = video;
  }

  get running() {
    return this.#media !== null;
  }

  /** Calls `found` once with the text. Rejects where there is no camera. */
  async start(found) {
    this.#media = await navigator.mediaDevices.getUserMedia({ video: { facingMode: { ideal: "environment" } } });
    this.#video.srcObject = this.#media;
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
    const { videoWidth: width, videoHeight: height } = this.#video;
    if (!width) return null;
    const context = new OffscreenCanvas(width, height).getContext("2d");
    context.drawImage(this.#video, 0, 0);
    try {
      return decodeQR(context.getImageData(0, 0, width, height));
    } catch {
      return null; // no code in this picture
    }
  }
}
