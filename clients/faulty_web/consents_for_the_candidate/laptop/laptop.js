export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  learnExam(exam) {
    super.learnExam(exam);
    if (!this.kept.token) this.consent(true);
  }
}
