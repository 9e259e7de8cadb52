/** What the candidate sees of the phone, and what the buttons do. */

import { fill, h, showAlerts, write } from "../common/dom.js";
import { contact, sentence } from "../common/texts.js";
import { Scanner } from "./scanner.js";

const IN_DIALOG = new Set(["confirm-stop"]);

export class PhoneView {
  #phone;
  #document;
  #self;
  #scanner;

  constructor(phone, document) {
    this.#phone = phone;
    this.#document = document;
    this.#self = h("video", { playsinline: true, "aria-label": "前置摄像头画面" });
    this.#self.muted = true;
    document.querySelector('[data-slot="self"]').append(this.#self);
    this.#scanner = new Scanner(this.#of("scan-video"));
    const acts = {
      scan: () => this.#scan(),
      stop: () => phone.pressStop(),
      confirm: () => phone.stop(),
      cancel: () => phone.cancelStop(),
      retry: () => phone.retry(),
    };
    for (const button of document.querySelectorAll("[data-act]")) {
      button.addEventListener("click", (event) => {
        event.preventDefault();
        acts[button.dataset.act]();
      });
    }
    for (const [form, field] of [["code-form", "code"], ["again-form", "again"]]) {
      this.#of(form).addEventListener("submit", (event) => {
        event.preventDefault();
        phone.bind({ code: this.#of(field).value.trim() });
      });
    }
    this.#of("stop-dialog").addEventListener("cancel", () => phone.cancelStop());
  }

  #of(id) {
    return this.#document.getElementById(id);
  }

  /** Shows what stands now. */
  show() {
    const phone = this.#phone;
    for (const section of this.#document.querySelectorAll("[data-page]")) section.hidden = section.dataset.page !== phone.page;
    if (phone.page !== "pair" && this.#scanner.running) this.#scanner.stop();
    this.#of("scanning").hidden = !this.#scanner.running;
    if (this.#self.srcObject !== phone.media) this.#self.srcObject = phone.media;
    if (phone.media && this.#self.paused) this.#self.play().catch(() => {});
    this.#of("recording").dataset.on = String(phone.recording);
    write(this.#of("recording"), phone.recording ? "正在录制" : "正在打开摄像头…");
    this.#of("again-form").hidden = phone.journal.interrupted.length === 0;
    this.#of("network").dataset.state = phone.links.offline ? "offline" : "online";
    write(this.#of("network"), phone.links.offline ? "网络中断" : "网络正常");
    for (const element of this.#document.querySelectorAll(".contact")) write(element, contact(phone.exam));
    const progress = [...phone.uploads.progress].map(([, { sent, total }]) => (total ? Math.floor((sent / total) * 1_000) / 10 : 0));
    fill(this.#of("progress"), progress, (share) => h("div", { class: "progress" }, h("span", {}, "佐证视频"), h("progress", { max: 100, value: share, "aria-label": "佐证视频上传进度" }), h("span", {}, `${share}%`)));
    showAlerts(this.#of("alerts"), phone.alerts, IN_DIALOG);
    this.#dialog();
  }

  fail(error) {
    showAlerts(this.#of("alerts"), new Map([["other", `页面无法打开（${error.message}），请换用最新版浏览器。`]]));
  }

  async #scan() {
    if (this.#scanner.running) return;
    try {
      await this.#scanner.start((payload) => this.#phone.bind({ payload }));
    } catch {
      this.#phone.say("no-camera");
    }
    this.show();
  }

  #dialog() {
    const dialog = this.#of("stop-dialog");
    if (this.#phone.askedToStop && !dialog.open) {
      write(this.#of("stop-text"), sentence("confirm-stop", this.#phone.exam));
      dialog.showModal();
    } else if (!this.#phone.askedToStop && dialog.open) {
      dialog.close();
    }
  }
}
