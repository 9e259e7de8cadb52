export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  followStages() {
    const { examTime, schedule, course } = this;
    const over = schedule.spans.preparation;
    if (this.page === "preparation" && examTime >= over && examTime < over + 6_000 && schedule.pageAt(examTime, course) === "lesson") return;
    super.followStages();
  }
}
