"""The durability suite: functions that any store runs through.

A client notes what the service acknowledged; after a cut all of it must be there. `cut` makes of the store that was in use the one that
is found afterwards.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from harness.core.view import Stream
from harness.protocol.exam_api import SessionState
from harness.protocol.messages import Request
from harness.protocol.tus import OFFSET_TYPE, VERSION, Metadata
from harness.service.patch import Patch
from harness.service.store import Store
from tests.service.rig import Rig, checksum, metadata
from tests.service.unreliable import PowerLost

Cut = Callable[[Store], Store]
Begin = Callable[[], None]  # called when the uploads begin


@dataclass
class Recording:
    """What the client has recorded, and what it was told of it."""

    meta: Metadata
    data: bytes
    location: str = ""
    offset: int = 0
    held: bool = False
    doomed: bool = False  # its deletion was asked for; whether that took effect is known once it was answered
    deleted: bool = False


@dataclass
class Client:
    """Uploads at random, and remembers every acknowledgement."""

    rig: Rig
    chance: random.Random
    recordings: list[Recording] = field(default_factory=list)

    def act(self) -> None:
        """One random thing."""
        going = [item for item in self.recordings if not item.held and not item.deleted]
        if not going or self.chance.random() < 0.15:
            self._create()
            return
        recording = self.chance.choice(going)
        if recording.offset == len(recording.data):
            if self.rig.laptop.finish(recording.meta, recording.data).status == 200:
                recording.held = True
            return
        self.chance.choice(
            (self._patch, self._patch, self._checked, self._spoilt, self._broken, self._ask, self._delete)
        )(recording)

    def finish_everything(self) -> None:
        """Goes on from what the service says it holds, until all of it is held."""
        for item in self.recordings:
            if item.deleted:
                continue
            if not item.location:
                item.location = self.rig.laptop.create(item.meta).headers["location"]
            offset = self.rig.laptop.offset(item.location)
            if offset < len(item.data):
                assert self.rig.laptop.patch(item.location, offset, item.data[offset:]).status == 204
            assert self.rig.laptop.finish(item.meta, item.data).status == 200

    def _create(self) -> None:
        data = self.chance.randbytes(self.chance.randint(1, 4_000))
        item = Recording(metadata(self.rig.exam, Stream.CAMERA, len(self.recordings), _uuid(self.chance)), data)
        self.recordings.append(item)
        first = data[: self.chance.choice((0, 0, self.chance.randint(0, len(data))))]
        reply = self.rig.laptop.create(item.meta, raw=first)
        item.location, item.offset = reply.headers["location"], int(reply.headers["upload-offset"])

    def _slice(self, item: Recording) -> bytes:
        return item.data[item.offset : item.offset + self.chance.randint(1, 1_500)]

    def _patch(self, item: Recording) -> None:
        reply = self.rig.laptop.patch(item.location, item.offset, self._slice(item))
        item.offset = int(reply.headers["upload-offset"])

    def _checked(self, item: Recording) -> None:
        data = self._slice(item)
        reply = self.rig.laptop.patch(item.location, item.offset, data, upload_checksum=checksum(data))
        item.offset = int(reply.headers["upload-offset"])

    def _spoilt(self, item: Recording) -> None:
        data = self._slice(item)
        reply = self.rig.laptop.patch(item.location, item.offset, data, upload_checksum=checksum(data + b"!"))
        assert reply.status == 460

    def _broken(self, item: Recording) -> None:
        """The connection breaks in the middle; the client asks."""
        headers = {"authorization": f"Bearer {self.rig.laptop.token}", "tus-resumable": VERSION}
        headers |= {"content-type": OFFSET_TYPE, "upload-offset": str(item.offset)}
        request = Request(method="PATCH", path=item.location, headers=headers)
        patch = self.rig.application.begin(self.rig.now, request)
        assert isinstance(patch, Patch)
        patch.feed(self.rig.now, self._slice(item))
        if self.chance.random() < 0.5:
            patch.checkpoint(self.rig.now)
            self.rig.store.flush()
        if self.chance.random() < 0.5:
            patch.abort(self.rig.now)
        self._ask(item)

    def _ask(self, item: Recording) -> None:
        item.offset = self.rig.laptop.offset(item.location)

    def _delete(self, item: Recording) -> None:
        if self.chance.random() < 0.2:
            item.doomed = True
            item.deleted = self.rig.laptop.tus("DELETE", item.location).status == 204


def _uuid(chance: random.Random) -> str:
    text = f"{chance.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def acknowledged_bytes_survive(store: Store, cut: Cut, chance: random.Random, begin: Begin = lambda: None) -> None:
    """Everything acknowledged before the cut is there after it, byte for byte, and every upload can be completed."""
    rig = Rig(store=store).entered()
    rig.at(0)
    client = Client(rig, chance)
    begin()
    try:
        for _ in range(60):
            client.act()
    except PowerLost:
        pass
    rig.store = cut(store)
    rig.restart()
    reply = rig.laptop.ask("GET", "/v1/session")
    assert reply.status == 200, "the session is gone"
    state = msgspec.json.decode(reply.body, type=SessionState)
    assert state.entered_ms is not None
    assert len(state.read) == len(rig.plan.attachments)
    found = {item.recording: item for item in state.uploads}
    for item in client.recordings:
        if item.doomed and item.meta.recording not in found:
            item.deleted = True
        if item.deleted or not item.location:
            continue
        held = found.get(item.meta.recording)
        assert held is not None, "an upload is gone"
        assert held.offset >= item.offset, f"{item.offset - held.offset} acknowledged bytes are lost"
        stored = rig.store.read(item.location.rpartition("/")[2], 0, 1 << 20)
        assert stored == item.data[: held.offset]
        assert held.held or not item.held
    client.finish_everything()
    for item in client.recordings:
        if not item.deleted:
            upload = rig.store.read(item.location.rpartition("/")[2], 0, 1 << 20)
            assert hashlib.sha256(upload).digest() == hashlib.sha256(item.data).digest()


SUITE = (acknowledged_bytes_survive,)
