"""One stretch of bytes on its way into an upload: a PATCH, or the body of a creation.

Bytes are written as they come. Without a checksum they count however the stretch ends, even when its connection is cut; with one they
count once it was right, and are thrown away otherwise. A newer request for the same upload ends an older stretch: what that still
brings is dropped.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any, Final, Literal, NamedTuple

import msgspec

from harness.core.events import Arrived, PatchBegan
from harness.protocol.tus import OFFSET_TYPE
from harness.service.call import Call
from harness.service.offsets import offer, offset_headers, upload_address
from harness.service.problems import Refused, Result, refusal
from harness.service.state import Upload

MERGE_MS: Final = 50  # chunks that arrive within so long are one observation
# How much a cut or a killed service may cost of a long stretch: whatever is more than this has been made durable on the way.
CHECKPOINT_BYTES: Final = 1 << 20
CHECKPOINT_MS: Final = 500


class Checksum(NamedTuple):
    """What the client says that the stretch's bytes hash to."""

    digest: Any
    wanted: bytes


class Span(msgspec.Struct):
    """Bytes that arrived together; exam ms."""

    from_ms: int
    until_ms: int
    offset: int
    length: int


def checksum_wanted(call: Call) -> Checksum | None:
    """From `Upload-Checksum: ALGORITHM BASE64`. Raises `invalid-header`."""
    header = call.header("upload-checksum")
    if not header:
        return None
    algorithm, _, encoded = header.partition(" ")
    if algorithm not in ("sha1", "sha256"):
        raise Refused("invalid-header", "Upload-Checksum: 算法须为 sha1 或 sha256。")
    digest = hashlib.new(algorithm)
    try:
        wanted = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        wanted = b""
    if len(wanted) != digest.digest_size:
        raise Refused("invalid-header", f"Upload-Checksum: 不是 base64 编码的 {algorithm}。")
    return Checksum(digest, wanted)


class Patch:
    """Fed by a shell with what arrives; `end` or `abort` once. `answer` is made by the application."""

    def __init__(
        self,
        call: Call,
        upload: Upload,
        *,
        offset: int,
        reply_to: Literal["create", "patch"],
        checksum: Checksum | None,
        length: int | None = None,
    ) -> None:
        self.call = call
        self.upload = upload
        self._reply_to = reply_to
        self._checksum = checksum
        self._spans: list[Span] = []
        self._last_checkpoint = call.now
        # A creation of what exists already brings bytes that are held: they are passed over.
        self._skip = upload.offset if reply_to == "create" else 0
        self._at = upload.offset  # where the next byte goes
        self._hash = call.tools.registry.hash_so_far(upload)
        self._refused = self._check(offset)
        self._open = self._refused is None  # it may write
        if self._open:
            self._begin(length)
        if reply_to == "patch":
            self._observe_begin(offset)

    @property
    def live(self) -> bool:
        """It may still write: no newer request has ended it, and it was not refused from the start."""
        return self._open

    # -- driven by the shell -------------------------------------------------------------------------------------

    def feed(self, now: int, chunk: bytes) -> bool:
        """Bytes arrived. False: the rest is not wanted, end it."""
        if not self._open or self._refused is not None:
            return False
        if not chunk:
            return True
        if self._content_type_missing():
            self._refused = Refused("wrong-content-type", f"Content-Type 须为 {OFFSET_TYPE}。")
            return False
        if self._checksum is not None:
            self._checksum.digest.update(chunk)
        fresh = chunk[self._skip :]
        self._skip -= len(chunk) - len(fresh)
        if self.upload.length is not None and self._at + len(fresh) > self.upload.length:
            fresh = fresh[: self.upload.length - self._at]
            self._refused = Refused("length-mismatch", "内容超过了申报的长度。")
        if fresh:
            self._write(self.call.exam_time(now), fresh)
        return self._refused is None

    def checkpoint_due(self, now: int) -> bool:
        """So much has arrived that it should be made durable on the way."""
        unsaved = self._at - self.upload.offset
        return (
            self._open
            and self._checksum is None
            and unsaved > 0
            and (unsaved >= CHECKPOINT_BYTES or now - self._last_checkpoint >= CHECKPOINT_MS)
        )

    def checkpoint(self, now: int) -> None:
        """Stages what has arrived; durable with the next flush."""
        if self._open and self._checksum is None:
            self._last_checkpoint = now
            self._keep()

    def end(self, now: int) -> Result:
        """Everything arrived: the result to answer with."""
        if not self._open:
            return refusal(self._refused or Refused("locked", "同一上传已有更新的请求，本次请求作废。"))
        wrong_sum = (
            self._refused is None
            and self._checksum is not None
            and (self._checksum.digest.digest() != self._checksum.wanted)
        )
        if wrong_sum:
            self._refused = Refused("checksum-mismatch", "内容与 Upload-Checksum 不符，已丢弃。")
        self.abort(now, complete=self._refused is None)
        if self._refused is not None:
            return refusal(self._refused)
        return self._success()

    def abort(self, now: int, *, complete: bool = False) -> None:
        """It is over, cut off unless `complete`: keeps what counts and lets go of the upload."""
        if not self._open:
            return
        self._open = False
        del self.call.tools.patches[self.upload.id]
        if self._checksum is None or complete:
            self._keep()
        else:
            self._throw_away()

    # -- inside --------------------------------------------------------------------------------------------------

    def _check(self, offset: int) -> Refused | None:
        upload = self.upload
        if self._reply_to == "patch" and offset != upload.offset:
            detail = f"Upload-Offset 为 {offset}，而已有 {upload.offset} 字节。"
            return Refused("offset-mismatch", detail, headers={"upload-offset": str(upload.offset)})
        announced = self.call.header("content-length")
        if upload.length is not None and announced.isdigit() and offset + int(announced) > upload.length:
            return Refused("length-mismatch", "内容超过了申报的长度。")
        if upload.held and self._reply_to == "patch":
            return Refused("length-mismatch", "这段录像已确认完整。")
        return None

    def _begin(self, length: int | None) -> None:
        tools = self.call.tools
        tools.end_patch(self.upload.id, self.call.now)
        tools.patches[self.upload.id] = self
        new = self.upload.id not in tools.registry.uploads
        if length is not None and self.upload.length != length:
            self.upload.length = length
            new = True
        if new:
            tools.registry.save_upload(self.upload)

    def _observe_begin(self, offset: int) -> None:
        metadata = self.upload.metadata
        began = PatchBegan(
            upload=self.upload.id,
            stream=metadata.stream,
            segment=metadata.segment,
            offset=offset,
            accepted=self._refused is None,
        )
        self.call.saw(began)

    def _content_type_missing(self) -> bool:
        return self._reply_to == "create" and self.call.header("content-type") != OFFSET_TYPE

    def _write(self, at_ms: int, data: bytes) -> None:
        registry = self.call.tools.registry
        registry.store.write(self.upload.id, self._at, data)
        registry.grew(self.upload, self._at, data)
        last = self._spans[-1] if self._spans else None
        if last is not None and at_ms - last.from_ms <= MERGE_MS:
            last.until_ms = at_ms
            last.length += len(data)
        else:
            self._spans.append(Span(at_ms, at_ms, self._at, len(data)))
        self._at += len(data)

    def _keep(self) -> None:
        if self._at == self.upload.offset:
            return
        self.upload.offset = self._at
        self.call.tools.registry.save_upload(self.upload)
        for span in self._spans:
            arrived = Arrived(
                upload=self.upload.id,
                stream=self.upload.metadata.stream,
                segment=self.upload.metadata.segment,
                offset=span.offset,
                length=span.length,
                started_ms=self.call.exam_now,
            )
            self.call.saw(arrived, span.from_ms, span.until_ms)
        self._spans.clear()

    def _throw_away(self) -> None:
        registry = self.call.tools.registry
        registry.store.truncate(self.upload.id, self.upload.offset)
        registry.hash_again(self.upload, self._hash)

    def _success(self) -> Result:
        headers = offset_headers(self.call, self.upload)
        if self._reply_to == "create":
            headers["location"] = upload_address(self.call, self.upload)
        status = 201 if self._reply_to == "create" else 204
        return Result(status=status, headers=headers, offered=offer(self.upload, self._reply_to))
