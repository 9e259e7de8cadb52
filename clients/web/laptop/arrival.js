/**
 * The laptop's arrival: device check and face login (the notice's sections one and two). Base of `Admission`.
 *
 * Each duty is a small method of its own, so that a page can be built that fails exactly one.
 */

import { Core } from "../common/core.js";
import { CameraCheck, Devices, MicrophoneCheck, reasonOf } from "../common/devices.js";
import { PROBLEMS } from "../common/texts.js";

const DOCUMENT = "laptop";
const TRIAL_MS = 600;
const CHECK_AGAIN_MS = 1_000; // devices that could not be opened are tried again so much later
const FRESH_STILLS = 3; // a picture that was held up on its way is followed by another
const LOW_BATTERY = 0.3;

/** What the service answers to a press stands until the next press. */
export const ANSWERS = [...PROBLEMS, "extended-display", "other"];

export class Arrival extends Core {
  database = "viva-laptop";
  devices = new Devices();
  /** @type {string[]} ids of the list as it was last refreshed */
  listed = [];
  /** @type {Record<string, import("../common/devices.js").Check>} */
  checks = {};
  consented = false;
  declined = false;
  /** @type {MediaStream | null} the chosen camera with the chosen microphone */
  media = null;
  trialPassed = false;
  #opening = false;
  #openAt = 0;
  #looks = null;
  #trial = null;
  #stillsLeft = 0;

  /** What the laptop knows after its browser was closed or killed. Never the question. */
  async begin() {
    this.kept = { ticket: "", token: "", name: "", admissionNumber: "", waited: false, camera: "", microphone: "", course: {}, reported: [], ...this.store.load(DOCUMENT) };
    this.page = "check";
    this.devices.addEventListener("change", () => this.devicesChanged());
    await this.devices.refresh();
    this.watchBattery();
    if (this.bearer) this.askExam();
  }

  save() {
    return this.store.save(DOCUMENT, this.kept);
  }

  /** The login's token, and the ticket before it. */
  get bearer() {
    return this.kept?.token || this.kept?.ticket || "";
  }

  /** 面试码: what the organiser gave the candidate to begin with. */
  giveTicket(ticket) {
    this.kept.ticket = ticket.trim();
    this.save();
    this.askExam();
    this.askSession();
  }

  // -- one: device check ---------------------------------------------------------------------------------------------

  /** The first camera and microphone are chosen by themselves; who was chosen stays chosen. */
  devicesChanged() {
    if (!this.kept.camera || (this.page === "check" && !this.devices.has(this.kept.camera))) this.kept.camera = this.devices.first("camera");
    if (!this.kept.microphone || (this.page === "check" && !this.devices.has(this.kept.microphone))) this.kept.microphone = this.devices.first("microphone");
    if (this.page === "check" || this.listed.length === 0) this.listDevices();
    this.#openAt = 0;
    this.beat();
  }

  /** 【刷新设备】. */
  listDevices() {
    this.listed = this.devices.present.map((device) => device.id);
  }

  /** Opens the chosen camera and microphone, together or whichever there is. */
  async openMedia() {
    if (this.#opening || performance.now() < this.#openAt) return;
    this.#opening = true;
    this.#openAt = performance.now() + CHECK_AGAIN_MS;
    this.closeMedia();
    const { camera, microphone } = this.kept;
    const opened = [];
    for (const [name, wanted, word] of [["camera", { camera: camera || true }, "摄像头"], ["microphone", { microphone: microphone || true }, "麦克风"]]) {
      try {
        opened.push(...(await this.openOne(name, wanted)).getTracks());
        delete this.checks[name];
      } catch (error) {
        this.checks[name] = { state: "failed", reason: reasonOf(error, word) };
      }
    }
    this.media = new MediaStream(opened);
    if (!this.kept.camera || !this.kept.microphone) await this.devices.refresh(); // ids come with the permission
    this.#opening = false;
  }

  openOne(name, wanted) {
    const only = { camera: typeof wanted.camera === "string" ? wanted.camera : "", microphone: typeof wanted.microphone === "string" ? wanted.microphone : "" };
    if (only.camera || only.microphone) return this.devices.open(only);
    return navigator.mediaDevices.getUserMedia(name === "camera" ? { video: true } : { audio: true });
  }

  closeMedia() {
    this.#looks?.camera?.close();
    this.#looks?.microphone?.close();
    this.#looks = null;
    this.media?.getTracks().forEach((track) => track.stop());
    this.media = null;
  }

  /** Looks at camera and microphone, and makes a short trial recording of both. */
  checkDevices() {
    const tracks = this.media?.getTracks() ?? [];
    if (!this.media || tracks.length < 2 || tracks.some((track) => track.readyState !== "live")) this.openMedia();
    if (!this.media) return;
    const [picture, sound] = [this.media.getVideoTracks()[0], this.media.getAudioTracks()[0]];
    this.#looks ??= {
      camera: picture && new CameraCheck(new MediaStream([picture])),
      microphone: sound && new MicrophoneCheck(new MediaStream([sound])),
    };
    for (const [name, code] of [["camera", "no-camera"], ["microphone", "no-microphone"]]) {
      if (this.#looks[name]) this.checks[name] = this.#looks[name].look();
      if (this.checks[name]?.state === "failed") this.say(code, this.checks[name].reason);
      else this.unsay(code);
    }
    this.checks.recording = this.tryRecording();
  }

  /** Whether a recording of both yields media. */
  tryRecording() {
    if (this.trialPassed) return { state: "working", reason: "" };
    if (["camera", "microphone"].some((name) => this.checks[name]?.state === "failed")) return { state: "failed", reason: "摄像头或麦克风不可用。" };
    if (this.#trial === null && this.media.getTracks().length === 2) {
      this.#trial = new MediaRecorder(this.media);
      this.#trial.ondataavailable = ({ data }) => (this.trialPassed ||= data.size > 0);
      this.#trial.onstop = () => (this.#trial = null);
      this.#trial.start();
      setTimeout(() => this.#trial?.state === "recording" && this.#trial.stop(), TRIAL_MS);
    }
    return { state: "checking", reason: "" };
  }

  get checksPassed() {
    return ["camera", "microphone", "recording"].every((name) => this.checks[name]?.state === "working");
  }

  /** Low battery while unplugged is warned about, where the system tells. */
  async watchBattery() {
    const battery = await navigator.getBattery?.();
    if (!battery) return;
    const look = () => (!battery.charging && battery.level < LOW_BATTERY ? this.say("low-battery") : this.unsay("low-battery"));
    battery.addEventListener("chargingchange", look);
    battery.addEventListener("levelchange", look);
    look();
  }

  // -- two: face login -----------------------------------------------------------------------------------------------

  get loginIsOpen() {
    return this.exam !== null && this.clock.surely() >= this.exam.windows.login_opens;
  }

  /** Who has not entered by now may not any more. */
  get entryIsOver() {
    return this.exam !== null && this.clock.known && this.kept.enteredMs === undefined && this.examTime >= this.exam.windows.entry_closes;
  }

  get mayTakeStill() {
    return this.consented;
  }

  get mayLogIn() {
    return this.loginIsOpen && !this.entryIsOver && this.mayTakeStill && !this.links.asking("login");
  }

  consent(given) {
    this.declined = !given;
    this.links.drop("consent");
    const request = { method: "POST", path: "/v1/consent", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ given }), key: true };
    this.ask("consent", request, (reply) => (this.consented = given && reply.ok));
    this.shown();
  }

  /** 不得多屏登录: an extended desktop is refused where the browser tells of it. */
  get displayIsExtended() {
    return window.screen.isExtended === true;
  }

  /** 人脸登录: a live picture is taken at the press and sent. */
  logIn() {
    this.unsay(...ANSWERS);
    if (this.displayIsExtended) {
      this.say("extended-display");
      this.shown();
      return;
    }
    this.#stillsLeft = FRESH_STILLS;
    this.sendStill();
  }

  async sendStill() {
    this.#stillsLeft -= 1;
    const captured = Math.round(this.examTime);
    const still = await this.takeStill().catch(() => null);
    if (still === null) {
      this.say("no-camera");
      this.shown();
      return;
    }
    const headers = { "Content-Type": "image/jpeg", "Captured-Ms": String(captured) };
    this.ask("login", { method: "POST", path: "/v1/login", headers, body: still, key: true }, (reply) => this.loginAnswered(reply));
    this.shown();
  }

  /** The camera's picture of this moment, as it is. @returns {Promise<Blob>} */
  async takeStill() {
    const track = this.media?.getVideoTracks().find((each) => each.readyState === "live");
    if (!track) throw new Error("no camera");
    const video = document.createElement("video");
    video.muted = true;
    video.srcObject = new MediaStream([track]);
    await video.play();
    const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
    canvas.getContext("2d").drawImage(video, 0, 0);
    video.srcObject = null;
    return canvas.convertToBlob({ type: "image/jpeg", quality: 0.95 });
  }

  loginAnswered(reply) {
    if (reply.ok) this.loggedIn(reply.json);
    else if (reply.problem === "still-stale" && this.#stillsLeft > 0) this.sendStill();
    else this.refused(reply);
  }

  /** The token replaces the ticket. */
  loggedIn({ token, name, admission_number: admissionNumber }) {
    Object.assign(this.kept, { token, name, admissionNumber });
    this.save();
    this.unsay(...ANSWERS);
    if (this.page === "login") this.page = "bind";
    this.tokenChanged();
  }

  /** The service said no: its reason is shown. */
  refused(reply) {
    this.say(PROBLEMS.has(reply.problem) ? reply.problem : "other", reply.detail);
  }

  /** The login is gone: another one is asked for. */
  rejected() {
    if (!this.kept.token) {
      this.kept.ticket = ""; // a ticket that nobody knows
      this.save();
      return;
    }
    this.kept.token = "";
    this.save();
    if (this.page !== "check") this.page = "login";
    this.askExam();
    this.tokenChanged();
  }

  /** The desk completed the login: the token is fetched without a picture. */
  claimLogin() {
    const headers = { "Content-Type": "image/jpeg", "Captured-Ms": String(Math.round(this.examTime)) };
    this.ask("login", { method: "POST", path: "/v1/login", headers, key: true }, (reply) => this.loginAnswered(reply));
  }

  // -- together ------------------------------------------------------------------------------------------------------

  step() {
    const back = this.kept.token && this.kept.enteredMs !== undefined; // started again in the interview
    if (this.page === "check" && !back) this.checkDevices();
    else if (this.page === "login" && !this.media) this.openMedia();
  }
}
