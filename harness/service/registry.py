"""What the exam service knows, found by token, code, recording or upload: documents of the store with indexes in memory.

Handlers change the documents and call `save…`; the shell flushes before the answer leaves. A `Registry` made anew from the same
store knows the same. Presence (who was seen when) is not kept: after a start everybody counts as just seen.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import Any, Final, Literal

import msgspec

from harness.core.errors import VivaError
from harness.core.plan import decode_number, encode_number
from harness.service.state import Binding, Document, Exam, Progress, Remembered, Seat, Still, Upload
from harness.service.store import Store

# Answers that an Idempotency-Key can replay, per seat: an interview makes about forty, an outage's backlog some more.
REPLIES_KEPT: Final = 512
# Face pictures that are kept, per seat: the first ones. A candidate whose face is not recognised calls the desk long before.
STILLS_KEPT: Final = 50
_CHUNK: Final = 1 << 20


class Registry:
    """All of it, with the indexes that requests are looked up by."""

    def __init__(self, store: Store, epoch_ms: int) -> None:
        self.store = store
        self.epoch = epoch_ms
        self.exams: dict[str, Exam] = {}
        self.progress: dict[str, Progress] = {}
        self.seats: dict[str, Seat] = {}
        self.tokens: dict[str, tuple[Seat, Literal["ticket", "laptop", "phone"]]] = {}
        self.codes: dict[str, tuple[Seat, Binding]] = {}
        self.uploads: dict[str, Upload] = {}
        self.recordings: dict[str, dict[str, Upload]] = {}  # by seat, by recording
        self.replies: dict[str, OrderedDict[str, Remembered]] = {}
        self._hashes: dict[str, tuple[int, Any]] = {}
        self._load()

    # -- made, found ---------------------------------------------------------------------------------------------

    def add_exam(self, exam: Exam, progress: Progress, seats: list[Seat]) -> None:
        """A new exam. Raises `VivaError` where a ticket is in use."""
        for seat in seats:
            other = self.tokens.get(seat.entrant.ticket)
            if other is not None or not seat.entrant.ticket:
                raise VivaError(
                    f"the ticket {seat.entrant.ticket[:40]!r} is empty or in use by exam "
                    f"{other[0].exam if other else '-'}; give every entrant a ticket of their own"
                )
            self._index(seat)
        self.exams[exam.id] = exam
        self._put("exam", exam.id, exam)
        self.save_progress(exam.id, progress)
        for seat in seats:
            self.save_seat(seat)

    def exam(self, exam: str) -> Exam:
        """Raises `VivaError` where there is none."""
        if exam not in self.exams:
            raise VivaError(f"there is no exam {exam[:60]!r}; configure one first")
        return self.exams[exam]

    def seat(self, exam: str, ticket: str) -> Seat:
        """Raises `VivaError` where there is none."""
        self.exam(exam)
        found = self.seats.get(f"{exam}/{ticket}")
        if found is None:
            raise VivaError(f"exam {exam} has no entrant with the ticket {ticket[:40]!r}")
        return found

    def seats_of(self, exam: str) -> list[Seat]:
        """All candidates of an exam."""
        return [seat for seat in self.seats.values() if seat.exam == exam]

    def uploads_of(self, seat: Seat) -> list[Upload]:
        """A candidate's uploads, ordered by stream and segment."""
        mine = self.recordings.get(seat.key, {})
        return sorted(mine.values(), key=lambda upload: (upload.metadata.stream, upload.metadata.segment))

    # -- kept ----------------------------------------------------------------------------------------------------

    def save_seat(self, seat: Seat) -> None:
        """Stages the seat."""
        self._put("seat", seat.key, seat)

    def save_progress(self, exam: str, progress: Progress) -> None:
        """Stages what changes about an exam."""
        self.progress[exam] = progress
        self._put("progress", exam, progress)

    def save_upload(self, upload: Upload) -> None:
        """Stages the upload's document, and its bytes to be durable before it."""
        if upload.offset:
            self.store.settle(upload.id)
        self._index_upload(upload)
        self._put("upload", upload.id, upload)

    def drop_upload(self, upload: Upload) -> None:
        """Stages the end of an upload and of its bytes."""
        self.uploads.pop(upload.id, None)
        self.recordings.get(upload.seat, {}).pop(upload.metadata.recording, None)
        self._hashes.pop(upload.id, None)
        self.store.drop("upload", upload.id)
        self.store.remove(upload.id)

    def remember(self, seat: Seat, key: str, reply: Remembered) -> None:
        """Stages an answer for replay; the oldest goes when there are too many."""
        kept = self.replies.setdefault(seat.key, OrderedDict())
        kept[key] = reply
        self._put("reply", f"{seat.key}/{key}", reply)
        while len(kept) > REPLIES_KEPT:
            oldest, _ = kept.popitem(last=False)
            self.store.drop("reply", f"{seat.key}/{oldest}")

    def forget_replies(self, seat: Seat) -> None:
        """Stages the end of every answer that is kept for replay."""
        for key in self.replies.pop(seat.key, ()):
            self.store.drop("reply", f"{seat.key}/{key}")

    def give_token(self, seat: Seat, role: Literal["laptop", "phone"], token: str) -> None:
        """A token of that role for the seat; a laptop's replaces the one before."""
        if role == "laptop":
            self.tokens.pop(seat.token, None)
            seat.token = token
        else:
            seat.phone = token
            seat.phones.append(token)
        self.tokens[token] = (seat, role)

    def add_binding(self, seat: Seat, binding: Binding) -> None:
        """A new code for the seat."""
        seat.bindings.append(binding)
        self.codes[binding.code] = (seat, binding)

    # -- face pictures -------------------------------------------------------------------------------------------

    def keep_still(self, seat: Seat, still: Still) -> None:
        """Stages a face picture."""
        if seat.stills < STILLS_KEPT:
            self._put("still", f"{seat.key}/{seat.stills}", still)
            seat.stills += 1
            self.save_seat(seat)

    def stills_of(self, seat: Seat) -> list[Still]:
        """A candidate's durable face pictures, in the order in which they came."""
        found = (self.store.document("still", f"{seat.key}/{number}") for number in range(seat.stills))
        return [msgspec.json.decode(body, type=Still) for body in found if body is not None]

    # -- checksums -----------------------------------------------------------------------------------------------

    def grew(self, upload: Upload, at: int, data: bytes) -> None:
        """Bytes were written at that offset: the running SHA-256 goes on, unless a restart lost it."""
        length, digest = self._hashes.get(upload.id) or (0, hashlib.sha256())
        if length == at:
            digest.update(data)
            self._hashes[upload.id] = (at + len(data), digest)

    def hash_so_far(self, upload: Upload) -> tuple[int, Any] | None:
        """The running SHA-256, to be given back to `hash_again` where what follows is thrown away."""
        running = self._hashes.get(upload.id)
        return None if running is None else (running[0], running[1].copy())

    def hash_again(self, upload: Upload, running: tuple[int, Any] | None) -> None:
        """Goes back to an earlier running SHA-256."""
        self._hashes.pop(upload.id, None)
        if running is not None:
            self._hashes[upload.id] = running

    def sha256(self, upload: Upload) -> str:
        """Of the bytes held. Read again from the store where the running one was lost."""
        length, digest = self._hashes.get(upload.id, (0, None))
        if digest is None or length != upload.offset:
            digest = hashlib.sha256()
            for at in range(0, upload.offset, _CHUNK):
                digest.update(self.store.read(upload.id, at, min(_CHUNK, upload.offset - at)))
            self._hashes[upload.id] = (upload.offset, digest)
        return str(digest.hexdigest())

    # -- inside --------------------------------------------------------------------------------------------------

    def _put(self, kind: str, key: str, value: Document) -> None:
        self.store.put(kind, key, msgspec.json.encode(value, enc_hook=encode_number))

    def _index(self, seat: Seat) -> None:
        self.seats[seat.key] = seat
        self.tokens[seat.entrant.ticket] = (seat, "ticket")
        if seat.token:
            self.tokens[seat.token] = (seat, "laptop")
        for token in seat.phones:
            self.tokens[token] = (seat, "phone")
        for binding in seat.bindings:
            self.codes[binding.code] = (seat, binding)

    def _index_upload(self, upload: Upload) -> None:
        self.uploads[upload.id] = upload
        self.recordings.setdefault(upload.seat, {})[upload.metadata.recording] = upload

    def _load(self) -> None:
        for key, body in self.store.load("exam"):
            exam = msgspec.json.decode(body, type=Exam, dec_hook=decode_number)
            # The service's clock starts anew with the machine; within one boot it is exact and Unix time is not.
            if abs(self.epoch - exam.epoch) > 2_000:
                exam.origin += exam.epoch - self.epoch
                exam.epoch = self.epoch
                self._put("exam", key, exam)
            self.exams[key] = exam
        for key, body in self.store.load("progress"):
            self.progress[key] = msgspec.json.decode(body, type=Progress)
        for _, body in self.store.load("seat"):
            self._index(msgspec.json.decode(body, type=Seat))
        for key, body in self.store.load("reply"):
            seat, _, name = key.rpartition("/")
            self.replies.setdefault(seat, OrderedDict())[name] = msgspec.json.decode(body, type=Remembered)
        self._load_uploads()

    def _load_uploads(self) -> None:
        for _, body in self.store.load("upload"):
            upload = msgspec.json.decode(body, type=Upload)
            size = self.store.size(upload.id)
            if size > upload.offset:
                self.store.truncate(upload.id, upload.offset)
            elif (
                size < upload.offset
            ):  # the disk lied about a sync: the client is told the truth and sends the rest again
                upload.offset, upload.held = size, False
            self._index_upload(upload)
        for blob in self.store.blobs():
            if blob not in self.uploads:
                self.store.remove(blob)
