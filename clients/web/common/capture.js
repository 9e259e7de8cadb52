/**
 * The chosen camera and microphone while they are open: each opened on its own, so that one can go and come back while the other goes on.
 *
 * What is wanted is said on every beat and kept so: a device that is gone is let go of, one that is back is opened again, another one takes the place of the one
 * before without a pause. What is recorded is `media`, which is another object whenever its tracks are others.
 */

import { ALIASES, reasonOf } from "./devices.js";

const OPEN_AGAIN_MS = 1_000;

export class Capture {
  /** Of the tracks that live; another object whenever they are others. @type {MediaStream | null} */
  media = null;
  /** Why a device could not be opened, by kind. @type {Map<string, string>} */
  reasons = new Map();
  #devices;
  #changed;
  /** @type {Map<string, {track: MediaStreamTrack, wanted: string, id: string}>} */
  #open = new Map();
  /** @type {Map<string, number>} when a kind may be tried again; ∞ while it is being opened */
  #due = new Map();
  /** @type {import("./devices.js").Wanted} */
  #wanted = {};

  /** @param {import("./devices.js").Devices} devices @param {() => void} changed something was opened, or could not be, or has gone */
  constructor(devices, changed) {
    this.#devices = devices;
    this.#changed = changed;
  }

  /** Keeps open what is wanted, and nothing else. */
  follow(/** @type {import("./devices.js").Wanted} */ wanted) {
    this.#wanted = wanted;
    for (const [kind, { track }] of this.#open) if (wanted[kind] === undefined || track.readyState !== "live" || this.#isGone(kind)) this.#let(kind);
    const missing = ["camera", "microphone"].filter((kind) => wanted[kind] !== undefined && !this.has(kind) && performance.now() >= (this.#due.get(kind) ?? 0));
    // A browser asks the candidate once where both are asked for together.
    if (missing.length === 2 && this.#open.size === 0 && !this.#devices.named) this.#openTogether();
    else for (const kind of missing) this.#openOne(kind);
  }

  /** The wanted device of that kind is open. */
  has(kind) {
    const open = this.#open.get(kind);
    return open !== undefined && (open.wanted === this.#wanted[kind] || open.id === this.#wanted[kind]);
  }

  /** It is being opened, and nothing is wrong yet. */
  isOpening(kind) {
    return this.#due.get(kind) === Infinity;
  }

  /** Which device of that kind is open. */
  id(kind) {
    return this.#open.get(kind)?.id ?? "";
  }

  track(kind) {
    return this.#open.get(kind)?.track ?? null;
  }

  /** A device has come: what could not be opened is tried again at once. */
  hurry() {
    for (const [kind, due] of this.#due) if (due !== Infinity) this.#due.set(kind, 0);
  }

  close() {
    this.follow({});
  }

  /** Some browsers leave the track of a device that was pulled out live, and frozen. */
  #isGone(kind) {
    const { id } = this.#open.get(kind);
    return this.#devices.named && id !== "" && !ALIASES.has(id) && !this.#devices.has(id);
  }

  async #openTogether() {
    const wanted = this.#wanted;
    for (const kind of ["camera", "microphone"]) this.#due.set(kind, Infinity);
    try {
      const media = await this.#devices.open(wanted);
      this.#take("camera", media.getVideoTracks()[0], wanted.camera);
      this.#take("microphone", media.getAudioTracks()[0], wanted.microphone);
      await this.#devices.refresh(); // names come with the permission
    } catch {
      await Promise.all([this.#openOne("camera"), this.#openOne("microphone")]);
    }
    this.#changed();
  }

  async #openOne(kind) {
    const wanted = this.#wanted[kind];
    this.#due.set(kind, Infinity);
    try {
      const media = await this.#devices.open({ [kind]: wanted, facing: this.#wanted.facing });
      this.#take(kind, media.getTracks()[0], wanted);
      if (!this.#devices.has(this.id(kind))) await this.#devices.refresh();
    } catch (error) {
      this.#due.set(kind, performance.now() + OPEN_AGAIN_MS);
      this.reasons.set(kind, reasonOf(error, kind));
      if (this.#open.get(kind)?.wanted !== wanted) this.#let(kind); // the one before was not wanted any more
      this.#compose();
    }
    this.#changed();
  }

  #take(kind, track, wanted) {
    this.#due.set(kind, 0);
    this.reasons.delete(kind);
    if (this.#wanted[kind] === undefined) {
      track.stop();
      return;
    }
    this.#open.get(kind)?.track.stop();
    track.addEventListener("ended", () => this.#changed());
    this.#open.set(kind, { track, wanted, id: track.getSettings().deviceId ?? "" });
    this.#compose();
  }

  #let(kind) {
    if (!this.#open.has(kind)) return;
    this.#open.get(kind).track.stop();
    this.#open.delete(kind);
    this.#compose();
  }

  /** One that is still being opened for the first time is waited for, so that a recording does not begin twice. */
  #compose() {
    const tracks = [...this.#open.values()].map(({ track }) => track);
    const had = this.media?.getTracks() ?? [];
    const comes = ["camera", "microphone"].some((kind) => this.#wanted[kind] !== undefined && this.isOpening(kind) && !this.reasons.has(kind));
    if ((had.length === 0 && comes) || (had.length === tracks.length && tracks.every((track) => had.includes(track)))) return;
    this.media = tracks.length ? new MediaStream(tracks) : null;
  }
}
