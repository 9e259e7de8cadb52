/** The laptop up to the entry: device check, login, binding, attachments, lobby. */

import { randomUUID } from 'node:crypto';

import { DeviceCheck, still } from './device-check.js';
import { texts } from './texts.js';

/** What a push may have told is asked for so often, ms. */
const POLL_MS = 2_000;
/** A button that opens by the clock opens a little after it, not a little before. */
const CLOCK_MARGIN_MS = 20;

const enabled = { enabled: true };
const able = (is) => ({ enabled: Boolean(is) });

export class Arrival {
  #client;
  #alerts = new Map();
  #busy = new Set();
  #bound = false;
  #binding;
  /** What opening an attachment showed, by id. */
  #texts = new Map();
  #polled = -Infinity;
  #failedOnce = false;

  /** @param {import('./laptop.js').Laptop} client */
  constructor(client) {
    this.#client = client;
    this.check = new DeviceCheck(client);
    client.state.read ??= [];
    client.state.opened ??= [];
  }

  /** Finds out where to go on. */
  async begin() {
    const client = this.#client;
    this.check.start();
    const plan = await this.#ask({ method: 'GET', path: '/v1/exam' });
    if (plan.status === 401) {
      this.tokenLost();
      return;
    }
    client.planned(plan.json);
    client.save();
    client.listen(this.#token);
    await this.#session();
    if (client.state.ended !== undefined || client.state.entered !== undefined) {
      this.#leave();
      await client.interview.resume();
    } else if (client.state.token) {
      this.#leave();
      client.page = this.#place();
    }
    client.touch();
  }

  /** The token is gone: the way in begins again, with the ticket. */
  tokenLost() {
    const client = this.#client;
    if (!client.state.token) return;
    client.state.token = undefined;
    client.save();
    client.listen(client.ticket);
    if (client.page !== 'check') client.page = 'login';
    client.touch();
    if (!client.plan) this.begin();
  }

  pushed(event, data) {
    if (event === 'phone-bound') this.#bound = true;
    if (event === 'phone-released') this.#bound = false;
    // A new stream replays it with its own token.
    if (event === 'login-completed' && data.token !== this.#client.state.token) this.#loggedIn(data);
  }

  /** @param {number} now exam ms */
  tick(now) {
    const { page, plan, link } = this.#client;
    if (!plan || link.offline) return;
    if (page === 'bind' && this.#binding && now >= this.#binding.expires_ms) this.#showCode();
    const waits = page === 'bind' || (page === 'login' && (this.#failedOnce || this.#client.state.consent === 'declined'));
    if (waits && performance.now() - this.#polled > POLL_MS) this.#session();
  }

  controls() {
    const { page, plan, state, exam } = this.#client;
    switch (page) {
      case 'check':
        return { proceed: able(plan && Object.values(this.check.lines).every((line) => line.state === 'working')) };
      case 'login': {
        const open = plan && exam.now >= plan.windows.login_opens + CLOCK_MARGIN_MS;
        const login = able(open && state.consent === 'given' && !this.#busy.has('login'));
        return state.consent ? { login } : { consent: enabled, decline: enabled, login };
      }
      case 'bind':
        return { show_code: enabled, refresh: enabled, proceed: able(this.#bound) };
      case 'attachments':
        return { open: enabled, read: enabled, proceed: able(this.#allRead) };
      case 'lobby':
        return { refresh: enabled, ...(this.#tooLate ? {} : { enter: able(this.#mayEnter) }) };
      default:
        return {};
    }
  }

  get #mayEnter() {
    const { plan, exam } = this.#client;
    return exam.now >= plan.windows.entry_opens + CLOCK_MARGIN_MS && !this.#busy.has('enter');
  }

  get #tooLate() {
    const { plan, exam } = this.#client;
    return exam.now >= plan.windows.entry_closes;
  }

  get #allRead() {
    const { plan, state } = this.#client;
    return plan.attachments.every(({ id }) => state.read.includes(id));
  }

  get #token() {
    return this.#client.state.token ?? this.#client.ticket;
  }

  act(intent, args) {
    switch (intent) {
      case 'proceed':
        return this.#proceed();
      case 'consent':
      case 'decline':
        return this.#consent(intent === 'consent');
      case 'login':
        return this.#login();
      case 'show_code':
        return this.#showCode();
      case 'refresh':
        this.#session();
        return undefined;
      case 'open':
        return this.#open(args.id);
      case 'read':
        return this.#read(args.id);
      case 'enter':
        return this.#enter();
      default:
        return undefined;
    }
  }

  alerts() {
    const { page, plan, exam, state } = this.#client;
    const alerts = [...this.#alerts].map(([code, text]) => ({ code, text }));
    const say = (code, text) => alerts.push({ code, text });
    if (page === 'check') {
      const { camera, microphone } = this.check.lines;
      if (camera.state === 'failed') say('no-camera', camera.reason);
      if (microphone.state === 'failed') say('no-microphone', microphone.reason);
    }
    if (page === 'login' && plan && exam.known) {
      const wait = plan.windows.login_opens - exam.now;
      if (wait > 0 && !this.#alerts.has('too-early')) say('too-early', texts.opens(wait, -plan.windows.login_opens));
      if (state.consent === 'declined') say('other', texts.desk(this.#client.contact));
    }
    if (page === 'lobby' && this.#tooLate && !this.#alerts.has('too-late')) {
      say('too-late', texts.tooLate(this.#client.contact));
    }
    return alerts;
  }

  show() {
    const { page, plan, state } = this.#client;
    switch (page) {
      case 'check':
        return { checks: this.check.lines };
      case 'login':
        return { text: plan ? [plan.consent] : [] };
      case 'bind':
        return { binding: { code: this.#binding?.code ?? '', bound: this.#bound } };
      case 'attachments':
        return {
          binding: { bound: this.#bound },
          attachments: plan.attachments.map(({ id, title }) => ({
            id,
            title,
            opened: state.opened.includes(id),
            read: state.read.includes(id),
            text: this.#texts.get(id) ?? '',
          })),
        };
      case 'lobby':
        return { binding: { bound: this.#bound } };
      default:
        return {};
    }
  }

  // -- what the buttons do

  #proceed() {
    const client = this.#client;
    if (client.page === 'check') this.check.stop();
    if (client.page === 'check') client.page = client.state.token ? this.#place() : 'login';
    else if (client.page === 'bind') client.page = this.#allRead ? 'lobby' : 'attachments';
    else client.page = 'lobby';
    this.#alerts.clear();
    return undefined;
  }

  #consent(given) {
    const { state } = this.#client;
    state.consent = given ? 'given' : 'declined';
    this.#client.save();
    this.#post('/v1/consent', { json: { given } });
    return undefined;
  }

  #login() {
    this.#during('login', async () => {
      this.#alerts.clear();
      for (;;) {
        const { camera } = this.#client.chosen;
        const taken = this.#client.exam.now;
        const picture = camera && (await still(camera.still));
        if (!picture) {
          this.#alerts.set('no-camera', '没有摄像头画面，无法拍摄人脸照片。');
          return;
        }
        const headers = { 'Content-Type': 'image/jpeg', 'Captured-Ms': taken };
        const answer = await this.#post('/v1/login', { headers, body: picture });
        if (answer.status === 200) this.#loggedIn(answer.json);
        else if (answer.problem !== 'still-stale') this.#refused(answer);
        if (answer.problem !== 'still-stale') return;
      }
    });
    return undefined;
  }

  #refused(answer) {
    const known = ['face-mismatch', 'face-covered', 'too-early', 'too-late', 'second-session'];
    const code = known.includes(answer.problem) ? answer.problem : 'other';
    this.#alerts.set(code, texts.refused(answer.json?.detail, this.#client.contact));
    this.#failedOnce = true;
  }

  #loggedIn({ token, name, admission_number: admission }) {
    const client = this.#client;
    Object.assign(client.state, { token, name, admission });
    client.save();
    client.listen(token);
    this.#alerts.clear();
    this.#leave();
    this.#session().then(async () => {
      if (client.state.entered !== undefined || client.state.ended !== undefined) await client.interview.resume();
      else client.page = this.#place();
      client.reports.go();
      for (const each of Object.values(client.uploaders)) each.go();
      client.touch();
    });
  }

  #showCode() {
    this.#during('show_code', async () => {
      const answer = await this.#post('/v1/binding');
      if (answer.status === 200) this.#binding = answer.json;
    });
    return undefined;
  }

  #open(id) {
    const { plan, state } = this.#client;
    if (!plan.attachments.some((each) => each.id === id)) return '没有这一附件。';
    this.#during(`open ${id}`, async () => {
      const answer = await this.#ask({ method: 'GET', path: `/v1/attachments/${encodeURIComponent(id)}` });
      if (answer.status !== 200 || !answer.text) {
        this.#alerts.set('not-loaded', texts.notLoaded);
        return;
      }
      this.#alerts.delete('not-loaded');
      this.#texts.set(id, answer.text);
      if (!state.opened.includes(id)) state.opened.push(id);
      this.#client.save();
    });
    return undefined;
  }

  #read(id) {
    const { plan, state } = this.#client;
    if (!plan.attachments.some((each) => each.id === id)) return '没有这一附件。';
    if (!state.opened.includes(id)) return '请先打开文件阅读。';
    this.#during(`read ${id}`, async () => {
      const answer = await this.#ask({ method: 'PUT', path: `/v1/attachments/${encodeURIComponent(id)}/read` });
      if (answer.status >= 300) return;
      if (!state.read.includes(id)) state.read.push(id);
      this.#client.save();
    });
    return undefined;
  }

  #enter() {
    this.#during('enter', async () => {
      const answer = await this.#post('/v1/entry');
      if (answer.status === 200) await this.#client.interview.entered(answer.json);
      else this.#notEntered(answer);
    });
    return undefined;
  }

  #notEntered(answer) {
    const client = this.#client;
    if (answer.problem === 'ended') {
      client.interview.resume();
      return;
    }
    if (answer.problem === 'not-bound') client.page = 'bind';
    if (answer.problem === 'not-read') client.page = 'attachments';
    if (answer.problem === 'too-early') return; // it opens by the clock
    const code = ['not-bound', 'not-read', 'too-late'].includes(answer.problem) ? answer.problem : 'other';
    this.#alerts.set(code, texts.refused(answer.json?.detail, client.contact));
    this.#session();
  }

  // -- what the service knows

  async #session() {
    const client = this.#client;
    this.#polled = performance.now();
    const answer = await this.#ask({ method: 'GET', path: '/v1/session' });
    if (answer.status !== 200) return;
    const { json } = answer;
    this.#bound = json.bound;
    client.state.read = [...new Set([...client.state.read, ...(json.read ?? [])])];
    client.interview.told(json);
    client.save();
    if (json.logged_in && !client.state.token) await this.#fetchToken();
    client.touch();
  }

  /** The desk has completed the login, and its push was lost. */
  async #fetchToken() {
    if (this.#busy.has('login')) return;
    const answer = await this.#post('/v1/login', { headers: { 'Captured-Ms': this.#client.exam.now } });
    if (answer.status === 200) this.#loggedIn(answer.json);
    else if (answer.problem === 'second-session') this.#refused(answer);
  }

  #place() {
    if (!this.#bound) return 'bind';
    return this.#allRead ? 'lobby' : 'attachments';
  }

  #leave() {
    this.check.stop();
  }

  async #ask(request) {
    const answer = await this.#client.link.ask({ token: this.#token, ...request });
    if (answer.status === 401) this.tokenLost();
    return answer;
  }

  #post(path, { headers, ...rest } = {}) {
    return this.#ask({ method: 'POST', path, headers: { 'Idempotency-Key': randomUUID(), ...headers }, ...rest });
  }

  /** Does it unless it is being done. */
  async #during(what, work) {
    if (this.#busy.has(what)) return;
    this.#busy.add(what);
    try {
      await work();
    } finally {
      this.#busy.delete(what);
      this.#client.touch();
    }
  }
}
