/**
 * Exam time as the service tells it: the `Exam-Time` header of each reply to a request with a token, taken at half the round trip.
 *
 * The computer's own clock never matters: `performance.now()` counts on whatever is done to it. The tightest estimate wins, an old one
 * loses trust as clocks drift apart, and one that contradicts what is known takes its place.
 */

const DRIFT = 100e-6; // quartz clocks differ by less than 100 ppm

/** @typedef {{offset: number, error: number, at: number}} Sample exam − own time, its uncertainty, when it was taken; ms */

export class ExamClock {
  /** @type {Sample | null} */
  #best = null;

  get known() {
    return this.#best !== null;
  }

  /** A reply to what was asked at `sent` and answered at `received` (own ms) says that it is `exam` (ms). */
  heard(exam, sent, received) {
    const sample = { offset: exam - (sent + received) / 2, error: (received - sent) / 2 + 0.5, at: received };
    const best = this.#best;
    if (best === null || sample.error <= this.#error(best, received) || this.#contradicts(sample, best)) this.#best = sample;
  }

  /** Exam time now; −∞ as long as no reply has told it. */
  now(own = performance.now()) {
    return this.#best === null ? -Infinity : own + this.#best.offset;
  }

  /** The exam time that has been reached whatever the uncertainty: for doors that open. */
  surely(own = performance.now()) {
    return this.#best === null ? -Infinity : this.now(own) - this.#error(this.#best, own);
  }

  #error(sample, own) {
    return sample.error + (own - sample.at) * DRIFT;
  }

  #contradicts(sample, best) {
    return Math.abs(sample.offset - best.offset) > sample.error + this.#error(best, sample.at) + 1;
  }
}
