/** What the candidate sees of the phone, and what the buttons do. */

import { h, mark, shareOf, showAlerts, showProgress, write } from "../common/dom.js";
import { clockText, contact, sentence } from "../common/texts.js";
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
    this.#scanner = new Scanner(this.#of("scan-video"), phone.devices);
    const acts = {
      scan: () => this.#scan(),
      stop_scan: () => this.#scanner.stop(),
      stop: () => phone.pressStop(),
      confirm: () => phone.stop(),
      cancel: () => phone.cancelStop(),
      retry: () => phone.retry(),
    };
    for (const button of document.querySelectorAll("[data-act]")) {
      button.addEventListener("click", (event) => {
        event.preventDefault();
        acts[button.dataset.act]();
        this.show();
      });
    }
    this.#of("code-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#scanner.stop();
      phone.bind({ code: this.#of("code").value.trim() });
    });
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
    this.#button("scan").hidden = this.#scanner.running;
    this.#button("stop_scan").hidden = !this.#scanner.running;
    this.#picture();
    this.#status();
    this.#again();
    mark(this.#of("network"), "data-state", phone.links.offline ? "offline" : "online");
    write(this.#of("network"), phone.links.offline ? "网络中断" : "网络正常");
    for (const element of this.#document.querySelectorAll(".contact")) write(element, contact(phone.exam));
    const bars = [...phone.uploads.progress].map(([stream, progress]) => ({ name: stream, label: "佐证视频", share: shareOf(progress) }));
    showProgress(this.#of("progress"), bars);
    showAlerts(this.#of("alerts"), phone.alerts, IN_DIALOG);
    this.#dialog();
  }

  /** Another page of this browser does the same. */
  waits() {
    showAlerts(this.#of("alerts"), new Map([["other", "智试通已在本浏览器的另一个页面打开，请关闭其中一个。"]]));
  }

  fail(error) {
    showAlerts(this.#of("alerts"), new Map([["other", `页面无法打开（${error.message}），请换用最新版浏览器。`]]));
  }

  #button(act) {
    return this.#document.querySelector(`[data-act="${act}"]`);
  }

  #picture() {
    const [track] = this.#phone.capture.media?.getVideoTracks() ?? [];
    if (this.#self.srcObject?.getVideoTracks()[0] !== track) this.#self.srcObject = track ? new MediaStream([track]) : null;
    if (track && this.#self.paused) this.#self.play().catch(() => {});
  }

  #status() {
    const { recording, filmingSince } = this.#phone;
    mark(this.#of("recording"), "data-on", recording);
    write(this.#of("recording"), recording ? "正在录制" : "正在打开摄像头…");
    write(this.#of("elapsed"), filmingSince ? clockText(performance.now() - filmingSince) : "");
  }

  /** The one form for the code stands where it is of use. */
  #again() {
    const again = this.#phone.page === "filming" && this.#phone.mayBindAgain;
    const details = this.#of("again");
    if (again && details.hidden) details.open = true;
    details.hidden = !again;
    const slot = this.#document.querySelector(`[data-slot="${again ? "again" : "code"}"]`);
    if (this.#of("code-form").parentElement !== slot) slot.append(this.#of("code-form"));
  }

  async #scan() {
    if (this.#scanner.running) return;
    this.#phone.unsay("no-camera");
    try {
      await this.#scanner.start((payload) => this.#phone.bind({ payload }));
    } catch {
      this.#phone.say("no-camera", "请输入绑定码。");
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
