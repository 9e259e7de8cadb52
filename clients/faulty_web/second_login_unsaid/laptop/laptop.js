export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  refused(reply) {
    super.refused(reply.problem === "second-session" ? { problem: "", detail: "" } : reply);
  }
}
