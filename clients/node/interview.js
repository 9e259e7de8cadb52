/**
 * The laptop from the entry to the end: stages by the exam's clock, the question, recording, and the upload.
 *
 * The plan says when stages change; the candidate says when the lesson starts, and may end early. An outage changes none of it.
 */

import { randomUUID } from 'node:crypto';

import { texts } from './texts.js';

const STEP_MS = 1_000;
/** A question that did not load is asked for again by itself after so long. */
const AGAIN_MS = 5_000;
/** The pages on which a stage runs, or waits to be started; each can be ended early. */
const STAGES = ['preparation', 'lesson', 'skill_test', 'presentation'];

const enabled = { enabled: true };

export class Interview {
  #client;
  /** @type {string | undefined} */
  #question;
  #asking = false;
  #notLoaded = -Infinity;
  #confirming = false;
  #screenless = false;

  /** @param {import('./laptop.js').Laptop} client */
  constructor(client) {
    this.#client = client;
    client.state.told ??= [];
  }

  // -- coming in

  /** The service has let the candidate in. @param {{entered_ms: number}} reply */
  async entered({ entered_ms: entered }) {
    const { state, recordings } = this.#client;
    state.entered = entered;
    this.#client.settle();
    this.#client.page = state.waited ? 'waiting' : 'devices';
    recordings.screen.start();
    recordings.camera.start();
    this.#client.save();
    this.tick(this.#client.exam.now);
  }

  /** After a restart, or a login of who had entered: back to where the interview is. */
  async resume() {
    const client = this.#client;
    if (client.state.ended === undefined) {
      const headers = { 'Idempotency-Key': randomUUID() };
      const answer = await client.link.ask({ method: 'POST', path: '/v1/entry', token: client.state.token, headers });
      if (answer.status === 200) {
        await this.entered(answer.json);
        return;
      }
      if (answer.status === 401) {
        client.unauthorized();
        return;
      }
      if (answer.problem === 'ended' || answer.problem === 'too-late') client.state.ended ??= client.exam.now;
    }
    this.#over();
  }

  /** What the service says of the interview. @param {any} session */
  told({ entered_ms: entered, lesson_started_ms: started, ended_ms: ended }) {
    const { state } = this.#client;
    state.entered ??= entered ?? undefined;
    state.lesson ??= started ?? undefined;
    state.ended ??= ended ?? undefined;
  }

  // -- time

  /** When the stages begin, as far as it is known, exam ms. */
  get #stages() {
    const { plan, state } = this.#client;
    const { spans } = plan;
    const found = [{ stage: 'preparation', from: 0, to: spans.preparation }];
    if (state.lesson === undefined) return found;
    const lengths = [['lesson', spans.lesson]];
    if (plan.track === 'art') lengths.push(['skill_test', spans.skill_test], ['presentation', spans.presentation]);
    let at = state.lesson;
    for (const [stage, length] of lengths) {
      found.push({ stage, from: at, to: at + length });
      at += length;
    }
    return found;
  }

  /** @param {number} now exam ms */
  tick(now) {
    const { plan, state } = this.#client;
    if (!this.#client.inside || !this.#client.recordings.screen.wanted) {
      this.#finishUp();
      return;
    }
    const wait = plan.spans.lesson_start;
    if (state.lesson === undefined && wait !== undefined && now >= plan.spans.preparation + wait) {
      state.lesson = plan.spans.preparation + wait;
      this.#client.save();
    }
    for (const { stage, from, to } of this.#stages) {
      if (now >= from) this.#tell(stage, 'started', Math.max(from, stage === 'preparation' ? state.entered : from));
      if (now >= to && !state.told.includes(`${stage} early-end`)) this.#tell(stage, 'ended', to);
    }
    const last = this.#stages.at(-1);
    if (state.lesson !== undefined && now >= last.to) this.#end(last.to);
    else this.#turn(now);
    this.#watchScreen();
  }

  /** The page that stands at that time. */
  #turn(now) {
    const client = this.#client;
    if (now >= 0 && this.#question === undefined) this.#fetch(now);
    if (client.page === 'devices') return; // until 【进入待考】
    const running = this.#stages.find(({ from, to }) => now >= from && now < to);
    const page = now < 0 ? 'waiting' : (running?.stage ?? 'lesson');
    if (page === client.page) return;
    client.page = page;
    this.#confirming = false;
  }

  #tell(stage, boundary, at) {
    const { state, reports } = this.#client;
    const what = `${stage} ${boundary}`;
    if (state.told.includes(what)) return;
    state.told.push(what);
    reports.stage(stage, boundary, at);
  }

  // -- what the buttons do

  controls() {
    const { page, state } = this.#client;
    const shown = {};
    if (page === 'devices') shown.wait = enabled;
    if (page === 'preparation' && this.#question === undefined) shown.fetch_question = enabled;
    if (page === 'lesson' && state.lesson === undefined) shown.start = enabled;
    const over = page === 'lesson' && state.told.includes('lesson early-end');
    if (STAGES.includes(page) && !over) shown.finish = enabled;
    if (this.#confirming) Object.assign(shown, { confirm: enabled, cancel: enabled });
    if (page === 'upload' || page === 'done') shown.retry = enabled;
    return shown;
  }

  act(intent) {
    const { state, exam, link } = this.#client;
    switch (intent) {
      case 'wait':
        state.waited = true;
        this.#client.page = 'waiting';
        this.#client.settle();
        this.#client.recordings.camera.follow();
        this.tick(exam.now);
        return undefined;
      case 'start':
        state.lesson = exam.now;
        this.tick(exam.now);
        return undefined;
      case 'finish':
        this.#confirming = true;
        return undefined;
      case 'cancel':
        this.#confirming = false;
        return undefined;
      case 'confirm':
        this.#confirming = false;
        this.#endEarly(exam.now);
        return undefined;
      case 'fetch_question':
        this.#notLoaded = -Infinity;
        this.#fetch(exam.now);
        return undefined;
      case 'retry':
        link.retry();
        for (const each of Object.values(this.#client.uploaders)) each.again();
        this.#client.page = 'upload';
        return undefined;
      default:
        return undefined;
    }
  }

  #endEarly(now) {
    const { page, plan, state } = this.#client;
    this.#tell(page, 'early-end', now);
    const goesOn = plan.track === 'art' && page === 'lesson' && state.lesson !== undefined;
    if (!goesOn) this.#end(now);
  }

  // -- the question

  async #fetch(now) {
    if (this.#asking || now - this.#notLoaded < AGAIN_MS) return;
    this.#asking = true;
    const { link, state } = this.#client;
    const answer = await link.ask({ method: 'GET', path: '/v1/question', token: state.token });
    this.#asking = false;
    if (this.#client.state.ended !== undefined) return;
    if (answer.status === 200 && answer.json?.text) {
      this.#question = answer.json.text;
      this.#notLoaded = -Infinity;
    } else if (answer.problem !== 'too-early') {
      this.#notLoaded = now;
    }
    this.#client.touch();
  }

  // -- devices

  /** Devices came or went while the interview runs. */
  replugged() {
    const { lost, state, reports, exam } = this.#client;
    const gone = lost.map(({ id }) => id);
    for (const id of gone) {
      if (!state.missing?.includes(id)) reports.incident('device-lost', exam.now);
    }
    state.missing = gone;
    this.#client.save();
  }

  /** @param {string} stream */
  captureBroke(stream) {
    const { reports, exam } = this.#client;
    if (stream === 'screen') reports.incident('capture-stopped', exam.now);
  }

  #watchScreen() {
    const { devices, reports, exam } = this.#client;
    const screenless = !devices.some((device) => device.kind === 'screen');
    if (screenless && !this.#screenless) reports.incident('capture-stopped', exam.now);
    this.#screenless = screenless;
  }

  // -- the end

  #end(at) {
    const { state } = this.#client;
    state.ended = at;
    this.#client.save();
    this.#over();
  }

  /** Nothing of the interview is left but its recordings. */
  #over() {
    const client = this.#client;
    this.#question = undefined;
    this.#confirming = false;
    client.page = 'upload';
    for (const each of Object.values(client.recordings)) each.stop();
    client.touch();
  }

  #finishUp() {
    const client = this.#client;
    if (client.page !== 'upload') return;
    const idle = Object.values(client.recordings).every((each) => !each.wanted && !each.running);
    const told = client.reports.empty;
    if (idle && told && Object.values(client.uploaders).every((each) => each.done)) client.page = 'done';
  }

  // -- what is shown

  alerts() {
    const { page, plan, state, exam, link, contact } = this.#client;
    const alerts = [];
    const say = (code, text) => alerts.push({ code, text });
    if (page === 'preparation' && this.#notLoaded > -Infinity) say('not-loaded', texts.notLoaded);
    if (this.#confirming) say('confirm-finish', texts.confirmFinish);
    if (this.#client.inside && this.#screenless) say('no-screen', texts.noScreen);
    if (page === 'upload' || page === 'done') say('stop-phone', texts.stopPhone);
    if (page === 'done') say('upload-done', texts.uploaded);
    if (page === 'upload') {
      say('other', texts.uploading);
      const failing = Object.values(this.#client.uploaders).some((each) => each.failing && !each.done);
      if (failing || link.offline) say('upload-failed', texts.uploadFailed(contact));
      if (exam.now > state.ended + plan.spans.upload_deadline) say('upload-overdue', texts.overdue(contact));
    }
    return alerts;
  }

  show() {
    const { page, state, exam } = this.#client;
    const now = exam.now;
    const staged = this.#client.inside && !['devices', 'waiting'].includes(page);
    const countdowns = [];
    if (page === 'waiting') countdowns.push(countdown('waiting', -now));
    const running = staged && this.#stages.find(({ stage }) => stage === page);
    if (running) countdowns.push(countdown(page, running.to - now));
    return {
      ...(countdowns.length > 0 && { countdowns }),
      ...(staged && {
        question: this.#question === undefined ? { present: false } : { present: true, text: this.#question },
        text: [state.name, state.admission],
      }),
    };
  }
}

/** @param {string} stage @param {number} left ms */
function countdown(stage, left) {
  return { stage, remaining_ms: Math.max(0, Math.ceil(left / STEP_MS) * STEP_MS), resolution_ms: STEP_MS };
}
