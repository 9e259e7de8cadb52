/**
 * The laptop page (智试云), whole: what `Interview` does, and the end (the notice's section eight).
 *
 * Success is shown only when the service holds every byte of every recording; recordings stay on the computer until results are published;
 * after the end the interview can't be entered again.
 */

import { sentence } from "../common/texts.js";
import { Interview } from "./interview.js";

export class Laptop extends Interview {
  get uploadIsComplete() {
    return this.ended && this.recordings.idle && this.uploads.complete;
  }

  /** Before success, closing is warned about. */
  get mayClose() {
    return !this.entered || this.page === "done";
  }

  /** From entry to the end the screen stays on. */
  get isFilming() {
    return this.inside && !this.ended;
  }

  get uploadIsOverdue() {
    return this.ended && this.exam !== null && this.examTime >= this.kept.endedMs + this.exam.spans.upload_deadline && !this.uploadIsComplete;
  }

  /** 【重新上传】. */
  retry() {
    this.links.hurry();
    this.uploads.retry();
    this.beat();
  }

  /** Once results are published, recordings may go. */
  learned(session) {
    super.learned(session);
    if (session.published && this.uploadIsComplete) this.discardRecordings();
  }

  step() {
    super.step();
    if (!this.ended) return;
    this.page = this.uploadIsComplete ? "done" : "upload";
    if (this.examTime >= this.recordingStopsAt && this.recordings.idle) this.releaseDevices();
  }

  get alerts() {
    const said = super.alerts;
    const say = (code) => said.set(code, sentence(code, this.exam));
    if (this.askedToFinish) say("confirm-finish");
    if (this.page !== "upload" && this.page !== "done") return said;
    say("stop-phone");
    if (this.page === "done") say("upload-done");
    else if (this.uploads.failing) say("upload-failed");
    if (this.uploadIsOverdue) say("upload-overdue");
    return said;
  }
}
