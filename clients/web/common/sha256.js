/**
 * SHA-256 (FIPS 180-4) that goes on where it left off: a recording is hashed as it grows, so that its end needs no second reading of it.
 *
 * The browser's own digest takes a whole buffer at once; a recording of an art interview has hundreds of megabytes. Held against
 * `crypto.subtle.digest` and the standard's own examples in the tests.
 */

const BLOCK = 64;

/** The first 32 bits of the fractional part of `root` of each of the first `count` primes (FIPS 180-4, 4.2.2 and 5.3.3). */
function fractions(count, root) {
  const found = [];
  for (let candidate = 2; found.length < count; candidate += 1) {
    let prime = true;
    for (let divisor = 2; divisor * divisor <= candidate; divisor += 1) prime &&= candidate % divisor !== 0;
    if (prime) found.push(((root(candidate) % 1) * 2 ** 32) | 0);
  }
  return found;
}

const ROUNDS = new Int32Array(fractions(64, Math.cbrt));
const BEGINNING = fractions(8, Math.sqrt);

export class Sha256 {
  #state = new Int32Array(BEGINNING);
  #rest = new Uint8Array(BLOCK);
  #length = 0;
  #words = new Int32Array(64);

  /** Bytes taken so far. */
  get length() {
    return this.#length;
  }

  /** Takes more bytes. */
  update(/** @type {Uint8Array} */ bytes) {
    let at = 0;
    const held = this.#length % BLOCK;
    this.#length += bytes.length;
    if (held) {
      at = Math.min(BLOCK - held, bytes.length);
      this.#rest.set(bytes.subarray(0, at), held);
      if (held + at < BLOCK) return this;
      this.#take(this.#rest, 0);
    }
    for (; at + BLOCK <= bytes.length; at += BLOCK) this.#take(bytes, at);
    this.#rest.set(bytes.subarray(at));
    return this;
  }

  /** The digest of what was taken so far, hex; more may follow. */
  hex() {
    const end = new Sha256();
    end.#state.set(this.#state);
    const held = this.#length % BLOCK;
    const tail = new Uint8Array(held < BLOCK - 8 ? BLOCK : 2 * BLOCK);
    tail.set(this.#rest.subarray(0, held));
    tail[held] = 0x80;
    new DataView(tail.buffer).setBigUint64(tail.length - 8, BigInt(this.#length) * 8n);
    end.update(tail);
    return [...end.#state].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }

  #take(bytes, at) {
    const w = this.#words;
    for (let i = 0; i < 16; i += 1, at += 4) w[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
    for (let i = 16; i < 64; i += 1) {
      const early = w[i - 15], late = w[i - 2];
      const s0 = ((early >>> 7) | (early << 25)) ^ ((early >>> 18) | (early << 14)) ^ (early >>> 3);
      const s1 = ((late >>> 17) | (late << 15)) ^ ((late >>> 19) | (late << 13)) ^ (late >>> 10);
      w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
    }
    const s = this.#state;
    let a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
    for (let i = 0; i < 64; i += 1) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const first = (h + s1 + ((e & f) ^ (~e & g)) + ROUNDS[i] + w[i]) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const second = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + first) | 0;
      d = c;
      c = b;
      b = a;
      a = (first + second) | 0;
    }
    s[0] += a;
    s[1] += b;
    s[2] += c;
    s[3] += d;
    s[4] += e;
    s[5] += f;
    s[6] += g;
    s[7] += h;
  }
}
