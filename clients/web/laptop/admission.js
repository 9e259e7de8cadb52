/**
 * The laptop until entry: binding, attachments, lobby (the notice's sections three to five). Base of `Equipped`.
 *
 * Doors open by the exam clock, by a push or by what the service says when asked, whichever comes first, and the service decides.
 */

import { beforeStart, sentence } from "../common/texts.js";
import { ANSWERS, Arrival } from "./arrival.js";

export class Admission extends Arrival {
  binding = null;
  codeShown = false;
  codeAskedOn = ""; // a page of the interview on which the code was asked for
  /** @type {Map<string, string>} attachments that were opened */
  texts = new Map();
  /** @type {Set<string>} */
  read = new Set();
  opened = "";
  entryPushed = false;

  // -- three: binding ------------------------------------------------------------------------------------------------

  /** A code and QR payload of this session; a new one where it has expired. */
  askBinding() {
    if (this.binding !== null && this.examTime < this.binding.expires_ms) return;
    this.ask("binding", { method: "POST", path: "/v1/binding", key: true }, (reply) => {
      if (reply.ok) this.binding = reply.json;
      else this.refused(reply);
    });
  }

  get phoneIsBound() {
    return this.session?.bound === true;
  }

  /** 【智试通二维码】; from the lobby it leads back to the binding, later (a phone that died is bound again) it stands on the page. */
  showCode() {
    this.codeShown = true;
    if (this.page === "bind" || this.page === "lobby") {
      this.page = "bind";
    } else {
      this.codeAskedOn = this.page;
      this.binding = null;
      this.askBinding();
    }
    this.shown();
  }

  hideCode() {
    this.codeAskedOn = "";
    this.shown();
  }

  /** QR code and code stand on this page. */
  get showsBinding() {
    return this.page === "bind" || this.codeAskedOn === this.page;
  }

  // -- four: attachments ---------------------------------------------------------------------------------------------

  openAttachment(id) {
    this.opened = id;
    const request = { method: "GET", path: `/v1/attachments/${encodeURIComponent(id)}` };
    const answered = (reply) => {
      if (reply.ok && reply.text) {
        this.texts.set(id, reply.text);
        this.unsay("not-loaded");
      } else {
        this.say("not-loaded");
      }
    };
    this.ask(`attachment:${id}`, request, answered, { takesAll: true });
    this.shown();
  }

  /** 【已阅】 stands behind a file that was opened. */
  mayMarkRead(id) {
    return this.texts.has(id) && !this.read.has(id) && !this.links.asking(`read:${id}`);
  }

  markRead(id) {
    const request = { method: "PUT", path: `/v1/attachments/${encodeURIComponent(id)}/read`, key: true };
    this.ask(`read:${id}`, request, (reply) => reply.ok && this.read.add(id));
    this.shown();
  }

  get allRead() {
    return this.exam !== null && this.exam.attachments.every((item) => this.read.has(item.id));
  }

  // -- five: the lobby -----------------------------------------------------------------------------------------------

  /** 【进入考试】 is active in its window alone. */
  get entryIsOpen() {
    if (this.exam === null || !this.clock.known || this.entryIsOver) return false;
    return this.entryPushed || this.clock.surely() >= this.exam.windows.entry_opens;
  }

  get mayEnter() {
    return this.entryIsOpen && this.phoneIsBound && this.allRead && !this.links.asking("entry");
  }

  /** 【刷新】: asks the service anew; what is active stays so. */
  refresh() {
    this.links.hurry();
    this.askSession();
  }

  /** Pushes only hurry what polling would find. */
  told(push) {
    if (push.event === "entry-opened") {
      this.entryPushed = true;
    } else if (push.event === "login-completed" && !this.kept.token && push.data.token) {
      this.loggedIn(push.data);
    } else {
      this.links.drop("session");
      this.askSession();
    }
  }

  learned(session) {
    for (const id of session.read ?? []) this.read.add(id);
    if (session.logged_in && !this.kept.token && this.page === "login") this.claimLogin();
    if (session.bound) this.unsay("not-bound");
  }

  get awaitsChange() {
    return ["login", "bind", "lobby"].includes(this.page) || (this.comesBack && this.page === "check");
  }

  // -- together ------------------------------------------------------------------------------------------------------

  /** 【下一步】. */
  proceed() {
    this.unsay(...ANSWERS, "no-camera", "no-microphone");
    const next = { check: this.kept.token ? "bind" : "login", bind: "attachments", attachments: "lobby" };
    this.page = next[this.page] ?? this.page;
    this.askSession();
    this.beat();
  }

  get mayProceed() {
    const open = { check: this.checksPassed && this.exam !== null, bind: this.phoneIsBound, attachments: this.allRead };
    return open[this.page] === true;
  }

  step() {
    super.step();
    if (this.page === "bind" && this.clock.known && this.kept.token) this.askBinding();
    if (this.codeAskedOn && this.codeAskedOn !== this.page) this.codeAskedOn = "";
  }

  /** Too early, too late, not yet bound: what stands in the way at this moment. */
  get alerts() {
    const said = super.alerts;
    const say = (code, more) => said.set(code, sentence(code, this.exam, more));
    if (["check", "login"].includes(this.page) && this.belowMinimum.length) say("system-below-minimum", `${this.belowMinimum.join("，")}。`);
    if (this.page === "login" && this.displayIsExtended) say("extended-display");
    if (this.exam === null || !this.clock.known || this.page === "check") return said;
    if (this.entryIsOver) return say("too-late");
    const early = { login: ["login_opens", this.loginIsOpen], lobby: ["entry_opens", this.entryIsOpen] }[this.page];
    if (early && !early[1]) say("too-early", `${beforeStart(this.exam.windows[early[0]])}开放。`);
    if (this.page === "lobby" && !this.phoneIsBound) say("not-bound");
    return said;
  }
}
