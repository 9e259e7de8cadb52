"""How an answer tells the offset that is held: tus headers, and the observation that it was told."""

from __future__ import annotations

import datetime as dt
import re
from email.utils import format_datetime
from typing import Final, Literal

from harness.core.events import Offered
from harness.protocol.tus import VERSION
from harness.service.call import Call
from harness.service.state import Upload

TUS_HEADERS: Final = {"tus-resumable": VERSION}
_HOST: Final = re.compile(r"[A-Za-z0-9.-]+(:\d+)?|\[[0-9A-Fa-f:]+\](:\d+)?")


def offset_headers(call: Call, upload: Upload) -> dict[str, str]:
    """Offset and, while it is incomplete, expiry."""
    headers = {**TUS_HEADERS, "upload-offset": str(upload.offset)}
    if upload.offset != upload.length:
        moment = (call.tools.registry.epoch + upload.expires) / 1000
        headers["upload-expires"] = format_datetime(dt.datetime.fromtimestamp(moment, dt.UTC), usegmt=True)
    return headers


def offer(upload: Upload, reply_to: Literal["create", "head", "patch"]) -> Offered:
    """The observation that this answer tells the offset."""
    metadata = upload.metadata
    return Offered(
        upload=upload.id,
        stream=metadata.stream,
        segment=metadata.segment,
        offset=upload.offset,
        reply_to=reply_to,
    )


def upload_address(call: Call, upload: Upload) -> str:
    """Absolute as the client knows the service (aiotus can't resolve a path); without a Host, the path."""
    path, host = f"/v1/uploads/{upload.id}", call.header("host")
    if not _HOST.fullmatch(host):
        return path
    scheme = "https" if call.header("x-forwarded-proto") == "https" else "http"
    return f"{scheme}://{host}{path}"
