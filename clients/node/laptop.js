/** The laptop: which page stands, which devices are chosen, and what arrival and interview have in common. */

import { Arrival } from './arrival.js';
import { Recording } from './capture.js';
import { Client } from './client.js';
import { Help } from './help.js';
import { Interview } from './interview.js';
import { texts } from './texts.js';

/** Pages of the interview proper, from the entry to the end. */
const ENTERED = new Set(['devices', 'waiting', 'preparation', 'lesson', 'skill_test', 'presentation']);

const enabled = { enabled: true };

export class Laptop extends Client {
  intents = [
    ...['consent', 'decline', 'login', 'show_code', 'open', 'read', 'proceed', 'enter', 'refresh'],
    ...['refresh_devices', 'choose', 'wait', 'start', 'finish', 'confirm', 'cancel', 'help', 'fetch_question'],
    ...['retry', 'close', 'leave', 'return'],
  ];
  views = [
    ...['controls', 'countdowns', 'alerts', 'checks', 'devices', 'attachments', 'binding', 'question', 'upload'],
    ...['network', 'recording', 'text'],
  ];
  page = 'check';

  #closing = false;

  /** @param {string} folder @param {(view: any) => void} changed */
  constructor(folder, changed) {
    super(folder, changed, ['camera', 'screen']);
    this.state.chosen ??= {};
    this.recordings = {
      camera: new Recording(this, 'camera', () => {
        const { camera, microphone } = this.chosen;
        return camera && { picture: camera, microphone };
      }),
      screen: new Recording(this, 'screen', () => {
        const screen = this.devices.find((device) => device.kind === 'screen');
        return screen && { picture: screen };
      }),
    };
    this.arrival = new Arrival(this);
    this.interview = new Interview(this);
    this.help = new Help(this);
  }

  begin() {
    this.arrival.begin();
  }

  tick(now) {
    this.arrival.tick(now);
    this.interview.tick(now);
    this.help.tick();
  }

  pushed(event, data) {
    this.arrival.pushed(event, data);
    this.help.pushed(event, data);
  }

  unauthorized() {
    this.arrival.tokenLost();
  }

  async closing() {
    this.arrival.check.stop();
    await Promise.all(Object.values(this.recordings).map((each) => each.stop()));
  }

  /** Whether the interview runs for this candidate. */
  get inside() {
    return this.state.entered !== undefined && this.state.ended === undefined;
  }

  /**
   * The camera and microphone in use: those that were chosen, else the first of each kind. Once the interview runs, one that
   * is gone is not replaced unasked.
   * @returns {{camera?: import('./client.js').Device, microphone?: import('./client.js').Device}}
   */
  get chosen() {
    const found = {};
    for (const kind of ['camera', 'microphone']) {
      const those = this.devices.filter((device) => device.kind === kind);
      const chosen = those.find(({ id }) => id === this.state.chosen[kind]?.id);
      found[kind] = chosen ?? (this.inside && this.state.chosen[kind] ? undefined : those[0]);
    }
    return found;
  }

  /** What was chosen and is not there. */
  get lost() {
    return Object.values(this.state.chosen).filter(({ id }) => !this.devices.some((device) => device.id === id));
  }

  /** The devices that are in use now are those that the candidate has chosen. */
  settle() {
    for (const [kind, device] of Object.entries(this.chosen)) {
      if (device) this.state.chosen[kind] = { id: device.id, label: device.label };
    }
    this.save();
  }

  replugged() {
    if (this.inside) this.interview.replugged();
    for (const each of Object.values(this.recordings)) each.follow();
  }

  captureBroke(stream) {
    if (this.inside) this.interview.captureBroke(stream);
  }

  controls() {
    const shown = { ...this.arrival.controls(), ...this.interview.controls() };
    if (this.state.token) shown.help = enabled;
    if (this.page === 'devices' || (this.inside && this.lost.length > 0)) {
      shown.refresh_devices = enabled;
      shown.choose = enabled;
    }
    if (this.page === 'done') shown.close = enabled;
    return shown;
  }

  unavailable(intent) {
    if (intent === 'leave' || intent === 'return') {
      if (this.inside) this.reports.incident(intent === 'leave' ? 'focus-lost' : 'focus-regained', this.exam.now);
      return { status: 'done' };
    }
    if (intent === 'close') {
      if (this.state.entered === undefined) return { status: 'done' };
      this.#closing = true;
      this.touch();
      return { status: 'refused', reason: texts.closing };
    }
    return undefined;
  }

  act(intent, args) {
    switch (intent) {
      case 'help':
        return this.help.ask(args.text ?? '');
      case 'choose':
        return this.#choose(args.id);
      case 'refresh_devices':
      case 'close':
        return undefined;
      default:
        return this.arrival.act(intent, args) ?? this.interview.act(intent, args);
    }
  }

  #choose(id) {
    const device = this.devices.find((each) => each.id === id);
    if (!device || device.kind === 'screen') return '没有这一设备，请点击【刷新设备】。';
    this.state.chosen[device.kind] = { id, label: device.label };
    this.save();
    this.recordings.camera.follow();
    return undefined;
  }

  show() {
    const { page, link, state } = this;
    const listed = page === 'devices' || (this.inside && this.lost.length > 0);
    const chosen = Object.values(this.chosen).map((device) => device?.id);
    return {
      page,
      controls: this.controls(),
      network: link?.offline ? 'offline' : 'online',
      recording: Object.values(this.recordings).some((each) => each.running),
      alerts: this.#alerts(),
      ...this.arrival.show(),
      ...this.interview.show(),
      ...(listed && {
        devices: this.devices.map(({ id, kind, label }) => ({ id, kind, label, chosen: chosen.includes(id) })),
      }),
      ...(state.entered !== undefined && { upload: this.uploadShown() }),
    };
  }

  #alerts() {
    const alerts = [...this.arrival.alerts(), ...this.interview.alerts(), ...this.help.alerts()];
    const say = (code, text) => alerts.push({ code, text });
    if (this.link?.offline) say('offline', ENTERED.has(this.page) ? texts.offline : texts.unreachable);
    if (this.inside) for (const { label } of this.lost) say('device-lost', texts.deviceLost(label));
    if (this.#closing && this.page !== 'done') say('upload-running', texts.closing);
    return alerts;
  }
}
