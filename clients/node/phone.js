/** The phone: binds by a code, films the candidate from then on, and uploads, live and after the stop. */

import { randomUUID } from 'node:crypto';

import { Recording } from './capture.js';
import { Client } from './client.js';
import { texts } from './texts.js';

/** Whether the interview is over is asked for so often, ms. */
const POLL_MS = 3_000;
const PAYLOAD = /^viva-bind:/;

const enabled = { enabled: true };

export class Phone extends Client {
  intents = ['scan', 'type_code', 'record', 'stop', 'confirm', 'cancel', 'retry', 'leave', 'return'];
  views = ['controls', 'alerts', 'upload', 'network', 'recording', 'text'];
  page = 'pair';

  #alert;
  #binding = false;
  #confirming = false;
  #over = false;
  #polled = -Infinity;

  /** @param {string} folder @param {(view: any) => void} changed */
  constructor(folder, changed) {
    super(folder, changed, ['evidence']);
    this.recording = new Recording(this, 'evidence', () => {
      const cameras = this.devices.filter((device) => device.kind === 'camera');
      const front = cameras.find((device) => device.facing === 'user');
      const microphone = this.devices.find((device) => device.kind === 'microphone');
      return front && { picture: front, microphone };
    });
  }

  begin() {
    if (!this.state.token) return;
    this.listen(this.state.token);
    if (this.state.stopped) {
      this.page = 'upload';
      return;
    }
    this.#film();
    this.#tellGap();
  }

  /** It was killed while it filmed: from when to when nothing was filmed is not known better than from now on. */
  async #tellGap() {
    await this.link.ask(this.link.timeRequest);
    this.reports.incident('gap', this.exam.now);
  }

  tick() {
    if (this.page === 'filming' && performance.now() - this.#polled > POLL_MS) this.#poll();
    const { done, segments } = this.uploaders.evidence;
    if (this.page === 'upload' && !this.recording.running && segments.every((each) => each.finished) && done) {
      this.page = 'done';
    }
  }

  async #poll() {
    this.#polled = performance.now();
    const answer = await this.link.attempt({ method: 'GET', path: '/v1/session', token: this.state.token });
    if (answer?.status === 200) this.#over = answer.json.stage === 'ended';
  }

  pushed(event) {
    if (event === 'phone-released') this.#released();
  }

  unauthorized() {
    this.state.token = undefined;
    this.save();
    this.#released();
  }

  /** The desk has taken the binding back: what was filmed is uploaded, and the phone may be bound again. */
  #released() {
    this.recording.stop();
    if (this.page === 'filming') this.page = 'pair';
    this.touch();
  }

  replugged() {
    this.recording.follow();
  }

  async closing() {
    await this.recording.stop();
  }

  controls() {
    const bindable = { enabled: !this.#binding };
    switch (this.page) {
      case 'pair':
        return { scan: bindable, type_code: bindable };
      case 'filming':
        return { stop: enabled, ...(this.#confirming && { confirm: enabled, cancel: enabled }) };
      case 'upload':
      case 'done':
        return { retry: enabled };
      default:
        return {};
    }
  }

  unavailable(intent) {
    if (intent !== 'leave' && intent !== 'return') return undefined;
    if (intent === 'leave' && this.page === 'filming') this.reports.incident('app-left', this.exam.now);
    return { status: 'done' }; // recording goes on
  }

  act(intent, args) {
    switch (intent) {
      case 'type_code':
        return this.#bind({ code: args.code ?? '' });
      case 'scan':
        if (!PAYLOAD.test(args.payload ?? '')) return '没有识别出二维码，请输入绑定码。';
        return this.#bind({ payload: args.payload });
      case 'stop':
        if (this.#over) return this.#stop();
        this.#confirming = true;
        return undefined;
      case 'confirm':
        return this.#stop();
      case 'cancel':
        this.#confirming = false;
        return undefined;
      case 'retry':
        this.link.retry();
        this.uploaders.evidence.again();
        this.page = 'upload';
        return undefined;
      default:
        return undefined;
    }
  }

  #bind(json) {
    this.#binding = true;
    this.#alert = undefined;
    const request = { method: 'POST', path: '/v1/phone/bind', token: this.state.token, json };
    this.link.ask({ ...request, headers: { 'Idempotency-Key': randomUUID() } }).then((answer) => {
      this.#binding = false;
      if (answer.status === 200) this.#bound(answer.json);
      else this.#refused(answer);
      this.touch();
    });
    return undefined;
  }

  #refused(answer) {
    const known = ['wrong-code', 'code-expired', 'code-used'];
    const code = known.includes(answer.problem) ? answer.problem : 'other';
    this.#alert = { code, text: answer.json?.detail || '没有绑定成功，请核对绑定码。' };
  }

  #bound({ token, exam }) {
    this.state.token = token;
    this.state.stopped = false;
    this.planned(exam);
    this.save();
    this.listen(token);
    this.#film();
    this.reports.go();
    this.uploaders.evidence.go();
  }

  #film() {
    this.page = 'filming';
    this.recording.start();
  }

  #stop() {
    this.#confirming = false;
    this.state.stopped = true;
    this.save();
    this.page = 'upload';
    this.recording.stop();
    return undefined;
  }

  show() {
    const { page, link } = this;
    const uploader = this.uploaders.evidence;
    const alerts = [];
    if (this.#alert) alerts.push(this.#alert);
    if (link?.offline) alerts.push({ code: 'offline', text: texts.offline });
    if (this.#confirming) alerts.push({ code: 'confirm-stop', text: texts.confirmStop });
    if (page === 'done') alerts.push({ code: 'upload-done', text: texts.uploaded });
    if (page === 'upload' && (uploader.failing || link.offline)) {
      alerts.push({ code: 'upload-failed', text: texts.uploadFailed(this.contact) });
    }
    return {
      page,
      controls: this.controls(),
      network: link?.offline ? 'offline' : 'online',
      recording: this.recording.running,
      alerts,
      text: page === 'pair' ? [texts.pair] : page === 'filming' ? [texts.filming, texts.pan] : [],
      ...(uploader.segments.length > 0 && { upload: this.uploadShown() }),
    };
  }
}
