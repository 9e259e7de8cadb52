export * from "./links.js?as-built";
import { Links as AsBuilt } from "./links.js?as-built";

export class Links extends AsBuilt {
  ask(name, request, done, options) {
    const token = name === "session" && request.headers === undefined ? this.token?.() : "";
    super.ask(name, token ? { ...request, path: `${request.path}?access_token=${token}` } : request, done, options);
  }

  constructor(clock, bearer, recovered) {
    super(clock, bearer, recovered);
    this.token = bearer;
  }
}
