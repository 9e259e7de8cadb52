/** 【求助】: the candidate asks the desk, and its answer is shown. */

import { randomUUID } from 'node:crypto';

import { texts } from './texts.js';

/** The answer's push may be lost: it is asked for so often, ms. */
const POLL_MS = 3_000;

export class Help {
  #client;
  #sent = false;
  #answer = '';
  #id = '';
  #asked = -Infinity;

  /** @param {import('./laptop.js').Laptop} client */
  constructor(client) {
    this.#client = client;
  }

  /** @param {string} text @returns {undefined} */
  ask(text) {
    const { link, state } = this.#client;
    const headers = { 'Idempotency-Key': randomUUID() };
    this.#answer = '';
    link.ask({ method: 'POST', path: '/v1/help', token: state.token, headers, json: { text } }).then(({ json, status }) => {
      if (status >= 300) return;
      this.#sent = true;
      this.#id = json.id;
      this.#answered(json.answer);
    });
  }

  pushed(event, { id, answer }) {
    if (event === 'help-answered' && (id === this.#id || !this.#id)) this.#answered(answer);
  }

  tick() {
    if (!this.#id || this.#answer || performance.now() - this.#asked < POLL_MS) return;
    this.#asked = performance.now();
    const { link, state } = this.#client;
    link.attempt({ method: 'GET', path: `/v1/help/${this.#id}`, token: state.token }).then((reply) => {
      if (reply?.status === 200) this.#answered(reply.json.answer);
    });
  }

  alerts() {
    if (this.#answer) return [{ code: 'help-answer', text: texts.helpAnswer(this.#answer) }];
    return this.#sent ? [{ code: 'help-sent', text: texts.helpSent }] : [];
  }

  #answered(answer) {
    this.#answer = answer ?? '';
    this.#client.touch();
  }
}
