/**
 * What the candidate sees of the laptop, and what the buttons do. Every section of the document is one page; only the one that stands is shown.
 *
 * The question is in the document from the moment it may be read until the interview's end, and at no other time.
 */

import { fill, h, mark, shareOf, showAlerts, showProgress, write } from "../common/dom.js";
import { beforeStart, clockText, contact, sentence } from "../common/texts.js";
import { encodeQR } from "../vendor/qr.js";
import { withhold } from "./conduct.js";
import { RUNNING } from "./interview.js";

const STEPS = { check: "设备准备", login: "人脸登录", bind: "佐证绑定", attachments: "考试附件", lobby: "进入考试" };
const STAGES = { preparation: "备课", lesson: "模拟课堂教学", skill_test: "技能测试", presentation: "作品展示" };
const COUNTDOWNS = { preparation: "备课倒计时", lesson: "试讲倒计时", skill_test: "技能测试倒计时", presentation: "展示倒计时" };
const CHECKS = { camera: "摄像头", microphone: "麦克风", recording: "录制" };
const STATES = { working: "正常", failed: "异常", checking: "检查中…" };
const STREAMS = { camera: "摄像头视频", screen: "屏幕录制" };
const URGENT_MS = 60_000; // so little is left that the countdown says so by its colour
const IN_DIALOG = new Set(["confirm-finish"]);

export class LaptopView {
  #laptop;
  #document;
  #self;
  #acts;

  constructor(laptop, document) {
    this.#laptop = laptop;
    this.#document = document;
    this.#self = h("video", { playsinline: true, "aria-label": "摄像头实时画面" });
    this.#self.muted = true;
    for (const slot of document.querySelectorAll('[data-slot="again"]')) slot.append(this.#of("again").content.cloneNode(true));
    this.#acts = this.#actsOf(laptop);
    for (const button of document.querySelectorAll("[data-act]")) {
      button.addEventListener("click", (event) => {
        event.preventDefault();
        this.#acts[button.dataset.act].do();
        this.show();
      });
    }
    this.#of("ticket-form").addEventListener("submit", (event) => {
      event.preventDefault();
      laptop.giveTicket(this.#of("ticket").value);
    });
    this.#of("help-form").addEventListener("submit", (event) => this.#asked(event.submitter?.value === "send"));
    this.#of("finish-dialog").addEventListener("cancel", () => laptop.askToFinish(false));
    withhold(() => RUNNING.includes(laptop.page));
  }

  /** What each button does, when it can be pressed, and when it is shown at all. */
  #actsOf(laptop) {
    const running = () => RUNNING.includes(laptop.page);
    const always = () => true;
    return {
      proceed: { do: () => laptop.proceed(), on: () => laptop.mayProceed },
      consent: { do: () => laptop.consent(true), on: () => laptop.exam !== null },
      decline: { do: () => laptop.consent(false), on: () => laptop.exam !== null },
      login: { do: () => laptop.logIn(), on: () => laptop.mayLogIn },
      show_code: { do: () => laptop.showCode(), on: () => laptop.page !== "bind" || laptop.binding !== null },
      hide_code: { do: () => laptop.hideCode(), on: always },
      refresh: { do: () => laptop.refresh(), on: always },
      enter: { do: () => laptop.enter(), on: () => laptop.mayEnter },
      refresh_devices: { do: () => laptop.refreshDevices(), on: always },
      share: { do: () => laptop.shareScreen(), on: always, shown: () => laptop.lost.has("screen") },
      wait: { do: () => laptop.wait(), on: () => laptop.inside },
      help: { do: () => this.#of("help-dialog").showModal(), on: always },
      fetch_question: { do: () => laptop.fetchQuestion(), on: () => laptop.mayFetchQuestion && !laptop.question },
      start: { do: () => laptop.startLesson(), on: always, shown: () => laptop.page === "lesson" && !laptop.lessonRuns },
      finish: { do: () => laptop.askToFinish(true), on: () => laptop.mayFinish, shown: running },
      confirm: { do: () => laptop.finish(), on: always },
      cancel: { do: () => laptop.askToFinish(false), on: always },
      retry: { do: () => laptop.retry(), on: always },
    };
  }

  #of(id) {
    return this.#document.getElementById(id);
  }

  /** Shows what stands now. */
  show() {
    const laptop = this.#laptop;
    const page = RUNNING.includes(laptop.page) ? "stage" : laptop.page;
    for (const section of this.#document.querySelectorAll("[data-page]")) section.hidden = section.dataset.page !== page;
    for (const button of this.#document.querySelectorAll("[data-act]")) {
      const act = this.#acts[button.dataset.act];
      button.disabled = !act.on();
      button.hidden = act.shown ? !act.shown() : false;
    }
    this.#bar();
    this.#clock();
    this.#picture(page);
    this.#binding();
    this[`_${page}`]?.();
    showAlerts(this.#of("alerts"), laptop.alerts, IN_DIALOG);
    this.#dialog();
    write(this.#of("question"), RUNNING.includes(laptop.page) ? laptop.question : "");
  }

  /** Another page of this browser does the same. */
  waits() {
    showAlerts(this.#of("alerts"), new Map([["other", "智试云已在本浏览器的另一个页面打开，请关闭其中一个。"]]));
  }

  /** The page could not be opened at all. */
  fail(error) {
    showAlerts(this.#of("alerts"), new Map([["other", `页面无法打开（${error.message}），请换用最新版 Chromium 浏览器。`]]));
  }

  #asked(send) {
    if (send) this.#laptop.help(this.#of("help-text").value);
    this.#of("help-text").value = "";
  }

  // -- around every page ---------------------------------------------------------------------------------------------

  #bar() {
    const laptop = this.#laptop;
    const offline = laptop.links.offline;
    write(this.#of("exam-title"), laptop.exam ? `${laptop.exam.title} · ${laptop.exam.subject}` : "");
    this.#of("person").hidden = !laptop.kept?.name;
    write(this.#of("person-name"), laptop.kept?.name ?? "");
    write(this.#of("person-number"), laptop.kept?.admissionNumber ?? "");
    mark(this.#of("network"), "data-state", offline ? "offline" : "online");
    write(this.#of("network"), offline ? "网络中断" : "网络正常");
    const phone = this.#of("phone");
    phone.hidden = !laptop.kept?.token || laptop.session === null;
    mark(phone, "data-state", laptop.phoneIsBound ? "online" : "waiting");
    write(phone, laptop.phoneIsBound ? "手机已绑定" : "手机未绑定");
    for (const element of this.#document.querySelectorAll(".contact")) write(element, contact(laptop.exam));
    const order = Object.keys(STEPS);
    const at = order.indexOf(laptop.page);
    this.#of("steps").hidden = at < 0;
    if (at < 0) return;
    const states = order.map((page, place) => ({ word: STEPS[page], state: place < at ? "past" : place === at ? "now" : "next" }));
    fill(this.#of("steps"), states, ({ word, state }) => h("li", { "data-state": state, "aria-current": state === "now" ? "step" : false }, word));
  }

  /** The countdown of a running stage stands at the upper right, whatever else is on the page. */
  #clock() {
    const { page, countdown } = this.#laptop;
    const runs = RUNNING.includes(page) && countdown !== null;
    const timer = this.#of("stage-countdown");
    this.#of("clock").hidden = timer.hidden = !runs;
    if (!runs) return;
    mark(timer, "aria-label", COUNTDOWNS[page]);
    mark(timer, "data-urgent", countdown.left < URGENT_MS);
    write(this.#of("clock-label"), COUNTDOWNS[page]);
    write(timer, clockText(countdown.left));
  }

  /** The camera's live picture stands on the page that has a place for it. */
  #picture(page) {
    const slot = this.#document.querySelector(`[data-page="${page}"] [data-slot="self"]`);
    if (slot && this.#self.parentElement !== slot) slot.append(this.#self);
    const [track] = this.#laptop.capture.media?.getVideoTracks() ?? [];
    if (this.#self.srcObject?.getVideoTracks()[0] !== track) this.#self.srcObject = track ? new MediaStream([track]) : null;
    if (track && this.#self.paused && slot) this.#self.play().catch(() => {});
    const choices = this.#document.querySelector(`[data-page="${page}"] [data-slot="choices"]`);
    if (choices) this.#choices(choices);
  }

  #choices(element) {
    const { devices, listed, kept } = this.#laptop;
    const items = devices.present.filter((device) => listed.includes(device.id)).map((device) => ({ ...device, chosen: kept[device.kind] === device.id }));
    fill(element, items, (item) =>
      h(
        "label",
        { class: "choice" },
        h("input", { type: "radio", name: `${item.kind}-${this.#laptop.page}`, checked: item.chosen, onchange: () => this.#laptop.choose(item.id) }),
        h("span", { class: "kind" }, CHECKS[item.kind]),
        h("span", {}, item.label || "未命名设备"),
      ),
    );
  }

  /** QR code and code: on the binding's page, and later where they are asked for. */
  #binding() {
    const { binding, codeShown, showsBinding, page } = this.#laptop;
    const shown = showsBinding && binding !== null;
    for (const slot of this.#document.querySelectorAll('[data-slot="again"]')) slot.hidden = !shown;
    for (const qr of this.#document.querySelectorAll("[data-qr]")) fill(qr, shown ? [binding.payload] : [], qrCode);
    for (const code of this.#document.querySelectorAll("[data-code]")) write(code, shown && (codeShown || page !== "bind") ? binding.code : "");
  }

  #dialog() {
    const dialog = this.#of("finish-dialog");
    if (this.#laptop.askedToFinish && !dialog.open) {
      write(this.#of("finish-text"), sentence("confirm-finish", this.#laptop.exam));
      dialog.showModal();
    } else if (!this.#laptop.askedToFinish && dialog.open) {
      dialog.close();
    }
  }

  // -- page by page --------------------------------------------------------------------------------------------------

  _check() {
    const laptop = this.#laptop;
    this.#of("ticket-form").hidden = laptop.bearer !== "";
    write(this.#of("check-text"), laptop.comesBack ? "正在返回面试，请稍候…" : "逐项检查摄像头、麦克风与录制功能。");
    const lines = Object.entries(CHECKS).map(([name, word]) => ({ word, ...laptop.checks[name] }));
    fill(this.#of("checks"), lines, ({ word, state, reason }) => h("li", { "data-state": state }, h("strong", {}, word), h("span", {}, STATES[state]), reason ? h("small", {}, reason) : null));
    this.#of("level").style.width = `${Math.round(laptop.checker.level * 100)}%`;
  }

  _login() {
    const laptop = this.#laptop;
    write(this.#of("consent-text"), laptop.exam?.consent ?? "");
    this.#of("declined").hidden = !laptop.declined;
    this.#of("consent-actions").hidden = laptop.consented;
  }

  _bind() {
    const { phoneIsBound } = this.#laptop;
    mark(this.#of("bound"), "data-state", phoneIsBound ? "online" : "waiting");
    write(this.#of("bound"), phoneIsBound ? "移动设备已绑定" : "等待移动设备绑定…");
  }

  _attachments() {
    const laptop = this.#laptop;
    const items = (laptop.exam?.attachments ?? []).map((item) => ({ ...item, read: laptop.read.has(item.id), may: laptop.mayMarkRead(item.id), open: item.id === laptop.opened }));
    fill(this.#of("attachments"), items, ({ id, title, read, may, open }) =>
      h(
        "li",
        { "data-id": id },
        h("button", { class: "quiet", "aria-current": open ? "true" : false, onclick: () => laptop.openAttachment(id) }, title),
        h("button", { disabled: !may, "aria-pressed": String(read), "aria-label": `已阅 ${title}`, onclick: () => laptop.markRead(id) }, "已阅"),
      ),
    );
    const opened = laptop.exam?.attachments.find((item) => item.id === laptop.opened);
    const text = opened && laptop.texts.get(opened.id);
    const paper = opened ? [["h2", opened.title], text ? ["p", text] : null] : [["hint", "点击左侧的文件名打开文件。"]];
    fill(this.#of("attachment"), paper.filter(Boolean), ([kind, words]) => (kind === "hint" ? h("p", { class: "hint" }, words) : h(kind, {}, words)));
  }

  _lobby() {
    const laptop = this.#laptop;
    const opens = laptop.exam ? beforeStart(laptop.exam.windows.entry_opens) : "";
    const text = laptop.entryIsOpen
      ? "请点击【进入考试】。进入后自动录制屏幕并实时上传，浏览器询问时请选择整个屏幕。"
      : laptop.entryIsOver
        ? "入口已经关闭。"
        : `${opens}，【进入考试】按钮将自动激活；如未激活，请点击【刷新】。`;
    write(this.#of("lobby-text"), text);
    const facts = [
      [laptop.phoneIsBound, laptop.phoneIsBound ? "移动设备已绑定" : "移动设备未绑定"],
      [laptop.allRead, laptop.allRead ? "附件均已阅" : "附件尚未读完"],
    ];
    fill(this.#of("facts"), facts, ([good, word]) => h("span", { class: "pill", "data-state": good ? "online" : "waiting" }, word));
  }

  _waiting() {
    const { countdown } = this.#laptop;
    write(this.#document.querySelector('[data-countdown="waiting"]'), countdown ? clockText(countdown.left) : "");
  }

  _stage() {
    write(this.#of("stage-title"), STAGES[this.#laptop.page]);
  }

  _upload() {
    const bars = [...this.#laptop.uploads.progress].map(([stream, progress]) => ({ name: stream, label: STREAMS[stream], share: shareOf(progress) }));
    showProgress(this.#of("progress"), bars);
  }
}

function qrCode(payload) {
  const holder = h("div");
  holder.innerHTML = encodeQR(payload, "svg", { ecc: "medium", border: 4 });
  return holder.firstElementChild;
}
