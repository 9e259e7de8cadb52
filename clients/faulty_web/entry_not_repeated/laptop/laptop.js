export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  askEntry() {
    const request = { method: "POST", path: "/v1/entry", key: true };
    this.ask("entry", request, (reply) => this.entryAnswered(reply), { failed: () => this.say("other") });
  }
}
