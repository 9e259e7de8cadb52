/** What happened, told to the service in the order in which it happened; what is not told yet survives a restart. */

import { randomUUID } from 'node:crypto';

/**
 * @typedef {object} Report
 * @property {string} key
 * @property {string} path
 * @property {any} json
 */

export class Reports {
  #client;
  #going = false;

  /** @param {import('./client.js').Client} client whose `state.reports` holds what is still to be told */
  constructor(client) {
    this.#client = client;
    client.state.reports ??= [];
  }

  /** A change of stage. @param {string} stage @param {'started' | 'ended' | 'early-end'} boundary @param {number} at exam ms */
  stage(stage, boundary, at) {
    this.#put('/v1/stages', { stage, boundary, at_ms: at });
  }

  /** An incident. @param {string} what @param {number} at exam ms @param {string} [text] */
  incident(what, at, text = '') {
    this.#put('/v1/reports', { what, at_ms: at, text });
  }

  /** Whether all is told. */
  get empty() {
    return this.#client.state.reports.length === 0;
  }

  #put(path, json) {
    this.#client.state.reports.push({ key: randomUUID(), path, json });
    this.#client.save();
    this.go();
  }

  /** Tells what waits; harmless while it is being told. */
  async go() {
    const { state, link } = this.#client;
    if (this.#going || !link) return;
    this.#going = true;
    while (state.reports.length > 0 && state.token) {
      const [{ key, path, json }] = state.reports;
      const headers = { 'Idempotency-Key': key };
      const answer = await link.ask({ method: 'POST', path, token: state.token, headers, json });
      if (answer.status === 401) {
        this.#client.unauthorized();
        break;
      }
      state.reports.shift(); // granted, or refused for good
      this.#client.save();
    }
    this.#going = false;
  }
}
