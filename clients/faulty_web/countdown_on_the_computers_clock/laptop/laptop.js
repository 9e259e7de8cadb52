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
    return running && { ...running, left: running.left + this.examTime - (Date.now() - this.#begins) };
  }
}
