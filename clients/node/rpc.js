/** JSON-RPC 2.0 on stdin and stdout, one message a line. Whatever goes wrong in a call is its answer, never the end of the process. */

import { createInterface } from 'node:readline';

export const PARSE_ERROR = -32700;
export const INVALID_REQUEST = -32600;
export const METHOD_NOT_FOUND = -32601;
export const INVALID_PARAMS = -32602;
export const INTERNAL_ERROR = -32603;

/** An error that is told to the caller as it is. */
export class RpcError extends Error {
  /**
   * @param {number} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/**
 * Answers calls until stdin ends or `end` is called; calls are answered in the order in which they came.
 * @param {(method: string, params: any) => Promise<any>} handle
 */
export function serve(handle) {
  const lines = createInterface({ input: process.stdin, crlfDelay: Infinity });
  let turn = Promise.resolve();

  const write = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);

  const answer = async (line) => {
    let call;
    try {
      call = JSON.parse(line);
    } catch {
      write({ id: null, error: { code: PARSE_ERROR, message: 'not JSON' } });
      return;
    }
    const id = call?.id ?? null;
    if (call?.jsonrpc !== '2.0' || typeof call.method !== 'string') {
      write({ id, error: { code: INVALID_REQUEST, message: 'not a JSON-RPC 2.0 request' } });
      return;
    }
    try {
      write({ id, result: await handle(call.method, call.params ?? {}) });
    } catch (error) {
      if (!(error instanceof RpcError)) console.error(error);
      write({ id, error: { code: error instanceof RpcError ? error.code : INTERNAL_ERROR, message: String(error.message) } });
    }
  };

  lines.on('line', (line) => {
    turn = turn.then(() => answer(line));
  });
  lines.on('close', () => turn.then(() => process.exit(0)));

  return {
    /** @param {string} method @param {any} params */
    notify: (method, params) => write({ method, params }),
    /** No more calls are read; the process ends once what was asked is answered. */
    end: () => lines.close(),
  };
}
