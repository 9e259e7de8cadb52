/** The device check as a whole: its three lines, each looked at again on every beat, for the devices that are open. */

import { CHECKING, CameraCheck, MicrophoneCheck, RecordingCheck, WORKING, failed } from "./checks.js";

/** The three lines of the device check. */
export class DeviceChecks {
  /** @type {Record<"camera" | "microphone" | "recording", import("./checks.js").Check>} */
  lines = { camera: CHECKING, microphone: CHECKING, recording: CHECKING };
  #looks = { camera: null, microphone: null };
  /** @type {RecordingCheck | null} */
  #trial = null;
  #recorded = false;

  /** Looks once more at what is open. */
  look(/** @type {import("./capture.js").Capture} */ capture) {
    this.lines.camera = this.#lookAt("camera", CameraCheck, capture);
    this.lines.microphone = this.#lookAt("microphone", MicrophoneCheck, capture);
    this.lines.recording = this.#tryRecording(capture);
  }

  get passed() {
    return Object.values(this.lines).every(({ state }) => state === "working");
  }

  /** How loud the microphone is now, 0 to 1. */
  get level() {
    return this.#looks.microphone?.level ?? 0;
  }

  /** A trial recording has yielded media. */
  get recorded() {
    return this.#recorded;
  }

  close() {
    this.#looks.camera?.close();
    this.#looks.microphone?.close();
    this.#trial?.close();
    this.#looks = { camera: null, microphone: null };
    this.#trial = null;
  }

  #lookAt(kind, Look, capture) {
    const track = capture.track(kind);
    if (this.#looks[kind]?.track !== (track ?? undefined)) {
      this.#looks[kind]?.close();
      this.#looks[kind] = track ? new Look(track) : null;
    }
    if (this.#looks[kind]) return this.#looks[kind].look();
    const reason = capture.reasons.get(kind);
    return reason ? failed(reason) : CHECKING;
  }

  #tryRecording({ media }) {
    if (this.#recorded) return WORKING;
    if (this.lines.camera.state === "failed" || this.lines.microphone.state === "failed") return failed("摄像头和麦克风正常后才能录制。");
    if (media?.getTracks().length !== 2) return CHECKING;
    if (this.#trial?.media !== media) {
      this.#trial?.close();
      this.#trial = new RecordingCheck(media);
    }
    const check = this.#trial.look();
    this.#recorded = check.state === "working";
    return check;
  }
}
