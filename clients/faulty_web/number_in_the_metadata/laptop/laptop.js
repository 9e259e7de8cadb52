export * from "./laptop.js?as-built";
import { Laptop as AsBuilt } from "./laptop.js?as-built";

export class Laptop extends AsBuilt {
  async begin() {
    await super.begin();
    const begin = this.journal.begin.bind(this.journal);
    this.journal.begin = (...about) => {
      const segment = begin(...about);
      queueMicrotask(() => (segment.mime += `,${this.kept.admissionNumber}`)); // once the recorder has begun
      return segment;
    };
  }
}
