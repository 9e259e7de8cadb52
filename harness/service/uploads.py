"""Uploads by tus 1.0: creation (with upload, with deferred length), offsets, termination, and the declaration that a recording is finished.

`Upload-Offset` counts bytes that are durable once the answer has left. A recording's uuid names one upload of the candidate: creating it
again gives the same one, so that a creation whose reply was lost costs nothing. What arrives in a PATCH is `harness.service.patch`'s business.
"""

from __future__ import annotations

import re
from typing import Final

from harness.core.events import Finished
from harness.core.view import Role, Stream
from harness.protocol.exam_api import FinishBody, FinishReply
from harness.protocol.tus import EXTENSIONS, OFFSET_TYPE, VERSION, decode_metadata
from harness.service.call import Call
from harness.service.offsets import TUS_HEADERS, offer, offset_headers
from harness.service.patch import Patch, checksum_wanted
from harness.service.problems import Refused, Result, json
from harness.service.sessions import owner
from harness.service.state import Upload

MAX_SIZE: Final = 16 << 30  # bytes of one upload: three hours at 12 Mbit/s
# An upload that is not complete is kept so long: results are published within days, and a client may upload until then.
KEPT_MS: Final = 14 * 24 * 3_600_000
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_MIME: Final = re.compile(r"(video|audio)/[a-z0-9.+-]{1,40}(; ?codecs=[\"a-zA-Z0-9.,_ -]{1,80})?")
OPTIONS_HEADERS: Final = {
    "tus-resumable": VERSION,
    "tus-version": VERSION,
    "tus-max-size": str(MAX_SIZE),
    "tus-extension": EXTENSIONS,
    "tus-checksum-algorithm": "sha1,sha256",
}


def options(_: Call) -> Result:
    """OPTIONS: what of tus is spoken."""
    return Result(status=204, headers=dict(OPTIONS_HEADERS))


def require_tus(call: Call) -> None:
    """Raises `unsupported-tus-version` unless the client speaks 1.0.0."""
    if call.header("tus-resumable") != VERSION:
        raise Refused(
            "unsupported-tus-version", f"请求头 Tus-Resumable 须为 {VERSION}。", headers={"tus-version": VERSION}
        )


def length_header(call: Call, name: str) -> int | None:
    """A length or offset from a header; None where it is missing."""
    text = call.header(name)
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Refused("invalid-header", f"{name} 须为非负整数，不是 {text[:40]!r}。")
    return int(text)


# -- creation --------------------------------------------------------------------------------------------------------


def create(call: Call) -> Patch:
    """POST: a new upload, or the recording's own again; the body, if any, are its first bytes."""
    length = _declared_length(call)
    header = call.header("upload-metadata")
    try:
        metadata = decode_metadata(header)
    except ValueError as error:
        raise Refused("invalid-header", str(error)) from error
    call.subject = metadata.recording
    if not _UUID.fullmatch(metadata.recording) or (metadata.previous and not _UUID.fullmatch(metadata.previous)):
        raise Refused("invalid-header", "Upload-Metadata: recording 与 previous 须为小写 UUID。")
    if metadata.segment < 0 or not _MIME.fullmatch(metadata.mime):
        raise Refused("invalid-header", "Upload-Metadata: segment 须从 0 起，mime 须为音视频类型。")
    if metadata.exam != call.the_exam.id:
        raise Refused("forbidden", "Upload-Metadata: exam 不是本令牌所属的考试。")
    role = Role.PHONE if metadata.stream is Stream.EVIDENCE else Role.LAPTOP
    if role != call.role:
        raise Refused("forbidden", "佐证视频由手机上传，其余录像由电脑上传。")
    if role is Role.LAPTOP and call.seat.entered_ms is None:
        raise Refused("not-entered", "进入考试之前只能上传佐证视频。")
    checksum = checksum_wanted(call)
    registry = call.tools.registry
    upload = registry.recordings.get(call.seat.key, {}).get(metadata.recording)
    if upload is None or _expired(call, upload):
        upload = Upload(
            id=call.tools.new_id(),
            exam=call.the_exam.id,
            ticket=call.seat.entrant.ticket,
            metadata=metadata,
            header=header,
            length=length,
            expires=call.now + KEPT_MS,
        )
    elif upload.metadata != metadata or (None not in (length, upload.length) and length != upload.length):
        raise Refused("length-mismatch", "这段录像已经以不同的元数据或长度创建过。")
    return Patch(call, upload, offset=0, reply_to="create", checksum=checksum)


def _declared_length(call: Call) -> int | None:
    length, deferred = length_header(call, "upload-length"), call.header("upload-defer-length")
    if (length is None) == (not deferred) or deferred not in ("", "1"):
        raise Refused("invalid-header", "须且仅须给出 Upload-Length，或 Upload-Defer-Length: 1。")
    if length is not None and length > MAX_SIZE:
        raise Refused("too-large", f"单个上传不得超过 {MAX_SIZE} 字节。")
    return length


# -- what there is ---------------------------------------------------------------------------------------------------


def find(call: Call) -> Upload:
    """The upload of the path, which must be this device's own. Someone else's is not told from none."""
    registry = call.tools.registry
    upload = registry.uploads.get(call.param)
    if upload is not None and upload.seat == call.seat.key and owner(upload) == call.role:
        call.subject = upload.metadata.recording
        if not _expired(call, upload):
            return upload
    raise Refused("not-found", "没有这个上传，或它不属于本令牌。")


def _expired(call: Call, upload: Upload) -> bool:
    """It was never completed in all that time: it is given up here and now."""
    if call.now < upload.expires or upload.offset == upload.length:
        return False
    call.tools.end_patch(upload.id, call.now)
    call.tools.registry.drop_upload(upload)
    return True


def head(call: Call) -> Result:
    """HEAD: the durable offset. A PATCH that still hangs is over."""
    upload = find(call)
    call.tools.end_patch(upload.id, call.now)
    known = {"upload-defer-length": "1"} if upload.length is None else {"upload-length": str(upload.length)}
    headers = {"cache-control": "no-store", "upload-metadata": upload.header, **known, **offset_headers(call, upload)}
    return Result(headers=headers, offered=offer(upload, "head"))


def patch(call: Call) -> Patch:
    """PATCH: bytes at the durable offset. A PATCH that still hangs is over."""
    if call.header("content-type") != OFFSET_TYPE:
        raise Refused("wrong-content-type", f"Content-Type 须为 {OFFSET_TYPE}。")
    upload = find(call)
    offset = length_header(call, "upload-offset")
    if offset is None:
        raise Refused("invalid-header", "缺少 Upload-Offset。")
    checksum = checksum_wanted(call)
    length = length_header(call, "upload-length")
    call.tools.end_patch(upload.id, call.now)
    if length is not None:
        if length > MAX_SIZE:
            raise Refused("too-large", f"单个上传不得超过 {MAX_SIZE} 字节。")
        if upload.length not in (None, length) or length < upload.offset:
            raise Refused("length-mismatch", f"Upload-Length {length} 与已有的长度不符。")
    return Patch(call, upload, offset=offset, reply_to="patch", checksum=checksum, length=length)


def delete(call: Call) -> Result:
    """DELETE: tus termination. A recording that was finished and is held stays."""
    upload = find(call)
    if upload.held:
        raise Refused("forbidden", "这段录像已确认完整，不能删除。")
    call.tools.end_patch(upload.id, call.now)
    call.tools.registry.drop_upload(upload)
    return Result(status=204, headers=dict(TUS_HEADERS))


# -- finished --------------------------------------------------------------------------------------------------------


def finish(call: Call) -> Result:
    """POST /recordings/{recording}/finish: whether the service holds exactly what the client recorded."""
    body: FinishBody = call.body
    registry = call.tools.registry
    upload = registry.recordings.get(call.seat.key, {}).get(call.param)
    if upload is None or owner(upload) != call.role:
        raise Refused("not-found", "没有这段录像的上传。")
    call.subject = call.param
    if not _SHA256.fullmatch(body.sha256) or body.length < 0:
        raise Refused("invalid-body", "length 须为非负整数，sha256 须为 64 位小写十六进制。")
    call.tools.end_patch(upload.id, call.now)
    if body.length < upload.offset or upload.length not in (None, body.length):
        raise Refused("length-mismatch", f"申报长度 {body.length} 与已有的 {upload.offset} 字节或申报过的长度不符。")
    same = body.length == upload.offset and registry.sha256(upload) == body.sha256
    upload.declared, upload.declared_sha256, upload.length, upload.held = body.length, body.sha256, body.length, same
    registry.save_upload(upload)
    call.saw(
        Finished(
            upload=upload.id,
            stream=upload.metadata.stream,
            segment=upload.metadata.segment,
            length=body.length,
            sha256=body.sha256,
            held=same,
        )
    )
    if body.length == upload.offset and not same:
        raise Refused("checksum-mismatch", "已有的字节与申报的 SHA-256 不符，请删除该上传后重新上传。")
    state = FinishReply(state="held" if same else "missing", offset=upload.offset)
    return json(state, subject=call.param, replayable=False)
