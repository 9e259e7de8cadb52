export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  told(push) {
    if (push.event !== "login-completed") super.told(push);
  }

  claimLogin() {}
}
