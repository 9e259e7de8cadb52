/**
 * Cameras and microphones as the browser has them: which are there, whether they work, and their streams.
 *
 * Nothing is filtered: tracks are asked for without echo cancellation, noise suppression or gain control, and go to the recorder as they are.
 * A camera works once its picture was seen to change and is neither black nor frozen; a microphone once it was heard.
 */

const FROZEN_MS = 3_000;
const SILENT_MS = 3_000;
const BLACK_LEVEL = 24; // of 255: a picture of so little light …
const BLACK_SPREAD = 10; // … and so little difference is black; a dim room has edges
const LOOK = { width: 64, height: 36 };

/** @typedef {{state: "working" | "failed" | "checking", reason: string}} Check */

export class Devices extends EventTarget {
  /** @type {{id: string, kind: "camera" | "microphone", label: string}[]} */
  present = [];

  constructor() {
    super();
    navigator.mediaDevices.addEventListener("devicechange", () => this.refresh());
  }

  async refresh() {
    const found = await navigator.mediaDevices.enumerateDevices();
    const kinds = { videoinput: "camera", audioinput: "microphone" };
    this.present = found
      .filter((device) => kinds[device.kind] && device.deviceId)
      .map((device) => ({ id: device.deviceId, kind: kinds[device.kind], label: device.label }));
    this.dispatchEvent(new Event("change"));
  }

  has(id) {
    return this.present.some((device) => device.id === id);
  }

  first(kind) {
    return this.present.find((device) => device.kind === kind)?.id ?? "";
  }

  /** That camera and microphone; either may be missing. Rejects with the reason. */
  open({ camera, microphone, facing }) {
    const video = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 15 } };
    const audio = { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1 };
    return navigator.mediaDevices.getUserMedia({
      video: camera ? { ...video, deviceId: { exact: camera } } : facing ? { ...video, facingMode: facing } : false,
      audio: microphone ? { ...audio, deviceId: { exact: microphone } } : facing ? audio : false,
    });
  }
}

/** Why a device could not be opened, for the candidate. */
export function reasonOf(error, what) {
  if (error.name === "NotAllowedError") return `没有使用${what}的权限，请在浏览器中允许。`;
  if (error.name === "NotFoundError" || error.name === "OverconstrainedError") return `没有找到${what}。`;
  if (error.name === "NotReadableError") return `${what}被其他程序占用。`;
  return `${what}无法打开。`;
}

/** Looks at one camera's picture. */
export class CameraCheck {
  #video = document.createElement("video");
  #canvas = new OffscreenCanvas(LOOK.width, LOOK.height);
  #last = "";
  #changedAt = performance.now();
  #alive = false;

  constructor(stream) {
    this.#video.muted = true;
    this.#video.srcObject = stream;
    this.#video.play().catch(() => {});
  }

  /** @returns {Check} */
  look() {
    const now = performance.now();
    const context = this.#canvas.getContext("2d", { willReadFrequently: true });
    if (this.#video.readyState < 2) return this.#verdict(now, "摄像头没有画面。");
    context.drawImage(this.#video, 0, 0, LOOK.width, LOOK.height);
    const { data } = context.getImageData(0, 0, LOOK.width, LOOK.height);
    let sum = 0, least = 255, most = 0, mark = 0;
    for (let at = 0; at < data.length; at += 4) {
      const luma = (data[at] * 299 + data[at + 1] * 587 + data[at + 2] * 114) / 1_000;
      sum += luma;
      least = Math.min(least, luma);
      most = Math.max(most, luma);
      mark = (mark * 31 + data[at] + data[at + 1] * 3 + data[at + 2] * 7) >>> 0;
    }
    if (sum / (data.length / 4) < BLACK_LEVEL && most - least < BLACK_SPREAD) return failed("摄像头画面全黑，请检查镜头是否被遮挡。");
    if (String(mark) !== this.#last) {
      this.#alive ||= this.#last !== "";
      this.#last = String(mark);
      this.#changedAt = now;
    }
    return this.#verdict(now, "摄像头画面静止不动。");
  }

  #verdict(now, reason) {
    if (now - this.#changedAt >= FROZEN_MS) return failed(reason);
    return this.#alive ? { state: "working", reason: "" } : { state: "checking", reason: "" };
  }

  close() {
    this.#video.srcObject = null;
  }
}

/** Listens to one microphone: a quiet room still hisses, digital silence does not. */
export class MicrophoneCheck {
  #context = new AudioContext();
  #analyser;
  #heardAt = performance.now();
  #alive = false;

  constructor(stream) {
    this.#analyser = new AnalyserNode(this.#context, { fftSize: 2048 });
    this.#context.createMediaStreamSource(stream).connect(this.#analyser);
    this.#context.resume().catch(() => {});
  }

  /** @returns {Check} */
  look() {
    const now = performance.now();
    const samples = new Float32Array(this.#analyser.fftSize);
    this.#analyser.getFloatTimeDomainData(samples);
    if (samples.some((sample) => sample !== 0)) {
      this.#alive = true;
      this.#heardAt = now;
    }
    if (now - this.#heardAt >= SILENT_MS) return failed("麦克风没有声音。");
    return this.#alive ? { state: "working", reason: "" } : { state: "checking", reason: "" };
  }

  close() {
    this.#context.close();
  }
}

function failed(reason) {
  return { state: "failed", reason };
}
