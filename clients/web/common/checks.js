/**
 * Whether a camera shows something, a microphone hears something, and both can be recorded.
 *
 * A camera works once its picture was seen to change and is neither black nor frozen; a microphone once it was heard: a dim room has edges and noise, a quiet one still
 * hisses, a dead device has none of it.
 */

const FROZEN_MS = 2_800; // pictures that are the same for three seconds are no live picture
const SILENT_MS = 2_800;
const OPENING_MS = 8_000; // a camera that has just been opened may take so long until its first picture on a loaded computer
const BLACK_MS = 800; // a camera that has just been opened may begin with black
const BLACK_LEVEL = 24; // of 255: a picture of so little light …
const BLACK_SPREAD = 10; // … and so little difference is black
const LOOK = { width: 160, height: 120 };
const TRIAL_MS = 600;

/** @typedef {{state: "working" | "failed" | "checking", reason: string}} Check */

export const WORKING = { state: "working", reason: "" };
export const CHECKING = { state: "checking", reason: "" };
export const failed = (reason) => ({ state: "failed", reason });

/** What a small picture shows: its light, its contrast, and a number that differs with any of its pixels. */
export function look(/** @type {Uint8ClampedArray} */ rgba) {
  let sum = 0, least = 255, most = 0, mark = 0;
  for (let at = 0; at < rgba.length; at += 4) {
    const luma = (rgba[at] * 299 + rgba[at + 1] * 587 + rgba[at + 2] * 114) / 1_000;
    sum += luma;
    least = Math.min(least, luma);
    most = Math.max(most, luma);
    mark = (Math.imul(mark, 31) + rgba[at] + rgba[at + 1] * 3 + rgba[at + 2] * 7) | 0;
  }
  return { black: sum / (rgba.length / 4) < BLACK_LEVEL && most - least < BLACK_SPREAD, mark };
}

/** Looks at one camera's picture. */
export class CameraCheck {
  #video = document.createElement("video");
  #context = new OffscreenCanvas(LOOK.width, LOOK.height).getContext("2d", { willReadFrequently: true });
  /** @type {number | null} */
  #last = null;
  #openedAt = performance.now();
  #changedAt = this.#openedAt;
  #litAt = performance.now();
  #alive = false;

  constructor(track) {
    this.track = track;
    this.#context.imageSmoothingEnabled = false; // smoothing would hide the noise by which a live picture is known
    this.#video.muted = true;
    this.#video.srcObject = new MediaStream([track]);
    this.#video.play().catch(() => {});
  }

  /** @returns {Check} */
  look() {
    const now = performance.now();
    if (this.#video.readyState < 2) {
      this.#changedAt = this.#litAt = now;
      return now - this.#openedAt >= OPENING_MS ? failed("摄像头没有画面，请检查摄像头。") : CHECKING;
    }
    this.#context.drawImage(this.#video, 0, 0, LOOK.width, LOOK.height);
    const { black, mark } = look(this.#context.getImageData(0, 0, LOOK.width, LOOK.height).data);
    if (mark !== this.#last) {
      this.#alive ||= this.#last !== null;
      this.#last = mark;
      this.#changedAt = now;
    }
    if (!black) this.#litAt = now;
    if (now - this.#litAt >= BLACK_MS) return failed("摄像头画面全黑，请检查镜头是否被遮挡。");
    if (black) return CHECKING;
    return this.#verdict(now, "摄像头画面静止不动，请检查摄像头。");
  }

  #verdict(now, reason) {
    if (now - this.#changedAt >= FROZEN_MS) return failed(reason);
    return this.#alive ? WORKING : CHECKING;
  }

  close() {
    this.#video.srcObject = null;
  }
}

/** Listens to one microphone. */
export class MicrophoneCheck {
  #context = new AudioContext();
  #analyser = new AnalyserNode(this.#context, { fftSize: 8_192 });
  #samples = new Float32Array(this.#analyser.fftSize);
  #heardAt = performance.now();
  #alive = false;
  /** How loud it is now, 0 to 1 on a scale on which speech is about a half. */
  level = 0;

  constructor(track) {
    this.track = track;
    this.#context.createMediaStreamSource(new MediaStream([track])).connect(this.#analyser);
  }

  /** @returns {Check} */
  look() {
    const now = performance.now();
    if (this.#context.state === "suspended") this.#context.resume().catch(() => {});
    this.#analyser.getFloatTimeDomainData(this.#samples);
    const most = this.#samples.reduce((loudest, sample) => Math.max(loudest, Math.abs(sample)), 0);
    this.level = most ? Math.max(0, Math.min(1, 1 + (20 * Math.log10(most)) / 60)) : 0;
    if (most > 0) {
      this.#alive = true;
      this.#heardAt = now;
    }
    if (now - this.#heardAt >= SILENT_MS) return failed("麦克风没有声音，请检查是否静音。");
    return this.#alive ? WORKING : CHECKING;
  }

  close() {
    this.#context.close().catch(() => {});
  }
}

/** A short trial recording of both: it works where it yields media. */
export class RecordingCheck {
  #recorder;
  #until = performance.now() + TRIAL_MS;
  #passed = false;
  #over = false;

  constructor(/** @type {MediaStream} */ media) {
    this.media = media;
    this.#recorder = new MediaRecorder(media);
    this.#recorder.ondataavailable = ({ data }) => (this.#passed ||= data.size > 0);
    this.#recorder.onstop = () => (this.#over = true);
    this.#recorder.start();
  }

  /** @returns {Check} */
  look() {
    if (performance.now() >= this.#until) this.close();
    if (this.#passed) return WORKING;
    return this.#over ? failed("录制没有得到内容，请换用最新版浏览器。") : CHECKING;
  }

  close() {
    if (this.#recorder.state === "recording") this.#recorder.stop();
  }
}
