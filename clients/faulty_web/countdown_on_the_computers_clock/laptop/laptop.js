export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  #begins = NaN;

  learnExam(exam) {
    super.learnExam(exam);
    fetch("/v1/openapi.json").then((reply) => (this.#begins = Date.parse(reply.headers.get("date")) - this.examTime));
  }

  get countdown() {
    const running = super.countdown;
    const off = this.examTime - (Date.now() - this.#begins);
    return running && !Number.isNaN(off) ? { ...running, left: Math.max(0, running.left + off) } : running;
  }
}
