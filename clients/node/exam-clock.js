/** Exam time, ms relative to T0, from the service's replies and a monotonic clock. The computer's own date is never asked. */

/** An estimate grows worse by so much of its age: cheap oscillators are off by less. */
const DRIFT = 1e-4;

/** @returns {number} ms of a clock that only goes forward */
export const monotonic = () => performance.now();

export class ExamClock {
  #offset = 0;
  #error = Infinity;
  #taken = 0;

  /** Whether any reply has told the time yet. */
  get known() {
    return this.#error < Infinity;
  }

  /** Exam time now, whole ms. */
  get now() {
    return Math.floor(monotonic() + this.#offset);
  }

  /**
   * A reply to a request that left at `sent` came at `received` and said that it was `exam` when it left.
   * @param {number} exam @param {number} sent @param {number} received
   */
  told(exam, sent, received) {
    const error = (received - sent) / 2;
    if (error > this.#error + (received - this.#taken) * DRIFT) return;
    this.#offset = exam - (sent + received) / 2;
    this.#error = error;
    this.#taken = received;
  }
}
