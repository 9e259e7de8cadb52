export * from "./laptop.js?as-built";
import { SENTENCES } from "../common/texts.js";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  refused(reply) {
    super.refused(reply);
    if (reply.problem === "face-mismatch") this.notes.set("face-mismatch", SENTENCES["face-mismatch"]);
  }
}
