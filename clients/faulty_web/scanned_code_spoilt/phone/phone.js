export * from "./phone.js?as-built";
import { Phone as AsBuilt } from "./phone.js?as-built";

export class Phone extends AsBuilt {
  bind(body) {
    super.bind(body.payload ? { payload: body.payload.slice(0, -1) } : body);
  }
}
