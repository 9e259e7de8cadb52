export * from "./view.js?as-built";
import { LaptopView as AsBuilt } from "./view.js?as-built";

export class LaptopView extends AsBuilt {
  _waiting() {}
}
