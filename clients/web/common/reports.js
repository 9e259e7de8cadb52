/**
 * What the service must hear in any case: changes of stage, incidents, calls for help; in order, each once, after an outage at the latest.
 *
 * A report carries the exam time at which the thing happened, not that of its sending; it is kept before it is sent and forgotten only when
 * it was answered, so that neither an outage nor a closed browser loses it.
 */

const DOCUMENT = "reports";

export class Reports {
  #links;
  #store;
  #waiting;
  #refused = "";
  #bearer;
  /** @type {(path: string, reply: any) => void} */
  answered = () => {};

  constructor(links, store, bearer) {
    this.#links = links;
    this.#store = store;
    this.#bearer = bearer;
    this.#waiting = store.load(DOCUMENT) ?? [];
  }

  stage(stage, boundary, at) {
    this.#add("/v1/stages", { stage, boundary, at_ms: Math.round(at) });
  }

  incident(what, at, text = "") {
    this.#add("/v1/reports", { what, at_ms: Math.round(at), text });
  }

  help(text) {
    this.#add("/v1/help", { text });
  }

  /** The service has heard everything. */
  get empty() {
    return this.#waiting.length === 0;
  }

  /** Sends the next one. */
  beat() {
    const report = this.#waiting[0];
    const token = this.#bearer();
    if (!report || !token || token === this.#refused || this.#links.asking("report")) return;
    const headers = { "Content-Type": "application/json", "Idempotency-Key": report.key };
    this.#links.ask("report", { method: "POST", path: report.path, headers, body: report.body }, (reply) => {
      if (reply.status === 401) {
        this.#refused = token; // the login is gone: sent again under the next one
        return;
      }
      this.#waiting.shift();
      this.#store.save(DOCUMENT, this.#waiting);
      this.answered(report.path, reply);
    });
  }

  #add(path, body) {
    this.#waiting.push({ path, body: JSON.stringify(body), key: crypto.randomUUID() });
    this.#store.save(DOCUMENT, this.#waiting);
    this.beat();
  }
}
