"""kill -9 of the service at seeded moments while recordings upload: `killed_at_random_moments(folder, kills, seed)`.

Three uploaders send recordings in pieces. Each moment is a number of pieces that have left, so it falls anywhere in a PATCH, between its last
byte and its reply, or between requests. What the service acknowledged before a kill it must still hold after it.
"""

from __future__ import annotations

import contextlib
import hashlib
import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from harness.core.view import Stream
from harness.protocol.messages import json_body
from harness.protocol.tus import OFFSET_TYPE, VERSION, Metadata, encode_metadata
from harness.service.platform import BundledPlatform
from tests.service.conftest import Candidate
from tests.service.rig import metadata

UPLOADERS = 3


@dataclass
class Report:
    """What happened."""

    kills: int = 0
    recordings: int = 0
    held_bytes: int = 0
    breaks: int = 0  # requests that a kill cut off
    faults: list[str] = field(default_factory=list)


class Executioner:
    """Counts the pieces that leave, and says when the next kill is due."""

    def __init__(self, kills: int, chance: random.Random) -> None:
        self.left = kills
        self._chance = chance
        self._lock = threading.Lock()
        self._countdown = chance.randint(3, 40)
        self.due = threading.Event()
        self.up = threading.Event()
        self.up.set()

    def piece_left(self) -> None:
        with self._lock:
            self._countdown -= 1
            if self._countdown == 0 and self.left > 0:
                self.due.set()

    def killed(self) -> None:
        with self._lock:
            self.left -= 1
            self._countdown = self._chance.randint(3, 40)
            self.due.clear()
            self.up.set()


class Uploader:
    """Uploads recording after recording until the kills are over, resuming after each break from what the service says."""

    def __init__(self, candidate: Candidate, killer: Executioner, report: Report, number: int, seed: int) -> None:
        self._exam = candidate.exam
        self._http = httpx.Client(base_url=candidate.platform.url, timeout=20.0, trust_env=False)
        self._auth = {"authorization": f"Bearer {candidate.laptop.token}", "tus-resumable": VERSION}
        self._killer = killer
        self._report = report
        self._number = number
        self._chance = random.Random(f"{seed}/{number}")
        self.done: list[tuple[Metadata, bytes]] = []

    def run(self) -> None:
        with self._http:
            try:
                while self._killer.left > 0 or not self.done:
                    self._upload()
            except Exception as error:  # anything at all is a finding, told by the test
                self._report.faults.append(repr(error))

    def _upload(self) -> None:
        data = self._chance.randbytes(self._chance.randint(100_000, 1_500_000))
        meta = metadata(self._exam, Stream.CAMERA, 10 * len(self.done) + self._number)
        headers = {"upload-defer-length": "1", "upload-metadata": encode_metadata(meta)}
        location = self._insist("POST", "/v1/uploads", headers).headers["location"]
        acknowledged, offset = 0, 0
        while offset < len(data):
            self._killer.up.wait(30)
            piece = data[offset : offset + self._chance.randint(1, 300_000)]
            headers = {"content-type": OFFSET_TYPE, "upload-offset": str(offset)}
            try:
                reply = self._http.patch(location, headers={**self._auth, **headers}, content=self._pieces(piece))
                offset = acknowledged = int(reply.headers["upload-offset"])
            except (httpx.TransportError, KeyError):
                self._report.breaks += 1
                offset = int(self._insist("HEAD", location, {}).headers["upload-offset"])
                if offset < acknowledged:
                    raise AssertionError(f"{acknowledged - offset} acknowledged bytes are lost") from None
        body = json_body({"length": len(data), "sha256": hashlib.sha256(data).hexdigest()})
        headers = {"idempotency-key": f"finish-{meta.recording}", "content-type": "application/json"}
        reply = self._insist("POST", f"/v1/recordings/{meta.recording}/finish", headers, body)
        if reply.json().get("state") != "held":
            raise AssertionError(reply.text)
        self.done.append((meta, data))

    def _pieces(self, data: bytes) -> Iterator[bytes]:
        while data:
            size = self._chance.randint(1, 64_000)
            yield data[:size]
            self._killer.piece_left()
            data = data[size:]

    def _insist(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> httpx.Response:
        for _ in range(200):
            self._killer.up.wait(30)
            with contextlib.suppress(httpx.TransportError):
                return self._http.request(method, path, headers={**self._auth, **headers}, content=body)
            self._report.breaks += 1
        raise AssertionError(f"{method} {path} never got through")


def killed_at_random_moments(folder: Path, kills: int, seed: int) -> Report:
    """Runs it; `faults` of the report is empty where nothing that was acknowledged was lost, and every byte is the client's."""
    report = Report()
    with BundledPlatform(folder) as platform:
        candidate = Candidate(platform, "ticket-killing").enter()
        candidate.http.close()
        killer = Executioner(kills, random.Random(seed))
        uploaders = [Uploader(candidate, killer, report, number, seed) for number in range(UPLOADERS)]
        threads = [threading.Thread(target=uploader.run, daemon=True) for uploader in uploaders]
        for thread in threads:
            thread.start()
        while killer.left > 0 and any(thread.is_alive() for thread in threads):
            if not killer.due.wait(30):
                report.faults.append("no piece left for half a minute")
                break
            killer.up.clear()
            platform.kill()
            platform.restart()
            killer.killed()
            report.kills += 1
        for thread in threads:
            thread.join(60)
        held = {segment.segment: segment for segment in platform.recordings(candidate.exam, candidate.ticket)}
        for uploader in uploaders:
            for meta, data in uploader.done:
                report.recordings += 1
                report.held_bytes += len(data)
                if Path(held[meta.segment].path).read_bytes() != data:
                    report.faults.append(f"segment {meta.segment} differs")
    return report
