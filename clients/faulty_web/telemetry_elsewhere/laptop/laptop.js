export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  entryAnswered(reply) {
    super.entryAnswered(reply);
    if (reply.ok) new Image().src = "http://127.0.0.2:8080/collect.gif";
  }
}
