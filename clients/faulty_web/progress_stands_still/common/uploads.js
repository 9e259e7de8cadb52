export * from "./uploads.js?as-built";
import { Uploads as AsBuilt } from "./uploads.js?as-built";

export class Uploads extends AsBuilt {
  get progress() {
    return new Map([...super.progress].map(([stream, each]) => [stream, { ...each, sent: 0 }]));
  }
}
