/**
 * The skeleton of a client: it speaks the harness's protocol and shows its first page, and can do nothing yet.
 *
 * One JSON-RPC message a line on stdin and stdout; log to stderr only. docs/protocol.md says what each act does and what a view may show;
 * docs/writing-an-adapter.md says in which order to build it, and clients/node is a whole client in this language.
 */

import { createInterface } from 'node:readline';

const PROTOCOL = 1;
const METHOD_NOT_FOUND = -32601;
/** The acts that this build knows so far; each has to be answered with "done" or "refused", every other with "unsupported". */
const INTENTS = { laptop: ['proceed'], phone: ['type_code'] };
/** The keys of a view that it can show so far. */
const VIEWS = { laptop: ['controls', 'checks'], phone: ['controls'] };

/** One role. `stateDir` is all that survives when the process is killed. */
class Client {
  seq = 1;
  devices = [];

  constructor(role, stateDir) {
    this.role = role;
    this.stateDir = stateDir;
  }

  /** The candidate starts the client. Begin here: ask the service for the exam, and look at the devices. */
  open(serviceUrl, ticket, devices) {
    this.devices = devices;
  }

  /** The candidate acts. Return at once; what comes of it is shown in a view. */
  do(intent, args) {
    if (!INTENTS[this.role].includes(intent)) {
      return { status: 'unsupported', reason: `this build does not know ${intent}` };
    }
    return { status: 'refused', reason: 'that button is not enabled' };
  }

  /** Everything that the candidate can see now. Notify `changed` with the whole of it, `seq` raised, whenever it changes. */
  view() {
    if (this.role === 'phone') {
      return { seq: this.seq, page: 'pair', controls: { type_code: { enabled: false } } };
    }
    const checking = { state: 'checking' };
    return {
      seq: this.seq,
      page: 'check',
      controls: { proceed: { enabled: false } },
      checks: { camera: checking, microphone: checking, recording: checking },
    };
  }
}

let client;

const methods = {
  initialize({ role, state_dir: stateDir }) {
    client = new Client(role, stateDir);
    return {
      name: '@NAME@',
      version: '0.1.0',
      protocol: PROTOCOL,
      intents: INTENTS[role],
      views: VIEWS[role],
      capture: ['encoded'], // or "raw", where it can encode
    };
  },
  open({ service_url: serviceUrl, ticket, devices }) {
    client.open(serviceUrl, ticket, devices);
    return {};
  },
  devices({ devices }) {
    client.devices = devices;
    return {};
  },
  do: ({ intent, args }) => client.do(intent, args),
  view: () => client.view(),
  close: () => ({}),
};

/** Writes one message. `send({ method: 'changed', params: client.view() })` is how a view is notified. */
const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (Object.hasOwn(methods, method)) send({ id, result: methods[method](params ?? {}) });
  else send({ id, error: { code: METHOD_NOT_FOUND, message: `no method ${method}` } });
  if (method === 'close') lines.close(); // nothing is left to do, so the process ends
});
