"""The upload of recordings by tus 1.0: created with a length that is not known yet, sent in slices while it is recorded, declared, finished.

Laws: a byte is sent from where the service said it stands and nowhere else; after every break the service is asked (HEAD) before the next
PATCH; a recording counts as uploaded only when the service said `held` to its length and SHA-256. A slice is as long as about a
second's sending on this network takes. While sending fails, one upload alone tries again, at growing intervals. Owned by a client's core.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from clients.headless.links import Backoff, Links, keyed
from clients.headless.recordings import Journal, Segment
from harness.protocol import tus
from harness.protocol.client import Failure, Storage
from harness.protocol.exam_api import FinishBody, FinishReply
from harness.protocol.messages import Request, Response, json_body
from harness.protocol.vocabulary import Stream, UploadShown

# A live recording is sent at most once a second: less lag costs the service more requests than it is worth.
SLICE_MS: Final = 1_000
SMALLEST: Final = 8 << 10
FIRST_SIZE: Final = 64 << 10
LARGEST: Final = 1 << 20
# A slice that took longer than this is followed by a shorter one, well before a stall is suspected; one that took less, by a longer.
SLOW_MS: Final = 1_000
FAST_MS: Final = 300
# So many breaks on end, and the candidate is told that the upload has failed (it is tried again all the same).
TELL_AFTER: Final = 4


class Upload:
    """One recording on its way."""

    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        self.offset: int | None = None  # what the service holds, as far as is known; None: it must be asked
        self.acknowledged = 0  # the most that the service ever said it holds: for progress alone
        self.next_slice = 0
        self.backoff = Backoff()
        self.key = ""  # of the creation or the finish that is being repeated
        self.name = f"upload:{segment.recording}"  # what its requests are called


class Uploads:
    """All uploads of one client. Subclass it to build a client that loses bytes."""

    def __init__(
        self, exam: Callable[[], str], links: Links, storage: Storage, journal: Journal, mint: Callable[[], str]
    ) -> None:
        self._exam = exam
        self._links = links
        self._storage = storage
        self._journal = journal
        self._mint = mint
        self._uploads: dict[str, Upload] = {}
        self._gate = Backoff()
        self._size = FIRST_SIZE
        self._turn = 0

    # -- what the candidate sees -------------------------------------------------------------------------------------

    def complete(self) -> bool:
        """The service holds every byte of every recording of this client: success may be shown."""
        return all(segment.complete and segment.held for segment in self._journal.segments)

    def failing(self) -> bool:
        """Something has not got through so many times on end that the candidate must know."""
        return any(not u.segment.held and self._is_failing(u) for u in self._uploads.values())

    def _is_failing(self, upload: Upload) -> bool:
        return max(upload.backoff.attempts, self._gate.attempts) >= TELL_AFTER

    def shown(self) -> dict[Stream, UploadShown]:
        """The progress of each stream, over its segments."""
        return {stream: self._progress(segments) for stream, segments in self._journal.streams().items()}

    def retry(self) -> None:
        """【重新上传】: at once, whatever the intervals; what was held already is asked for again."""
        self._gate.reset()
        for segment in self._journal.segments:
            segment.held = False
        for upload in self._uploads.values():
            upload.backoff.reset()
            self._links.drop(upload.name)
            upload.offset = None

    # -- the machine -------------------------------------------------------------------------------------------------

    def tick(self, now: int) -> None:
        """Goes on with every upload that can go on."""
        pending = self._pending()
        free = [upload for upload in pending if not self._links.asking(upload.name)]
        ready = [upload for upload in free if self._is_ready(upload, now)]
        if self._gate.attempts:
            busy = len(free) < len(pending)
            ready = [] if busy or not ready or now < self._gate.due else [ready[self._turn % len(ready)]]
        for upload in ready:
            self._go_on(upload, now)

    def _is_ready(self, upload: Upload, now: int) -> bool:
        at = self._ready_at(upload, now)
        return at is not None and now >= max(at, upload.backoff.due)

    def next_due(self, now: int) -> int | None:
        """When `tick` has something to do if nothing happens before."""
        pending = self._pending()
        waiting = [upload for upload in pending if not self._links.asking(upload.name)]
        if self._gate.attempts and len(waiting) < len(pending):
            return None
        ready = [(upload, self._ready_at(upload, now)) for upload in waiting]
        return min((max(self._gate.due, u.backoff.due, at) for u, at in ready if at is not None), default=None)

    def _pending(self) -> list[Upload]:
        found = []
        for segment in self._journal.segments:
            if not segment.held and self.may_send(segment):
                upload = self._uploads.get(segment.recording)
                if upload is None:
                    upload = self._uploads[segment.recording] = Upload(segment)
                found.append(upload)
        return found

    def may_send(self, segment: Segment) -> bool:
        """Whether this recording may be on its way already: live ones may."""
        return segment.complete or self._storage.size(segment.recording) > 0

    def _ready_at(self, upload: Upload, now: int) -> int | None:
        """When its next step may be taken: a live upload waits until a slice is full or its second is over."""
        segment = upload.segment
        if not segment.upload and not self._exam():
            return None  # a client that was started again may have recordings before it knows the exam that they are of
        if segment.complete or not segment.upload or upload.offset is None:
            return now
        waiting = self._storage.size(segment.recording) - upload.offset
        if not waiting:
            return None
        return now if waiting >= self._size else upload.next_slice

    def _go_on(self, upload: Upload, now: int) -> None:
        segment = upload.segment
        if not segment.upload:
            self._create(upload)
        elif upload.offset is None:
            self._ask_offset(upload)
        elif upload.offset < self._storage.size(segment.recording) or not segment.declared:
            self._patch(upload, now)
        else:
            self._finish(upload)

    # -- creation ----------------------------------------------------------------------------------------------------

    def _create(self, upload: Upload) -> None:
        segment = upload.segment
        metadata = tus.Metadata(
            exam=self._exam(),
            recording=segment.recording,
            stream=segment.stream,
            segment=segment.segment,
            mime=segment.mime,
            started_ms=segment.started_ms,
            previous=segment.previous,
        )
        headers = {"upload-defer-length": "1", "upload-metadata": tus.encode_metadata(metadata)}
        upload.key = upload.key or self._mint()
        request = keyed(_tus("POST", "/v1/uploads", headers), upload.key)
        self._send(upload, request, self._created)

    def _created(self, upload: Upload, reply: Response, now: int) -> None:
        location = urlsplit(reply.headers.get("location", "")).path
        if reply.status != 201 or not location:
            self._broke(upload, now)
            return
        upload.key = ""
        upload.segment.upload = location
        self._journal.save()
        self._worked(upload)
        self._stands_at(upload, _offset(reply) or 0)  # a creation whose reply was lost may have been there already

    # -- after a break -----------------------------------------------------------------------------------------------

    def _ask_offset(self, upload: Upload) -> None:
        self._send(upload, _tus("HEAD", upload.segment.upload), self._told_offset)

    def _told_offset(self, upload: Upload, reply: Response, now: int) -> None:
        offset = _offset(reply)
        if reply.status in (404, 410):
            self._start_over(upload, now)
        elif not reply.ok or offset is None or offset > self._storage.size(upload.segment.recording):
            self._broke(upload, now)
        else:
            upload.segment.declared = "upload-length" in reply.headers
            self._stands_at(upload, self.offset_after_break(upload, offset))

    def offset_after_break(self, upload: Upload, told: int) -> int:
        """Where the first PATCH after a break begins: where the service says it stands."""
        return told

    def _start_over(self, upload: Upload, now: int) -> None:
        """The service has no such upload any more: the recording is sent from its beginning."""
        upload.segment.upload = ""
        upload.segment.declared = False
        upload.offset = None
        self._journal.save()
        self._broke(upload, now)

    # -- sending -----------------------------------------------------------------------------------------------------

    def slice_size(self) -> int:
        """How many bytes the next PATCH may carry."""
        return self._size

    def recorded(self, recording: str, offset: int, size: int) -> bytes:
        """The bytes that a PATCH at that offset carries."""
        return self._storage.read(recording, offset, size)

    def _patch(self, upload: Upload, now: int) -> None:
        segment, offset = upload.segment, upload.offset or 0
        body = self.recorded(segment.recording, offset, self.slice_size())
        headers = {"content-type": tus.OFFSET_TYPE, "upload-offset": str(offset)}
        declares = segment.complete and offset + len(body) == self._storage.size(segment.recording)
        if declares and not segment.declared:
            headers["upload-length"] = str(offset + len(body))
        upload.next_slice = now + SLICE_MS

        def done(upload: Upload, reply: Response, later: int) -> None:
            held = _offset(reply)
            if reply.status != 204 or held != offset + len(body):
                self._broke(upload, later)
                return
            segment.declared |= declares
            self._learn(len(body), later - now)
            self._worked(upload)
            self._stands_at(upload, held)

        self._send(upload, _tus("PATCH", segment.upload, headers, body), done)

    def _learn(self, size: int, took: int) -> None:
        """The next slice: longer where this one was full and quick, shorter where it was slow."""
        if took > SLOW_MS:
            self._size = max(SMALLEST, size // 2)
        elif took < FAST_MS and size >= self._size:
            self._size = min(LARGEST, self._size * 2)

    # -- the end -----------------------------------------------------------------------------------------------------

    def _finish(self, upload: Upload) -> None:
        recording = upload.segment.recording
        body = FinishBody(length=self._storage.size(recording), sha256=self._storage.sha256(recording))
        upload.key = upload.key or self._mint()
        headers = {"content-type": "application/json"}
        request = Request(
            method="POST", path=f"/v1/recordings/{recording}/finish", headers=headers, body=json_body(body)
        )
        self._send(upload, keyed(request, upload.key), self._finished)

    def _finished(self, upload: Upload, reply: Response, now: int) -> None:
        upload.key = ""
        problem = reply.problem
        if problem is not None and problem.code in ("checksum-mismatch", "length-mismatch"):
            self._take_back(upload)
        elif reply.ok and reply.decode(FinishReply).state == "held":
            self._worked(upload)
            upload.segment.held = True
            self._journal.save()
        else:
            self._broke(upload, now)

    def _take_back(self, upload: Upload) -> None:
        """What is held is not what was recorded: the upload is deleted and made anew."""

        def done(upload: Upload, reply: Response, now: int) -> None:
            if reply.ok or reply.status in (404, 410):
                self._start_over(upload, now)
            else:
                self._broke(upload, now)

        self._send(upload, _tus("DELETE", upload.segment.upload), done)

    # -- common ------------------------------------------------------------------------------------------------------

    def _send(self, upload: Upload, request: Request, done: Callable[[Upload, Response, int], None]) -> None:
        def failed(_failure: Failure, now: int) -> None:
            self._broke(upload, now)

        self._links.ask(upload.name, request, lambda reply, now: done(upload, reply, now), failed=failed)

    def _stands_at(self, upload: Upload, offset: int) -> None:
        upload.offset = offset
        upload.acknowledged = max(upload.acknowledged, offset)

    def _worked(self, upload: Upload) -> None:
        self._gate.reset()
        upload.backoff.reset()

    def _broke(self, upload: Upload, now: int) -> None:
        """A break: after the interval the service is asked where it stands."""
        upload.offset = None
        upload.next_slice = now  # what is repeated does not wait for a second to be over
        self._size = max(SMALLEST, self._size // 2)
        upload.backoff.failed(now, self._links.first_retry_ms)
        if now >= self._gate.due:  # several that were on their way together failed once
            self._gate.failed(now, self._links.first_retry_ms)
            self._turn += 1

    def _progress(self, segments: list[Segment]) -> UploadShown:
        sizes = [self._storage.size(segment.recording) for segment in segments]
        uploads = [self._uploads.get(segment.recording) for segment in segments]
        sent = sum(
            size if segment.held else upload.acknowledged if upload else 0
            for segment, size, upload in zip(segments, sizes, uploads, strict=True)
        )
        if not all(segment.complete for segment in segments):
            return UploadShown(sent=sent, total=sum(sizes), state="recording")
        if all(segment.held for segment in segments):
            return UploadShown(sent=sent, total=sum(sizes), state="done")
        failing = any(upload is not None and self._is_failing(upload) for upload in uploads)
        return UploadShown(sent=sent, total=sum(sizes), state="failed" if failing else "sending")


def _tus(method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> Request:
    return Request(method=method, path=path, headers={"tus-resumable": tus.VERSION, **(headers or {})}, body=body)


def _offset(reply: Response) -> int | None:
    value = reply.headers.get("upload-offset", "")
    return int(value) if value.isdigit() else None
