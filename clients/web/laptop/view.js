/**
 * What the candidate sees of the laptop, and what the buttons do. Every section of the document is one page; only the one that stands is shown.
 *
 * The question is in the document from the moment it may be read until the interview's end, and at no other time.
 */

import { fill, h, showAlerts, write } from "../common/dom.js";
import { clockText, contact, sentence } from "../common/texts.js";
import { encodeQR } from "../vendor/qr.js";
import { RUNNING } from "./interview.js";

const STAGES = { preparation: "备课", lesson: "模拟课堂教学", skill_test: "技能测试", presentation: "作品展示" };
const COUNTDOWNS = { preparation: "备课倒计时", lesson: "试讲倒计时", skill_test: "技能测试倒计时", presentation: "展示倒计时" };
const CHECKS = { camera: "摄像头", microphone: "麦克风", recording: "录制" };
const STATES = { working: "正常", failed: "异常", checking: "检查中…" };
const STREAMS = { camera: "摄像头视频", screen: "屏幕录制" };
const IN_DIALOG = new Set(["confirm-finish"]);

export class LaptopView {
  #laptop;
  #document;
  #self;
  #acts;

  constructor(laptop, document) {
    this.#laptop = laptop;
    this.#document = document;
    this.#self = h("video", { muted: true, playsinline: true, "aria-label": "摄像头实时画面" });
    this.#self.muted = true;
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
    this.#of("help-form").addEventListener("submit", (event) => event.submitter?.value === "send" && laptop.help(this.#of("help-text").value));
    this.#of("finish-dialog").addEventListener("cancel", () => laptop.askToFinish(false));
    for (const kind of ["copy", "cut", "dragstart", "contextmenu", "selectstart"]) this.#of("question").addEventListener(kind, (event) => event.preventDefault());
  }

  /** What each button does, and when it can be pressed (or is shown at all). */
  #actsOf(laptop) {
    const running = () => RUNNING.includes(laptop.page);
    return {
      proceed: { do: () => laptop.proceed(), on: () => laptop.mayProceed },
      consent: { do: () => laptop.consent(true), on: () => laptop.exam !== null },
      decline: { do: () => laptop.consent(false), on: () => laptop.exam !== null },
      login: { do: () => laptop.logIn(), on: () => laptop.mayLogIn },
      show_code: { do: () => laptop.showCode(), on: () => laptop.binding !== null, shown: () => laptop.page === "bind" || !laptop.phoneIsBound },
      refresh: { do: () => laptop.refresh(), on: () => true },
      enter: { do: () => laptop.enter(), on: () => laptop.mayEnter },
      refresh_devices: { do: () => laptop.devices.refresh().then(() => laptop.listDevices()), on: () => true },
      share: { do: () => laptop.shareScreen(), on: () => true, shown: () => laptop.lost.has("screen") },
      wait: { do: () => laptop.wait(), on: () => laptop.inside },
      help: { do: () => this.#of("help-dialog").showModal(), on: () => true },
      fetch_question: { do: () => laptop.fetchQuestion(), on: () => laptop.mayFetchQuestion && !laptop.question },
      start: { do: () => laptop.startLesson(), on: () => true, shown: () => laptop.page === "lesson" && laptop.course.lessonStarted === undefined },
      finish: { do: () => laptop.askToFinish(true), on: () => laptop.mayFinish, shown: running },
      confirm: { do: () => laptop.finish(), on: () => true },
      cancel: { do: () => laptop.askToFinish(false), on: () => true },
      retry: { do: () => laptop.retry(), on: () => true },
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
    this.#picture(page);
    this[`_${page}`]?.();
    showAlerts(this.#of("alerts"), laptop.alerts, IN_DIALOG);
    this.#dialog();
    this.#question();
  }

  /** The page could not be opened at all. */
  fail(error) {
    showAlerts(this.#of("alerts"), new Map([["other", `页面无法打开（${error.message}），请换用最新版 Chromium 浏览器。`]]));
  }

  #bar() {
    const laptop = this.#laptop;
    write(this.#of("exam-title"), laptop.exam ? `${laptop.exam.title} · ${laptop.exam.subject}` : "");
    this.#of("person").hidden = !laptop.kept?.name;
    write(this.#of("person-name"), laptop.kept?.name ?? "");
    write(this.#of("person-number"), laptop.kept?.admissionNumber ?? "");
    const offline = laptop.links.offline;
    this.#of("network").dataset.state = offline ? "offline" : "online";
    write(this.#of("network"), offline ? "网络中断" : "网络正常");
    for (const element of this.#document.querySelectorAll(".contact")) write(element, contact(laptop.exam));
  }

  /** The camera's live picture stands on the page that has a place for it. */
  #picture(page) {
    const slot = this.#document.querySelector(`[data-page="${page}"] [data-slot="self"]`);
    if (slot && this.#self.parentElement !== slot) slot.append(this.#self);
    if (this.#self.srcObject !== this.#laptop.media) {
      this.#self.srcObject = this.#laptop.media;
    }
    if (this.#laptop.media && this.#self.paused && slot) this.#self.play().catch(() => {});
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
        item.label || "未命名设备",
      ),
    );
  }

  _check() {
    this.#of("ticket-form").hidden = this.#laptop.bearer !== "";
    const lines = Object.entries(CHECKS).map(([name, word]) => ({ name, word, ...(this.#laptop.checks[name] ?? { state: "checking", reason: "" }) }));
    fill(this.#of("checks"), lines, ({ word, state, reason }) => h("li", { "data-state": state }, h("strong", {}, word), h("span", {}, STATES[state]), reason ? h("small", {}, reason) : null));
  }

  _login() {
    const laptop = this.#laptop;
    write(this.#of("consent-text"), laptop.exam?.consent ?? "");
    this.#of("declined").hidden = !laptop.declined;
    this.#of("consent-actions").hidden = laptop.consented;
  }

  _bind() {
    const { binding, codeShown, phoneIsBound } = this.#laptop;
    const qr = this.#of("qr");
    fill(qr, binding ? [binding.payload] : [], (payload) => {
      const holder = h("div");
      holder.innerHTML = encodeQR(payload, "svg", { ecc: "medium", border: 4 });
      return holder.firstElementChild;
    });
    write(this.#of("code"), codeShown && binding ? binding.code : "");
    write(this.#of("bound"), phoneIsBound ? "移动设备已绑定，佐证视频正在录制。" : "等待移动设备绑定…");
  }

  _attachments() {
    const laptop = this.#laptop;
    const items = (laptop.exam?.attachments ?? []).map((item) => ({ ...item, read: laptop.read.has(item.id), may: laptop.mayMarkRead(item.id) }));
    fill(this.#of("attachments"), items, ({ id, title, read, may }) =>
      h(
        "li",
        { "data-id": id },
        h("button", { class: "link", onclick: () => laptop.openAttachment(id) }, title),
        h("button", { disabled: !may, "aria-pressed": String(read), "aria-label": `已阅 ${title}`, onclick: () => laptop.markRead(id) }, "已阅"),
      ),
    );
    const opened = laptop.exam?.attachments.find((item) => item.id === laptop.opened);
    fill(this.#of("attachment"), opened ? [opened.title, laptop.texts.get(opened.id) ?? ""] : [], (text, place) => h(place === 0 ? "h2" : "p", {}, text));
  }

  _lobby() {
    const laptop = this.#laptop;
    write(this.#of("lobby-text"), laptop.entryIsOpen ? "请点击【进入考试】。进入后将自动录制屏幕并实时上传，请允许共享整个屏幕。" : "【进入考试】按钮将按时自动激活；如未激活，请点击【刷新】。");
  }

  _waiting() {
    const countdown = this.#laptop.countdown;
    write(this.#document.querySelector('[data-countdown="waiting"]'), countdown ? clockText(countdown.left) : "");
  }

  _stage() {
    const { page, countdown } = this.#laptop;
    write(this.#of("stage-title"), STAGES[page]);
    const timer = this.#of("stage-countdown");
    timer.hidden = countdown === null;
    timer.setAttribute("aria-label", COUNTDOWNS[page]);
    write(timer, countdown ? clockText(countdown.left) : "");
  }

  _upload() {
    const progress = [...this.#laptop.uploads.progress].map(([stream, { sent, total }]) => ({ stream, share: total ? Math.floor((sent / total) * 1_000) / 10 : 0 }));
    fill(this.#of("progress"), progress, ({ stream, share }) =>
      h("div", { class: "progress" }, h("span", {}, STREAMS[stream]), h("progress", { max: 100, value: share, "aria-label": `${STREAMS[stream]}上传进度` }), h("span", {}, `${share}%`)),
    );
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

  #question() {
    const shown = RUNNING.includes(this.#laptop.page) ? this.#laptop.question : "";
    write(this.#of("question"), shown);
  }
}
