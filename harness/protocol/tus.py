"""tus 1.0 as spoken here: version, extensions, and the metadata of a recording's upload."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

import msgspec

from harness.core.view import Stream

VERSION: Final = "1.0.0"
EXTENSIONS: Final = "creation,creation-with-upload,creation-defer-length,checksum,expiration,termination"
OFFSET_TYPE: Final = "application/offset+octet-stream"
_KEY: Final = re.compile(r"[a-z_]{1,32}")


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """`Upload-Metadata`: no file name, nothing of the person (whose it is comes from the token)."""

    exam: str
    recording: str  # uuid, one a segment
    stream: Stream
    segment: int  # 0…, in order
    mime: str
    started_ms: int  # exam ms at which the segment began
    previous: str = ""  # uuid of the segment before


def encode_metadata(metadata: Metadata) -> str:
    """The header's value: `key base64,key base64`."""
    pairs = {key: str(value) for key, value in msgspec.structs.asdict(metadata).items() if value != ""}
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items())


def decode_metadata(header: str) -> Metadata:
    """Raises ValueError with one sentence naming the key that is wrong."""
    values: dict[str, str] = {}
    for part in header.split(","):
        key, _, encoded = part.strip().partition(" ")
        if not _KEY.fullmatch(key) or key in values:
            raise ValueError(f"Upload-Metadata: the key {key[:40]!r} is malformed or stands twice")
        try:
            values[key] = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise ValueError(f"Upload-Metadata: {key} is not base64 of UTF-8 text") from error
    unknown = set(values) - set(Metadata.__struct_fields__)
    if unknown:
        raise ValueError(f"Upload-Metadata: {sorted(unknown)[0]!r} is no key of a recording")
    try:
        return msgspec.convert(values, Metadata, strict=False)
    except msgspec.ValidationError as error:
        raise ValueError(f"Upload-Metadata: {error}") from error
