/**
 * Whether a camera shows something, a microphone hears something, and both can be recorded.
 *
 * A camera works while its stills differ from one another: one that is black, frozen or dead gives the same byte for byte, or none.
 * A microphone works while its packets hold more than silence; a quiet room is no silence.
 */

import http from 'node:http';

import { monotonic } from './exam-clock.js';
import { read } from './capture.js';

const LOOK_MS = 400;
/** Pictures that are the same for so long are no live picture; a little less than the 3 s after which they must not be called one. */
const FROZEN_MS = 2_000;
/** A camera that gives no picture for so long is gone. */
const GONE_MS = 3_000;
/** A microphone that gives nothing but silence for so long hears nothing. */
const SILENT_MS = 1_500;
/** An Opus packet of silence has this many bytes at most. */
const SILENCE = 3;

/**
 * The present picture of a camera.
 * @param {string} address @returns {Promise<Buffer | undefined>} undefined where there is none
 */
export function still(address) {
  return new Promise((resolve) => {
    const request = http.get(address, { agent: false, timeout: 1_000 }, (response) => {
      const pieces = [];
      response.on('data', (piece) => pieces.push(piece));
      response.on('error', () => resolve(undefined));
      response.on('end', () => resolve(response.statusCode === 200 ? Buffer.concat(pieces) : undefined));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(undefined));
  });
}

/** @typedef {{state: 'checking' | 'working' | 'failed', reason?: string}} Check */

export class DeviceCheck {
  #client;
  #timer;
  #camera = new Eye();
  #ear = new Ear();
  #written = false;

  /** @param {import('./laptop.js').Laptop} client */
  constructor(client) {
    this.#client = client;
  }

  /** Looks from now on until `stop`. */
  start() {
    if (this.#timer) return;
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.#look();
  }

  /** The devices are let go. */
  stop() {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#ear.listen(undefined);
  }

  /** The three lines. @returns {{camera: Check, microphone: Check, recording: Check}} */
  get lines() {
    const { camera, microphone } = this.#client.chosen;
    const lines = {
      camera: camera ? this.#camera.check : { state: 'failed', reason: '没有找到摄像头，请接入摄像头并允许使用。' },
      microphone: microphone ? this.#ear.check : { state: 'failed', reason: '没有找到麦克风，请接入麦克风并允许使用。' },
    };
    return { ...lines, recording: this.#recording(lines) };
  }

  #recording({ camera, microphone }) {
    if (!this.#written) return { state: 'failed', reason: '无法写入录制文件，请检查磁盘空间。' };
    if (camera.state === 'failed' || microphone.state === 'failed') {
      return { state: 'failed', reason: '摄像头和麦克风正常后才能录制。' };
    }
    return { state: camera.state === 'working' && microphone.state === 'working' ? 'working' : 'checking' };
  }

  #look() {
    this.#written ||= this.#client.canWrite();
    const { camera, microphone } = this.#client.chosen;
    this.#ear.listen(microphone?.encoded);
    if (camera) this.#camera.look(camera.still).then(() => this.#client.touch());
    this.#client.touch();
  }
}

/** Looks at stills of one camera. */
class Eye {
  #address = '';
  /** @type {Buffer | undefined} */
  #last;
  #changed = 0; // when the picture was last another
  #seen = 0; // when there was last a picture
  #moved = false;
  #looking = false;

  /** @param {string} address */
  async look(address) {
    if (address !== this.#address) {
      this.#address = address;
      this.#last = undefined;
      this.#moved = false;
      this.#seen = monotonic();
      this.#changed = monotonic();
    }
    if (this.#looking) return;
    this.#looking = true;
    const picture = await still(address);
    this.#looking = false;
    if (!picture || address !== this.#address) return;
    this.#seen = monotonic();
    if (!this.#last || !picture.equals(this.#last)) this.#changed = this.#seen;
    this.#moved ||= this.#last !== undefined && !picture.equals(this.#last);
    this.#last = picture;
  }

  /** @returns {Check} */
  get check() {
    if (this.#seen - this.#changed > FROZEN_MS || monotonic() - this.#seen > GONE_MS) {
      return { state: 'failed', reason: '摄像头没有实时画面（黑屏或画面静止），请检查摄像头。' };
    }
    return { state: this.#moved ? 'working' : 'checking' };
  }
}

/** Listens to one microphone. */
class Ear {
  #address = '';
  /** @type {(() => void) | undefined} */
  #release;
  #heard = -Infinity;
  #since = 0;

  /** @param {string | undefined} address undefined: to none */
  listen(address) {
    if ((address ?? '') === this.#address) return;
    this.#release?.();
    this.#address = address ?? '';
    this.#heard = -Infinity;
    this.#since = monotonic();
    if (!address) return;
    this.#release = read(
      address,
      (clusters) => {
        if (clusters.some(({ blocks }) => blocks.some(({ size }) => size > SILENCE))) this.#heard = monotonic();
      },
      () => {
        this.#address = ''; // it is listened to again at the next look
      },
    );
  }

  /** @returns {Check} */
  get check() {
    const now = monotonic();
    if (now - this.#heard < SILENT_MS) return { state: 'working' };
    if (now - this.#since < SILENT_MS) return { state: 'checking' };
    return { state: 'failed', reason: '麦克风没有声音，请检查麦克风是否静音。' };
  }
}
