/**
 * A client of an online interview on Node, laptop and phone in one program, without dependencies: an adapter in another language.
 *
 * It was written from `docs/protocol.md`, `docs/openapi.json` and `docs/schemas` alone, and is a model for whoever writes one. It can't
 * encode media, so it takes them `encoded`: it stores the WebM that it is given, cuts it into segments, and uploads them while they grow.
 *
 *     main.js           the conversation with the harness: which calls there are, and which client plays
 *     rpc.js            JSON-RPC 2.0 on stdin and stdout, a message a line
 *     client.js         what both clients are: devices, view, the ticking of time
 *     laptop.js         the laptop: arrival.js up to the entry, interview.js from the entry to the end
 *     phone.js          the phone: binds, films, uploads
 *     link.js           HTTP: requests tried again until they are answered, one probe while the network is away
 *     events.js         server-sent events
 *     exam-clock.js     exam time from the service's replies
 *     capture.js        recording a device into segments; device-check.js, whether it works; webm.js, how WebM is cut
 *     uploader.js       tus: segments to the service, on from what it holds
 *     reports.js        what happened, told in order
 *     store.js          what survives SIGKILL: one document and the recordings
 *     texts.js          what the candidate is told, in Chinese
 *
 * Laws: the wall clock is never asked; the question is never written to disk; what is not acknowledged is kept.
 */

import { Laptop } from './laptop.js';
import { Phone } from './phone.js';
import { INVALID_PARAMS, METHOD_NOT_FOUND, RpcError, serve } from './rpc.js';

const PROTOCOL = 1;
const CLIENTS = { laptop: Laptop, phone: Phone };

/** @type {import('./client.js').Client | undefined} */
let client;

const opened = () => {
  if (!client) throw new RpcError(INVALID_PARAMS, 'initialize comes first');
  return client;
};

const methods = {
  initialize({ role, state_dir: folder }) {
    const Role = CLIENTS[role];
    if (!Role || typeof folder !== 'string') {
      throw new RpcError(INVALID_PARAMS, 'role is laptop or phone, state_dir a folder');
    }
    client = new Role(folder, (view) => rpc.notify('changed', view));
    return {
      name: 'Viva client on Node',
      version: '0.1.0',
      protocol: PROTOCOL,
      intents: client.intents,
      views: client.views,
      capture: ['encoded'],
    };
  },
  open({ service_url: url, ticket, devices }) {
    opened().open(url, ticket, devices);
    return {};
  },
  devices({ devices }) {
    opened().plugged(devices);
    return {};
  },
  do({ intent, args }) {
    return opened().do(intent, args ?? {});
  },
  view() {
    return opened().view();
  },
  async close() {
    await client?.close();
    rpc.end();
    return {};
  },
};

const rpc = serve(async (method, params) => {
  if (!Object.hasOwn(methods, method)) throw new RpcError(METHOD_NOT_FOUND, `no such method: ${method}`);
  return methods[method](params);
});
