export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  followQuestion() {
    super.followQuestion();
    if (this.question) localStorage.setItem("draft", this.question);
  }
}
