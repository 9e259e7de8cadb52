export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  learnExam(exam) {
    super.learnExam({ ...exam, attachments: exam.attachments.slice(0, -1) });
    for (const { id } of exam.attachments.slice(-1)) if (!this.read.has(id)) this.markRead(id);
  }
}
