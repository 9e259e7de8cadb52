export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  learnExam(exam) {
    this.store.save("plan", exam);
    super.learnExam(exam);
  }
}
