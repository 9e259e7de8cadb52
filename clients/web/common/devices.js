/**
 * Cameras and microphones as the browser has them: which are there, and how one is opened.
 *
 * Nothing is filtered: tracks are asked for without echo cancellation, noise suppression or gain control, and go to the recorder as they are. Sizes are
 * wished for, never demanded, so that the simplest camera will do.
 */

const KINDS = { videoinput: "camera", audioinput: "microphone" };
export const ALIASES = new Set(["default", "communications"]); // entries that stand for one of the others
const LOOK_MS = 1_000; // browsers do not tell of every device that goes or comes unless they are asked
const FRONT = /front|user|selfie|前置/i;
const BACK = /back|rear|environment|后置/i;
const VIDEO = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 15 } };
const AUDIO = { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: { ideal: 1 } };

/** @typedef {{camera?: string, microphone?: string, facing?: "user" | "environment"}} Wanted ids; an empty one stands for the browser's first */
/** @typedef {{id: string, kind: "camera" | "microphone", label: string}} Device */

export class Devices extends EventTarget {
  /** @type {Device[]} */
  present = [];
  /** Names were seen: the list is what there is. */
  named = false;
  /** @type {Promise<void> | null} */
  #looking = null;
  #lookAt = 0;

  constructor() {
    super();
    navigator.mediaDevices.addEventListener("devicechange", () => this.refresh());
  }

  /** Looks again now and then. */
  beat() {
    if (performance.now() >= this.#lookAt) this.refresh();
  }

  refresh() {
    this.#looking ??= this.#look().finally(() => (this.#looking = null));
    return this.#looking;
  }

  async #look() {
    const found = await navigator.mediaDevices.enumerateDevices().catch(() => null);
    this.#lookAt = performance.now() + LOOK_MS;
    const present = found ? devicesOf(found) : this.present;
    if (JSON.stringify(present) === JSON.stringify(this.present)) return;
    this.present = present;
    this.named ||= present.some((device) => device.label);
    this.dispatchEvent(new Event("change"));
  }

  has(id) {
    return this.present.some((device) => device.id === id);
  }

  first(kind) {
    return this.present.find((device) => device.kind === kind)?.id ?? "";
  }

  /** Opens a camera, a microphone, or both, by their ids; an empty one is the browser's to choose. Rejects with the reason. @returns {Promise<MediaStream>} */
  open(/** @type {Wanted} */ { camera, microphone, facing }) {
    const which = (id) => (id ? { deviceId: { exact: id } } : {});
    return navigator.mediaDevices.getUserMedia({
      video: camera === undefined ? false : { ...VIDEO, ...(camera || !facing ? which(camera) : { facingMode: facing }) },
      audio: microphone === undefined ? false : { ...AUDIO, ...which(microphone) },
    });
  }

  /** The phone's camera that looks at the candidate, or away, by its label; of unlabelled ones the first. Empty where there is none. */
  facing(side) {
    const [wanted, other] = side === "user" ? [FRONT, BACK] : [BACK, FRONT];
    const cameras = this.present.filter((device) => device.kind === "camera");
    return (cameras.find(({ label }) => wanted.test(label)) ?? cameras.find(({ label }) => !other.test(label)))?.id ?? "";
  }
}

/** What the browser enumerates, without what has no name yet and without aliases of others. @returns {Device[]} */
export function devicesOf(found) {
  const named = found.filter((device) => KINDS[device.kind] && device.deviceId);
  const real = named.filter((device) => !ALIASES.has(device.deviceId));
  const kinds = new Set(real.map((device) => device.kind));
  const kept = named.filter((device) => !ALIASES.has(device.deviceId) || !kinds.has(device.kind));
  const devices = kept.map((device) => ({ id: device.deviceId, kind: KINDS[device.kind], label: device.label }));
  return devices.sort((one, other) => one.kind.localeCompare(other.kind)); // cameras first, each kind in the browser's order
}

/** Why a device could not be opened, for the candidate. */
export function reasonOf(error, kind) {
  const word = kind === "camera" ? "摄像头" : "麦克风";
  if (error.name === "NotAllowedError") return `没有使用${word}的权限，请在浏览器中允许。`;
  if (error.name === "NotFoundError" || error.name === "OverconstrainedError") return `没有找到${word}，请接入${word}。`;
  if (error.name === "NotReadableError") return `${word}被其他程序占用，或无法读取。`;
  return `${word}无法打开。`;
}
