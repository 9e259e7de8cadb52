/**
 * The laptop's arrival: device check and face login (the notice's sections one and two). Base of `Admission`.
 *
 * Each duty is a small method of its own, so that a page can be built that fails exactly one.
 */

import { Core } from "../common/core.js";
import { DeviceChecks } from "../common/device-check.js";
import { PROBLEMS } from "../common/texts.js";

const DOCUMENT = "laptop";
const FRESH_STILLS = 3; // a picture that was held up on its way is followed by another
const LOW_BATTERY = 0.3;
const MEMORY_TOLD_GIB = 8; // browsers tell of no more than so much

/** What the service answers to a press stands until the next press. */
export const ANSWERS = [...PROBLEMS, "other"];

export class Arrival extends Core {
  database = "viva-laptop";
  checker = new DeviceChecks();
  /** @type {string[]} ids of the list as it was last refreshed */
  listed = [];
  consented = false;
  declined = false;
  #stillsLeft = 0;

  /** What the laptop knows after its browser was closed or killed. Never the question. */
  async begin() {
    this.kept = { ticket: "", token: "", name: "", admissionNumber: "", waited: false, camera: "", microphone: "", course: {}, reported: [], ...this.store.load(DOCUMENT) };
    this.page = "check";
    this.devices.addEventListener("change", () => this.devicesChanged());
    window.screen.addEventListener?.("change", () => this.beat());
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
    this.unsay("other");
    this.askExam();
    this.askSession();
    this.beat();
  }

  // -- one: device check ---------------------------------------------------------------------------------------------

  /** The first camera and microphone are chosen by themselves; who was chosen stays chosen, but on the first page. */
  devicesChanged() {
    for (const kind of ["camera", "microphone"]) {
      if (this.page === "check" && !this.comesBack && !this.devices.has(this.kept[kind])) this.kept[kind] = this.capture.id(kind) || this.devices.first(kind);
      if (!this.kept[kind]) this.kept[kind] = this.devices.first(kind);
    }
    if (this.page === "check" || this.listed.length === 0) this.listDevices();
    this.capture.hurry();
    this.beat();
  }

  /** 【刷新设备】. */
  listDevices() {
    this.listed = this.devices.present.map((device) => device.id);
    this.shown();
  }

  async refreshDevices() {
    await this.devices.refresh();
    this.listDevices();
  }

  /** Another camera or microphone: from 进入待考 on, recording goes on with it. */
  choose(id) {
    const kind = this.devices.present.find((device) => device.id === id)?.kind;
    if (!kind || this.kept[kind] === id) return;
    this.kept[kind] = id;
    this.save();
    this.beat();
  }

  /** Camera and microphone as this page needs them. @returns {import("../common/devices.js").Wanted} */
  get needed() {
    const pictured = (this.page === "check" && !this.comesBack) || this.page === "login";
    return pictured ? { camera: this.kept.camera, microphone: this.kept.microphone } : {};
  }

  /** Looks at camera and microphone, and makes a short trial recording of both. */
  checkDevices() {
    this.checker.look(this.capture);
    for (const [name, code] of [["camera", "no-camera"], ["microphone", "no-microphone"]]) {
      const { state, reason } = this.checks[name];
      if (state === "failed") this.say(code, reason);
      else this.unsay(code);
    }
  }

  /** Its lines: camera, microphone, recording. */
  get checks() {
    return this.checker.lines;
  }

  get checksPassed() {
    return this.checker.passed;
  }

  /** A trial recording has yielded media. */
  get trialPassed() {
    return this.checker.recorded;
  }

  /** Low battery while unplugged is warned about, where the system tells. */
  async watchBattery() {
    const battery = await navigator.getBattery?.().catch(() => null);
    if (!battery) return;
    const look = () => (!battery.charging && battery.level < LOW_BATTERY ? this.say("low-battery") : this.unsay("low-battery"));
    battery.addEventListener("chargingchange", look);
    battery.addEventListener("levelchange", look);
    look();
  }

  /** What of this computer is below the plan's minimum, in the candidate's words; where the plan states one, and the browser tells. */
  get belowMinimum() {
    const { cores = 0, memory_gib: stated = 0 } = this.exam?.system ?? {};
    const memory = Math.min(stated, MEMORY_TOLD_GIB);
    const found = [];
    if (navigator.hardwareConcurrency < cores) found.push(`处理器${navigator.hardwareConcurrency}核（须${cores}核）`);
    if (navigator.deviceMemory < memory) found.push(`内存约${navigator.deviceMemory} GB（须${stated} GB）`);
    return found;
  }

  // -- two: face login -----------------------------------------------------------------------------------------------

  get loginIsOpen() {
    return this.exam !== null && this.clock.surely() >= this.exam.windows.login_opens;
  }

  /** Who has not entered by now may not any more. */
  get entryIsOver() {
    return this.exam !== null && this.clock.known && this.kept.enteredMs === undefined && this.examTime >= this.exam.windows.entry_closes;
  }

  /** No picture of the face leaves before the candidate has consented. */
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
    this.#stillsLeft = FRESH_STILLS;
    if (!this.displayIsExtended) this.sendStill(); // otherwise its alert stands already
    this.shown();
  }

  async sendStill() {
    this.#stillsLeft -= 1;
    const captured = Math.round(this.examTime);
    const still = await this.takeStill().catch(() => null);
    if (still === null) {
      this.say("no-camera", this.capture.reasons.get("camera"));
      this.shown();
      return;
    }
    this.unsay("no-camera");
    const headers = { "Content-Type": "image/jpeg", "Captured-Ms": String(captured) };
    this.ask("login", { method: "POST", path: "/v1/login", headers, body: still, key: true }, (reply) => this.loginAnswered(reply));
    this.shown();
  }

  /** The camera's picture of this moment, as it is. @returns {Promise<Blob>} */
  async takeStill() {
    const track = this.capture.track("camera");
    if (track?.readyState !== "live") throw new Error("no camera");
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

  /** The login is gone: another one is asked for. A ticket that nobody knows is asked for again as well. */
  rejected() {
    if (!this.kept.token) {
      this.kept.ticket = "";
      this.save();
      this.notes.set("other", "面试码不正确，请重新输入。");
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

  /** Opened again in the interview, and only waiting to be let in. */
  get comesBack() {
    return Boolean(this.kept.token) && this.kept.enteredMs !== undefined;
  }

  step() {
    this.capture.follow(this.needed);
    if (this.page === "check" && !this.comesBack) this.checkDevices();
    else this.checker.close();
  }
}
