/**
 * The laptop until entry: binding, attachments, lobby (the notice's sections three to five). Base of `Interview`.
 *
 * Doors open by the exam clock, by a push or by what the service says when asked, whichever comes first, and the service decides.
 */

import { beforeStart, sentence } from "../common/texts.js";
import { ANSWERS, Arrival } from "./arrival.js";

export class Admission extends Arrival {
  binding = null;
  codeShown = false;
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

  /** 【智试通二维码】; from the lobby, where the phone was released, it leads back to the binding. */
  showCode() {
    this.codeShown = true;
    this.page = "bind";
    this.shown();
  }

  // -- four: attachments ---------------------------------------------------------------------------------------------

  openAttachment(id) {
    this.opened = id;
    this.links.drop(`attachment:${id}`);
    this.ask(
      `attachment:${id}`,
      { method: "GET", path: `/v1/attachments/${encodeURIComponent(id)}` },
      (reply) => {
        if (reply.ok && reply.text) {
          this.texts.set(id, reply.text);
          this.unsay("not-loaded");
        } else {
          this.say("not-loaded");
        }
      },
      { failed: () => this.say("not-loaded") },
    );
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
    if (push.event === "entry-opened") this.entryPushed = true;
    else if (push.event === "login-completed" && !this.kept.token && push.data.token) this.loggedIn(push.data);
    else {
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
    return ["login", "bind", "lobby"].includes(this.page);
  }

  // -- together ------------------------------------------------------------------------------------------------------

  /** 【下一步】. */
  proceed() {
    this.unsay(...ANSWERS);
    const next = { check: this.kept.token ? "bind" : "login", bind: "attachments", attachments: "lobby" };
    this.page = next[this.page] ?? this.page;
    this.askSession();
    this.shown();
  }

  get mayProceed() {
    const open = { check: this.checksPassed && this.exam !== null, bind: this.phoneIsBound, attachments: this.allRead };
    return open[this.page] === true;
  }

  step() {
    super.step();
    if (this.page === "bind" && this.clock.known && this.kept.token) this.askBinding();
  }

  /** Too early, too late, not yet bound: what stands in the way at this moment. */
  get alerts() {
    const said = super.alerts;
    if (this.exam === null || !this.clock.known || this.page === "check") return said;
    if (this.entryIsOver) return said.set("too-late", sentence("too-late", this.exam));
    const early = { login: ["login_opens", this.loginIsOpen], lobby: ["entry_opens", this.entryIsOpen] }[this.page];
    if (early && !early[1]) said.set("too-early", sentence("too-early", this.exam, `${beforeStart(this.exam.windows[early[0]])}开放。`));
    if (this.page === "lobby" && !this.phoneIsBound) said.set("not-bound", sentence("not-bound", this.exam));
    return said;
  }
}
