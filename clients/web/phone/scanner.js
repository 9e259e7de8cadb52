/** The built-in scanner: the rear camera's pictures are searched for a QR code until one is found or scanning is stopped. */

import { decodeQR } from "../vendor/qr-decode.js";

const EVERY_MS = 250;
const WIDEST = 800; // a larger picture takes longer to search, and shows no more of the code
const SIZE = { width: { ideal: 1_280 }, height: { ideal: 720 } };
const AGAIN_MS = [200, 500, 1_000]; // a camera that was in use a moment ago may not open at once
const FINAL = new Set(["NotAllowedError", "NotFoundError"]); // waiting helps against neither

export class Scanner {
  #video;
  #devices;
  #scan = null; // the one that runs, from the press on
  #media = null;
  #timer = 0;

  /** @param {HTMLVideoElement} video @param {import("../common/devices.js").Devices} devices */
  constructor(video, devices) {
    this.#video = video;
    this.#devices = devices;
  }

  get running() {
    return this.#scan !== null;
  }

  /** Calls `found` once with the text, unless stopped before. Rejects where there is no camera. */
  async start(found) {
    const scan = (this.#scan = Symbol("scan"));
    const over = () => this.#scan !== scan;
    try {
      const media = await this.#open();
      if (over()) {
        release(media);
        return;
      }
      this.#media = media;
      this.#video.srcObject = media;
      await this.#video.play();
    } catch (error) {
      if (over()) return;
      this.stop();
      throw error;
    }
    if (over()) return;
    this.#timer = setInterval(() => {
      const text = this.#look();
      if (text === null) return;
      this.stop();
      found(text);
    }, EVERY_MS);
  }

  /** The rear camera, by its name where names are known: then no other one has to be opened and let go of first. */
  async #open() {
    await this.#devices.refresh();
    if (!this.#devices.named) {
      const any = await opened({ facingMode: { ideal: "environment" } });
      await this.#devices.refresh(); // names come with the permission
      const { deviceId } = any.getVideoTracks()[0].getSettings();
      if (deviceId === (this.#devices.facing("environment") || deviceId)) return any;
      release(any);
    }
    const rear = this.#devices.facing("environment");
    return opened(rear ? { deviceId: { exact: rear } } : { facingMode: { ideal: "environment" } });
  }

  stop() {
    this.#scan = null;
    clearInterval(this.#timer);
    if (this.#media) release(this.#media);
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

/** That camera; one that is busy is asked for a few times. Rejects with the last reason. */
async function opened(which, pauses = AGAIN_MS) {
  try {
    return await navigator.mediaDevices.getUserMedia({ video: { ...SIZE, ...which } });
  } catch (error) {
    if (FINAL.has(error.name) || !pauses.length) throw error;
    await new Promise((resolve) => setTimeout(resolve, pauses[0]));
    return opened(which, pauses.slice(1));
  }
}

function release(media) {
  media.getTracks().forEach((track) => track.stop());
}
