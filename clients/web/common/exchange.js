/**
 * One request and its reply, or one stream of pushes: how a page talks to the service, and when anything last moved on it.
 *
 * Nothing is cached, no cookie is sent, and no other origin is followed to. What has a body to carry goes by XMLHttpRequest, which alone tells how far a body has
 * been sent; all else by fetch. Nobody here waits for a time: `Links` gives up what has not moved for too long.
 */

/**
 * @typedef {{status: number, ok: boolean, headers: {get: (name: string) => string | null}, text: string, json: any, problem: string, detail: string}} Reply
 * @typedef {{method: string, path: string, headers: Record<string, string>, body?: Blob | string}} Request
 */

export class Exchange {
  sentAt = performance.now();
  /** When a byte was last seen to move. */
  movedAt = this.sentAt;
  /** When the reply's head came. */
  answeredAt = 0;
  /** @type {Promise<Reply | void>} rejects where it can't be made or is broken off */
  reply;
  #broken = new AbortController();

  /** @param {Request} request @param {(push: {id: number, event: string, data: any}) => void} [pushed] the reply is a stream of these */
  constructor(request, pushed) {
    this.carries = request.body instanceof Blob;
    this.reply = pushed ? this.#stream(request, pushed) : this.carries ? this.#sent(request) : this.#fetched(request);
  }

  abort() {
    this.#broken.abort();
  }

  moved() {
    this.movedAt = performance.now();
  }

  async #opened({ method, path, headers, body }) {
    const signal = this.#broken.signal;
    const response = await fetch(path, { method, headers, body, signal, cache: "no-store", credentials: "omit", redirect: "error" });
    this.moved();
    this.answeredAt = this.movedAt;
    return response;
  }

  async #fetched(request) {
    const response = await this.#opened(request);
    let text = "";
    for await (const piece of this.#pieces(response)) text += piece;
    return replyOf(response.status, response.headers, text);
  }

  #sent({ method, path, headers, body }) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open(method, path);
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
      request.upload.onprogress = request.onprogress = () => this.moved();
      request.onreadystatechange = () => request.readyState === request.HEADERS_RECEIVED && (this.answeredAt = performance.now());
      request.onload = () => resolve(replyOf(request.status, { get: (name) => request.getResponseHeader(name) }, request.responseText));
      request.onerror = request.onabort = () => reject(new Error("not answered"));
      this.#broken.signal.addEventListener("abort", () => request.abort(), { once: true });
      request.send(body);
    });
  }

  async #stream(request, pushed) {
    const response = await this.#opened(request);
    if (!response.ok) throw new Error(`no stream: ${response.status}`);
    let left = "";
    for await (const piece of this.#pieces(response)) {
      const blocks = (left + piece).split(/\r?\n\r?\n/);
      left = blocks.pop() ?? "";
      for (const block of blocks) tell(block, pushed);
    }
  }

  async *#pieces(response) {
    if (!response.body) return;
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { value, done } = await reader.read();
      this.moved();
      if (done) return;
      yield value;
    }
  }
}

/** @returns {Reply} */
export function replyOf(status, headers, text) {
  let json = null;
  try {
    json = text ? JSON.parse(text) : null;
  } catch {
    // an attachment is plain text
  }
  const type = typeof json?.type === "string" ? json.type : "";
  return {
    status,
    ok: status >= 200 && status < 300,
    headers,
    text,
    json,
    problem: type.replace("urn:viva:problem:", ""),
    detail: typeof json?.detail === "string" ? json.detail : "",
  };
}

/** Tells the push that a block of server-sent events holds, if it holds one. */
export function tell(block, pushed) {
  const fields = {};
  for (const line of block.split(/\r?\n/)) {
    const colon = line.indexOf(":");
    if (colon > 0) fields[line.slice(0, colon)] = line.slice(colon + 1).trimStart();
  }
  if (fields.event) pushed({ id: Number(fields.id ?? 0), event: fields.event, data: JSON.parse(fields.data || "{}") });
}
