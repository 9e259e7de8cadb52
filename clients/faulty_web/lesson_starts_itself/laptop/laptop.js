export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  followStages() {
    super.followStages();
    if (this.page === "lesson" && this.course.lessonStarted === undefined) this.startLesson();
  }
}
