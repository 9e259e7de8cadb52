// What the pages decide without a browser, held against what must come of it. Run by test_logic.py, one case a time:
//
//   node logic.mjs PAGES CASE        prints nothing and exits 0, or says what differs

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { pathToFileURL } from "node:url";

const [pages, wanted] = process.argv.slice(2);
const load = (path) => import(new URL(path, `${pathToFileURL(pages).href}/`));
const later = () => new Promise((resolve) => setImmediate(resolve));

/** Time stands still, and moves when it is told to. */
let now = 1_000;
performance.now = () => now;

const SPANS = { preparation: 1_200_000, lesson: 600_000, skill_test: 3_600_000, presentation: 180_000 };

/** Links whose requests are answered by hand. */
class Network {
  asked = new Map();
  firstRetry = 250;
  asking = (name) => this.asked.has(name);
  drop = (name) => this.asked.delete(name);
  ask(name, request, done, options) {
    this.asked.set(name, { request, done, failed: options.failed });
  }
  /** The one request that is out, by what it is. */
  get only() {
    assert.equal(this.asked.size, 1);
    return [...this.asked.values()][0];
  }
  answer(status, headers = {}, json = null) {
    const [[name, { done }]] = this.asked;
    this.asked.delete(name);
    const problem = (json?.type ?? "").replace("urn:viva:problem:", "");
    done({ status, ok: status < 300, headers: { get: (header) => headers[header] ?? null }, json, text: "", problem, detail: "" });
  }
  fail() {
    const [[name, { failed }]] = this.asked;
    this.asked.delete(name);
    failed();
  }
}

/** A store in memory, of the bytes that a test records. */
class Memory {
  documents = new Map();
  bytes = new Map();
  load = (name) => this.documents.get(name);
  save = async (name, value) => void this.documents.set(name, structuredClone(value));
  size = (recording) => this.bytes.get(recording)?.length ?? 0;
  read = async (recording, offset, size) => new Blob([this.bytes.get(recording).subarray(offset, offset + size)]);
  sha256 = async (recording) => createHash("sha256").update(this.bytes.get(recording)).digest("hex");
  remove = async (recording) => void this.bytes.delete(recording);
}

async function uploading(bytes, { complete = true } = {}) {
  const { Uploads } = await load("common/uploads.js");
  globalThis.document = { baseURI: "http://127.0.0.1/pages/laptop/" };
  const [network, store] = [new Network(), new Memory()];
  const segment = { recording: "r", stream: "camera", segment: 0, mime: "video/webm", startedMs: -5, previous: "", complete, upload: "", declared: false, held: false };
  const journal = { segments: [segment], save: async () => {} };
  store.bytes.set("r", bytes);
  const uploads = new Uploads(() => "exam", network, store, journal);
  const beat = async () => {
    uploads.beat();
    await later();
    await later();
  };
  return { uploads, network, store, segment, beat };
}

const cases = {
  async "SHA-256 goes on where it left off"() {
    const { Sha256 } = await load("common/sha256.js");
    assert.equal(new Sha256().hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    const abc = new Sha256().update(new TextEncoder().encode("abc"));
    assert.equal(abc.hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    for (const size of [55, 56, 63, 64, 65, 119, 120, 127, 128, 4_099]) {
      const bytes = Uint8Array.from({ length: size }, (_, place) => (place * 37) % 251);
      const digest = new Sha256();
      for (let at = 0, step = 1; at < size; at += step, step = (step * 7) % 97) digest.update(bytes.subarray(at, at + step));
      const whole = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
      assert.equal(digest.hex(), Buffer.from(whole).toString("hex"), `${size} bytes`);
      assert.equal(digest.hex(), digest.hex(), "a digest may be asked for twice");
    }
  },

  async "the tightest reply sets the clock, and one that contradicts it replaces it"() {
    const { ExamClock } = await load("common/clock.js");
    const clock = new ExamClock();
    assert.equal(clock.now(0), -Infinity);
    clock.heard(500, 0, 200); // 100 ms off at most
    clock.heard(1_000, 590, 610);
    assert.equal(clock.now(700), 1_100);
    clock.heard(1_210, 700, 900); // says the same, less surely
    assert.equal(clock.now(700), 1_100);
    clock.heard(5_000, 1_000, 1_100);
    assert.equal(clock.now(1_050), 5_000);
    assert.ok(clock.surely(1_050) < 5_000 && clock.surely(1_050) >= 4_949);
  },

  async "stages follow the plan and the candidate"() {
    const { Schedule } = await load("common/stages.js");
    const ordinary = new Schedule({ track: "ordinary", spans: SPANS });
    assert.equal(ordinary.pageAt(-1, {}), "waiting");
    assert.equal(ordinary.pageAt(0, {}), "preparation");
    assert.equal(ordinary.pageAt(1_200_000, {}), "lesson");
    assert.equal(ordinary.end({}), undefined);
    assert.equal(ordinary.pageAt(1_900_000, { lessonStarted: 1_300_000 }), "upload");
    const early = ordinary.boundaries(1_250_000, { finished: 1_240_000 });
    assert.deepEqual(early.at(-1), { stage: "lesson", boundary: "early-end", at: 1_240_000 });
    const limited = new Schedule({ track: "ordinary", spans: { ...SPANS, lesson_start: 60_000 } });
    assert.equal(limited.lessonStarted({}), 1_260_000);
  },

  async "in art the skill test waits for the lesson's whole length"() {
    const { Schedule } = await load("common/stages.js");
    const art = new Schedule({ track: "art", spans: SPANS });
    const course = { lessonStarted: 1_200_000, lessonEnded: 1_300_000 };
    assert.equal(art.pageAt(1_799_999, course), "lesson");
    assert.equal(art.pageAt(1_800_000, course), "skill_test");
    assert.equal(art.pageAt(5_400_000, course), "presentation");
    const names = art.boundaries(5_400_000, course).map(({ stage, boundary }) => `${stage} ${boundary}`);
    assert.deepEqual(names.slice(2), ["lesson started", "lesson early-end", "skill_test started", "skill_test ended", "presentation started"]);
  },

  async "an upload is created, sent, declared and finished"() {
    const { uploads, network, store, segment, beat } = await uploading(Buffer.alloc(100_000, 7));
    await beat();
    assert.match(network.only.request.headers["Upload-Metadata"], /^exam \S+,recording /);
    network.answer(201, { location: "/v1/uploads/u", "upload-offset": "0" });
    await beat();
    assert.equal(network.only.request.headers["Upload-Offset"], "0");
    const first = network.only.request.body.size;
    assert.ok(first < 100_000);
    network.answer(204, { "upload-offset": String(first) });
    await beat();
    assert.equal(network.only.request.headers["Upload-Length"], "100000");
    network.answer(204, { "upload-offset": "100000" });
    assert.equal(uploads.complete, false);
    await beat();
    assert.deepEqual(JSON.parse(network.only.request.body), { length: 100_000, sha256: await store.sha256("r") });
    network.answer(200, {}, { state: "held" });
    assert.equal(uploads.complete && segment.held, true);
  },

  async "after a break the service is asked, and sending goes on where it says"() {
    const { network, beat } = await uploading(Buffer.alloc(50_000, 7));
    await beat();
    network.answer(201, { location: "/v1/uploads/u", "upload-offset": "0" });
    await beat();
    network.fail();
    await beat();
    assert.equal(network.asked.size, 0, "an interval is kept");
    now += 300;
    await beat();
    assert.equal(network.only.request.method, "HEAD");
    network.answer(200, { "upload-offset": "12345" });
    await beat();
    assert.equal(network.only.request.headers["Upload-Offset"], "12345");
  },

  async "intervals grow although the service says each time where it stands"() {
    const { uploads, network, beat } = await uploading(Buffer.alloc(50_000, 7));
    await beat();
    network.answer(201, { location: "/v1/uploads/u", "upload-offset": "0" });
    const waits = [];
    for (let tries = 0; tries < 5; tries += 1) {
      const since = now;
      for (await beat(); network.asked.size === 0; await beat()) now += 10;
      if (network.only.request.method === "HEAD") {
        network.answer(200, { "upload-offset": "0" });
        await beat();
      }
      waits.push(now - since);
      network.answer(503);
    }
    assert.ok(waits.slice(1).every((wait, place) => place === 0 || wait >= 1.2 * waits[place]), String(waits));
    assert.equal(uploads.failing, true);
  },

  async "what is held is not what was recorded: it is sent from its beginning"() {
    const { network, segment, beat } = await uploading(Buffer.alloc(10, 7));
    await beat();
    network.answer(201, { location: "/v1/uploads/u", "upload-offset": "0" });
    await beat();
    network.answer(204, { "upload-offset": "10" });
    await beat();
    network.answer(460, {}, { type: "urn:viva:problem:checksum-mismatch" });
    assert.equal(network.only.request.method, "DELETE");
    network.answer(204);
    assert.equal(segment.upload, "");
    now += 300;
    await beat();
    assert.equal(network.only.request.method, "POST");
  },

  async "a retry asks again for what was held, also of an upload that was finished before the page was opened"() {
    const { uploads, network, segment, beat } = await uploading(Buffer.alloc(10, 7));
    Object.assign(segment, { upload: "/v1/uploads/u", declared: true, held: true });
    assert.equal(uploads.complete, true);
    uploads.retry();
    await beat();
    assert.equal(network.only.request.method, "HEAD");
  },

  async "what a kill cut off is complete as it stands, and what is empty never was"() {
    const { Journal } = await load("common/recordings.js");
    const store = new Memory();
    store.bytes.set("full", Buffer.alloc(5));
    const segment = { stream: "camera", segment: 0, complete: false, upload: "", held: false };
    store.documents.set("recordings", [{ ...segment, recording: "full" }, { ...segment, recording: "empty", segment: 1 }]);
    const journal = new Journal(store);
    assert.deepEqual(journal.segments.map(({ recording, complete }) => [recording, complete]), [["full", true]]);
    assert.equal(journal.interrupted.length, 2);
    const next = journal.begin("camera", "video/webm", 12.4);
    assert.deepEqual([next.segment, next.previous, next.startedMs], [1, "full", 12]);
  },

  async "aliases of devices are left out, and cameras come first"() {
    globalThis.navigator = { mediaDevices: new EventTarget() };
    const { devicesOf } = await load("common/devices.js");
    const found = [
      { kind: "audioinput", deviceId: "default", label: "Default" },
      { kind: "audioinput", deviceId: "m1", label: "Built-in" },
      { kind: "audiooutput", deviceId: "s1", label: "Speaker" },
      { kind: "videoinput", deviceId: "c1", label: "Camera" },
    ];
    assert.deepEqual(devicesOf(found).map(({ id }) => id), ["c1", "m1"]);
    assert.deepEqual(devicesOf(found.slice(0, 1)).map(({ id }) => id), ["default"]);
    assert.deepEqual(devicesOf([{ kind: "videoinput", deviceId: "", label: "" }]), []);
  },

  async "the phone's camera is known by its label"() {
    const { Devices } = await load("common/devices.js");
    const devices = Object.create(Devices.prototype);
    const camera = (id, label) => ({ id, kind: "camera", label });
    devices.present = [camera("b", "Back Camera"), camera("f", "Front Camera")];
    assert.deepEqual([devices.facing("user"), devices.facing("environment")], ["f", "b"]);
    devices.present = [camera("b", "camera2 0, facing back")];
    assert.equal(devices.facing("user"), "");
    devices.present = [camera("u", "USB Camera")];
    assert.equal(devices.facing("user"), "u");
  },

  async "a scanner opens no other camera where names are known, and asks a busy one again"() {
    const asked = [];
    const media = { getTracks: () => [], getVideoTracks: () => [] };
    const getUserMedia = async ({ video }) => {
      asked.push(video.deviceId);
      if (asked.length < 3) throw new DOMException("in use", "NotReadableError");
      return media;
    };
    Object.defineProperty(globalThis, "navigator", { value: { mediaDevices: { getUserMedia } }, configurable: true });
    globalThis.setTimeout = (then) => setImmediate(then);
    const { Scanner } = await load("phone/scanner.js");
    const scanner = new Scanner({ play: async () => {} }, { named: true, refresh: async () => {}, facing: () => "rear" });
    await scanner.start(() => {});
    assert.ok(scanner.running);
    scanner.stop();
    assert.ok(!scanner.running);
    assert.deepEqual(asked, Array(3).fill({ exact: "rear" }));
  },

  async "a scan that is stopped while its camera opens lets go of it"() {
    let open;
    let ended = 0;
    const media = { getTracks: () => [{ stop: () => (ended += 1) }] };
    const getUserMedia = () => new Promise((resolve) => (open = () => resolve(media)));
    Object.defineProperty(globalThis, "navigator", { value: { mediaDevices: { getUserMedia } }, configurable: true });
    const { Scanner } = await load("phone/scanner.js");
    const scanner = new Scanner({ play: () => assert.fail("it shows a picture") }, { named: true, refresh: async () => {}, facing: () => "rear" });
    const started = scanner.start(() => {});
    assert.ok(scanner.running);
    await new Promise(setImmediate);
    scanner.stop();
    open();
    await started;
    assert.ok(!scanner.running);
    assert.equal(ended, 1);
  },

  async "a scanner asks once where no camera is allowed, or none is there"() {
    const reasons = ["NotAllowedError", "NotFoundError"];
    let asked = 0;
    const getUserMedia = async () => {
      asked += 1;
      throw new DOMException("", reasons[asked - 1]);
    };
    Object.defineProperty(globalThis, "navigator", { value: { mediaDevices: { getUserMedia } }, configurable: true });
    const { Scanner } = await load("phone/scanner.js");
    const scanner = new Scanner({}, { named: true, refresh: async () => {}, facing: () => "rear" });
    for (const name of reasons) await assert.rejects(scanner.start(() => {}), { name });
    assert.equal(asked, 2);
  },

  async "a black picture is told from a dim one, and a change from none"() {
    const { look } = await load("common/checks.js");
    const picture = (...lumas) => Uint8ClampedArray.from(lumas.flatMap((luma) => [luma, luma, luma, 255]));
    assert.equal(look(picture(0, 2, 1, 0)).black, true);
    assert.equal(look(picture(4, 30, 8, 2)).black, false);
    assert.notEqual(look(picture(4, 30)).mark, look(picture(4, 31)).mark);
  },

  async "progress is never whole before all of it is held"() {
    const { shareOf } = await load("common/dom.js");
    assert.equal(shareOf({ sent: 1_000, total: 1_000, held: false, recording: false }), 99.9);
    assert.equal(shareOf({ sent: 1_000, total: 1_000, held: true, recording: false }), 100);
    assert.equal(shareOf({ sent: 0, total: 0, held: false, recording: true }), 0);
  },

  async "pushes are read from the stream's blocks"() {
    const { tell } = await load("common/exchange.js");
    const told = [];
    tell(": still here", (push) => told.push(push));
    tell('id: 3\nevent: help-answered\ndata: {"id": "h1"}', (push) => told.push(push));
    assert.deepEqual(told, [{ id: 3, event: "help-answered", data: { id: "h1" } }]);
  },

  async "countdowns are rounded up, and moments named as the notice does"() {
    const { beforeStart, clockText } = await load("common/texts.js");
    assert.deepEqual([clockText(59_001), clockText(0), clockText(-5), clockText(3_600_000)], ["01:00", "00:00", "00:00", "1:00:00"]);
    assert.deepEqual([beforeStart(-900_000), beforeStart(300_000), beforeStart(-8_000)], ["开考前15分钟", "开考后5分钟", "开考前8秒"]);
  },
};

if (wanted === "--list") {
  process.stdout.write(JSON.stringify(Object.keys(cases)));
} else {
  await cases[wanted]();
}
