/** Server-sent events of one token: opened again when they break, on from the last that came. */

/** The service keeps a quiet stream alive every few seconds; one that is silent for so long has died. */
const SILENT_MS = 15_000;

export class Events {
  #link;
  #token;
  #heard;
  #refused;
  #last = 0;
  #tries = 0;
  #closed = false;
  /** @type {import('node:http').ClientRequest | undefined} */
  #request;

  /**
   * @param {import('./link.js').Link} link @param {string} token
   * @param {(event: string, data: Record<string, string>) => void} heard
   * @param {() => void} refused the token is not known
   */
  constructor(link, token, heard, refused) {
    this.#link = link;
    this.#token = token;
    this.#heard = heard;
    this.#refused = refused;
    this.#run();
  }

  /** No more events. */
  close() {
    this.#closed = true;
    this.#request?.destroy();
  }

  async #run() {
    while (!this.#closed) {
      const status = await this.#listen();
      if (this.#closed) return;
      if (status === 401) {
        this.#refused();
        return;
      }
      // Who asks for the time finds out whether it is the network, and waits until it is back.
      if (status === undefined) await this.#link.ask(this.#link.timeRequest);
      await this.#link.pause(this.#tries);
      this.#tries += 1;
    }
  }

  /** One stream to its end. @returns {Promise<number | undefined>} its status; undefined where there was no answer, or it broke */
  #listen() {
    return new Promise((resolve) => {
      const headers = { Accept: 'text/event-stream', ...(this.#last ? { 'Last-Event-ID': this.#last } : {}) };
      const request = this.#link.open({ method: 'GET', path: '/v1/events', token: this.#token, headers });
      this.#request = request;
      let timer = setTimeout(() => request.destroy(), SILENT_MS);
      request.on('error', () => resolve(undefined));
      request.on('close', () => {
        clearTimeout(timer);
        resolve(undefined);
      });
      request.on('response', (response) => {
        if (response.statusCode !== 200) {
          response.resume();
          resolve(response.statusCode);
          return;
        }
        this.#tries = 0;
        let rest = '';
        response.setEncoding('utf8');
        response.on('error', () => resolve(undefined));
        response.on('data', (piece) => {
          timer.refresh();
          const blocks = (rest + piece).replaceAll('\r\n', '\n').split('\n\n');
          rest = blocks.pop();
          for (const block of blocks) this.#take(block);
        });
      });
      request.end();
    });
  }

  #take(block) {
    const fields = { id: '', event: 'message', data: '' };
    for (const line of block.split('\n')) {
      const [, name, value] = /^(id|event|data): ?(.*)$/.exec(line) ?? [];
      if (name) fields[name] = name === 'data' && fields.data ? `${fields.data}\n${value}` : value;
    }
    if (fields.id === '') return;
    const id = Number(fields.id);
    if (id <= this.#last) return;
    this.#last = id;
    this.#heard(fields.event, fields.data ? JSON.parse(fields.data) : {});
  }
}
