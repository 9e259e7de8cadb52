/**
 * The laptop's devices from entry on: which are recorded and which are missing (the notice's section six). Base of `Interview`.
 *
 * The screen is recorded from entry, camera and microphone from 进入待考 (T0 at the latest), all of it until a moment after the end; the chosen devices are
 * recorded and no others; what goes missing is said and reported at once, and the other streams go on.
 */

import { Admission } from "./admission.js";

const TAIL_MS = 600; // what ends in a stage's last second must be whole, and devices deliver late
// Up to this size Chromium's recorder gave a slice every 0.6 s on two cores with twenty programs waiting; beyond it, one every one to two seconds.
const SCREEN_SIZE = { width: 640, height: 480 };
const SCREEN_RATE = 5;

export class Equipped extends Admission {
  inside = false; // the service has let this page in since it was opened
  /** @type {MediaStream | null} */
  screen = null;
  released = false; // the interview is over, and so is its recording
  #asking = false;
  #askedOnPress = false;
  #reportedLost = new Set();

  get entered() {
    return this.kept.enteredMs !== undefined;
  }

  get ended() {
    return this.kept.endedMs !== undefined;
  }

  // -- the screen ----------------------------------------------------------------------------------------------------

  /** Asks for the whole screen; anything less is not taken, is said and reported, and can be asked for again. */
  async shareScreen() {
    if (this.#asking) return;
    this.#asking = true;
    const scale = Math.min(1, SCREEN_SIZE.width / window.screen.width, SCREEN_SIZE.height / window.screen.height);
    const [width, height] = [window.screen.width, window.screen.height].map((length) => Math.round(length * scale));
    const size = { width: { ideal: width, max: width }, height: { ideal: height, max: height } };
    const hints = { monitorTypeSurfaces: "include", selfBrowserSurface: "exclude", surfaceSwitching: "exclude" };
    try {
      const screen = await navigator.mediaDevices.getDisplayMedia({ video: { displaySurface: "monitor", ...size, frameRate: { ideal: SCREEN_RATE, max: SCREEN_RATE } }, audio: false, ...hints });
      this.takeScreen(screen);
    } catch {
      // said and reported as lost
    }
    window.focus(); // the browser's own bar may have taken it
    this.#asking = false;
    this.beat();
  }

  takeScreen(screen) {
    const [track] = screen.getVideoTracks();
    const surface = track.getSettings().displaySurface;
    if (!this.isWhole(surface) || this.ended) {
      track.stop();
      return;
    }
    track.addEventListener("ended", () => this.beat());
    this.screen = screen;
  }

  /** A window or a tab is not the screen. */
  isWhole(surface) {
    return surface === undefined || surface === "monitor";
  }

  /** Browsers want a press before they ask: opened again in the interview, the next one is used for that, once. */
  pressed() {
    if (this.#askedOnPress || !this.lost.has("screen")) return;
    this.#askedOnPress = true;
    this.shareScreen();
  }

  // -- camera and microphone -----------------------------------------------------------------------------------------

  /** 进入待考 has been pressed, or T0 has come. */
  get cameraIsDue() {
    return this.entered && (this.kept.waited || this.examTime >= 0);
  }

  /** From the device page until all is recorded. */
  get needed() {
    if (!this.inside) return super.needed;
    return this.released ? {} : { camera: this.kept.camera, microphone: this.kept.microphone };
  }

  get recordingStopsAt() {
    return this.ended ? this.kept.endedMs + TAIL_MS : Infinity;
  }

  /** What is to be recorded now, from the devices that are there. */
  wanted() {
    const found = new Map();
    if (!this.inside || this.examTime >= this.recordingStopsAt) return found;
    if (this.screen) found.set("screen", this.screen);
    if (this.cameraIsDue && this.capture.media) found.set("camera", this.capture.media);
    return found;
  }

  /** What should be recorded and can't be. */
  get lost() {
    if (!this.inside || this.ended) return new Set();
    const lost = new Set(this.recordings.failed.keys());
    if (!this.#asking && this.screen?.getVideoTracks()[0].readyState !== "live") lost.add("screen");
    if (!this.cameraIsDue) return lost;
    for (const kind of ["camera", "microphone"]) {
      const waits = this.capture.isOpening(kind) && !this.capture.reasons.has(kind);
      if (!this.capture.has(kind) && !waits) lost.add(kind);
    }
    return lost;
  }

  /** Says at once what is not recorded any more, and reports it once. */
  tellLost() {
    const lost = this.lost;
    for (const what of lost) if (!this.#reportedLost.has(what)) this.reportLost(what);
    this.#reportedLost = lost;
    lost.has("screen") ? this.say("no-screen") : this.unsay("no-screen");
    lost.has("camera") || lost.has("microphone") ? this.say("device-lost") : this.unsay("device-lost");
  }

  reportLost(what) {
    this.incident(what === "screen" ? "capture-stopped" : "device-lost", what);
  }

  /** Something happened that the invigilators should know: reported between entry and end. */
  incident(what, text = "") {
    if (this.inside && !this.ended) this.reports.incident(what, this.examTime, text);
  }

  /** Camera, microphone and screen are let go of. */
  releaseDevices() {
    this.released = true;
    this.screen?.getTracks().forEach((track) => track.stop());
    this.screen = null;
  }
}
