/**
 * Which stage of the interview runs at which exam time: pure, from the plan that the service gave and what the candidate did.
 *
 * The end of preparation is the same for everyone; the lesson begins when the candidate begins it; in art the skill test begins when the
 * lesson's whole length is over. All times exam ms.
 */

/** @typedef {{lessonStarted?: number, lessonEnded?: number, finished?: number}} Course what the candidate decided so far */
/** @typedef {{stage: string, from: number, until: number}} Span */

export class Schedule {
  constructor(exam) {
    this.art = exam.track === "art";
    this.spans = exam.spans;
  }

  lessonStarted(/** @type {Course} */ course) {
    if (course.lessonStarted !== undefined) return course.lessonStarted;
    return this.spans.lesson_start ? this.spans.preparation + this.spans.lesson_start : undefined;
  }

  /** The stages known so far. @returns {Span[]} */
  spansOf(course) {
    const found = [{ stage: "preparation", from: 0, until: this.spans.preparation }];
    let from = this.lessonStarted(course);
    if (from === undefined) return found;
    for (const stage of this.art ? ["lesson", "skill_test", "presentation"] : ["lesson"]) {
      found.push({ stage, from, until: from + this.spans[stage] });
      from += this.spans[stage];
    }
    return found;
  }

  /** When the interview is over; undefined while that is open. */
  end(course) {
    const planned = this.lessonStarted(course) === undefined ? undefined : this.spansOf(course).at(-1).until;
    if (course.finished === undefined) return planned;
    return planned === undefined ? course.finished : Math.min(planned, course.finished);
  }

  /** The page that the interview shows at that time, once the candidate has left the device page. */
  pageAt(exam, course) {
    const end = this.end(course);
    if (end !== undefined && exam >= end) return "upload";
    if (exam < 0) return "waiting";
    const running = this.spansOf(course).findLast((span) => exam >= span.from);
    if (running.stage === "preparation" && exam >= running.until) return "lesson";
    return running.stage;
  }

  /** Every beginning and end of a stage at or before `exam`, in order. @returns {{stage: string, boundary: string, at: number}[]} */
  boundaries(exam, course) {
    const end = this.end(course);
    const found = [];
    for (const { stage, from, until } of this.spansOf(course)) {
      if (from > exam || (end !== undefined && from > end)) break;
      found.push({ stage, boundary: "started", at: from });
      const early = Math.min(
        stage === "lesson" ? (course.lessonEnded ?? Infinity) : Infinity,
        course.finished !== undefined && course.finished < until ? course.finished : Infinity,
      );
      if (early <= exam) found.push({ stage, boundary: "early-end", at: early });
      else if (until <= exam) found.push({ stage, boundary: "ended", at: until });
    }
    const waiting = found.at(-1)?.stage === "preparation" && found.at(-1).boundary === "ended"; // on the lesson's page, which was not begun
    if (waiting && course.finished <= exam) found.push({ stage: "lesson", boundary: "early-end", at: course.finished });
    return found;
  }
}
