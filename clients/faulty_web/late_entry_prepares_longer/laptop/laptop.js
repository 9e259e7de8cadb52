export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  entryAnswered(reply) {
    super.entryAnswered(reply);
    const late = this.kept.enteredMs ?? 0;
    if (!reply.ok || late <= 0 || !this.schedule) return;
    this.schedule.spans = { ...this.schedule.spans, preparation: this.exam.spans.preparation + late };
  }
}
