"""A live WebM as bytes: the header of a stream without an end, and clusters that are whole.

Laws: pure; a reader's stream begins with a key frame, and a cluster that holds one begins with it, so a segment may be cut before any such
cluster and, with the header in front, plays alone; blocks go out in the order of their times, which are whole ms of the devices' own time.
Element numbers: RFC 9559 (Matroska); Opus within it: its codec mapping. Called by the server, once for each reader.
"""

from __future__ import annotations

import heapq
import struct
from typing import Final, Literal, NamedTuple

Track = Literal["picture", "sound"]

# Short, so that what a reader has lags little behind the device; ten clusters a second cost a hundred bytes.
CLUSTER_MS: Final = 100
WRITER: Final = "viva"
_NUMBER: Final[dict[Track, int]] = {"picture": 1, "sound": 2}
_UNKNOWN: Final = b"\x01" + b"\xff" * 7  # RFC 8794, section 6.2: the segment of a live stream
_KEY: Final = 0x80
_MS_IN_NS: Final = 1_000_000


class Packet(NamedTuple):
    """One encoded picture or stretch of sound. `at_ms` is when it was due (a sound: when it began), ms of the device's own time."""

    track: Track
    at_ms: int
    data: bytes
    key: bool


class Picture(NamedTuple):
    """What the header says of the pictures (VP8)."""

    width: int
    height: int
    frames_per_second: int


class Sound(NamedTuple):
    """What the header says of the sound (Opus, mono): the encoder's own header, and its delay."""

    head: bytes
    delay_ns: int


class Muxer:
    """One reader's stream: `header`, then what `take` returns. Has a picture track, a sound track or both."""

    def __init__(self, picture: Picture | None, sound: Sound | None) -> None:
        self.header: Final = header(picture, sound)
        self._pictured = picture is not None
        self._seen: dict[Track, int | None] = {}
        if picture is not None:
            self._seen["picture"] = None
        if sound is not None:
            self._seen["sound"] = None
        self._held: list[tuple[int, int, Packet]] = []
        self._blocks: list[Packet] = []
        self._begun = False

    def take(self, packet: Packet) -> bytes:
        """The clusters that are whole with this packet; often none."""
        self._seen[packet.track] = packet.at_ms
        heapq.heappush(self._held, (packet.at_ms, _NUMBER[packet.track], packet))
        latest = [at for at in self._seen.values() if at is not None]
        if len(latest) < len(self._seen):
            return b""
        written = b""
        while self._held and self._held[0][0] <= min(latest):
            written += self._put(heapq.heappop(self._held)[2])
        return written

    def _put(self, packet: Packet) -> bytes:
        opens = packet.key and packet.track == "picture"
        if not self._begun and self._pictured and not opens:
            return b""
        self._begun = True
        written = b""
        if self._blocks and (opens or packet.at_ms - self._blocks[0].at_ms >= CLUSTER_MS):
            written = cluster(self._blocks)
            self._blocks = []
        self._blocks.append(packet)
        return written


def header(picture: Picture | None, sound: Sound | None) -> bytes:
    """Everything before the first cluster."""
    ebml = _master(
        0x1A45DFA3,
        _uint(0x4286, 1),  # EBMLVersion
        _uint(0x42F7, 1),  # EBMLReadVersion
        _uint(0x42F2, 4),  # EBMLMaxIDLength
        _uint(0x42F3, 8),  # EBMLMaxSizeLength
        _element(0x4282, b"webm"),  # DocType
        _uint(0x4287, 4),  # DocTypeVersion: CodecDelay and SeekPreRoll are of version 4
        _uint(0x4285, 2),  # DocTypeReadVersion
    )
    info = _master(
        0x1549A966,
        _uint(0x2AD7B1, _MS_IN_NS),  # TimestampScale
        _element(0x4D80, WRITER.encode()),  # MuxingApp
        _element(0x5741, WRITER.encode()),  # WritingApp
    )
    tracks = _master(
        0x1654AE6B,
        *([_picture_track(picture)] if picture else []),
        *([_sound_track(sound)] if sound else []),
    )
    return ebml + _id(0x18538067) + _UNKNOWN + info + tracks


def cluster(blocks: list[Packet]) -> bytes:
    """One cluster of known size; its time is that of its first block."""
    at_ms = blocks[0].at_ms
    return _master(0x1F43B675, _uint(0xE7, at_ms), *(_block(packet, at_ms) for packet in blocks))


def _block(packet: Packet, cluster_ms: int) -> bytes:
    head = struct.pack(">BhB", 0x80 | _NUMBER[packet.track], packet.at_ms - cluster_ms, _KEY if packet.key else 0)
    return _element(0xA3, head + packet.data)  # SimpleBlock


def _picture_track(picture: Picture) -> bytes:
    return _master(
        0xAE,
        _uint(0xD7, _NUMBER["picture"]),  # TrackNumber
        _uint(0x73C5, _NUMBER["picture"]),  # TrackUID
        _uint(0x83, 1),  # TrackType: video
        _uint(0x9C, 0),  # FlagLacing
        _element(0x86, b"V_VP8"),  # CodecID
        _uint(0x23E383, 1_000 * _MS_IN_NS // picture.frames_per_second),  # DefaultDuration
        _master(0xE0, _uint(0xB0, picture.width), _uint(0xBA, picture.height)),
    )


def _sound_track(sound: Sound) -> bytes:
    return _master(
        0xAE,
        _uint(0xD7, _NUMBER["sound"]),
        _uint(0x73C5, _NUMBER["sound"]),
        _uint(0x83, 2),  # TrackType: audio
        _uint(0x9C, 0),
        _element(0x86, b"A_OPUS"),
        _element(0x63A2, sound.head),  # CodecPrivate
        _uint(0x56AA, sound.delay_ns),  # CodecDelay
        _uint(0x56BB, 80 * _MS_IN_NS),  # SeekPreRoll: what Opus takes to converge (RFC 7845, section 4.6)
        _master(0xE1, _element(0xB5, struct.pack(">d", 48_000.0)), _uint(0x9F, 1)),  # SamplingFrequency, Channels
    )


def _master(identity: int, *children: bytes) -> bytes:
    return _element(identity, b"".join(children))


def _uint(identity: int, value: int) -> bytes:
    return _element(identity, value.to_bytes(max(1, (value.bit_length() + 7) // 8)))


def _element(identity: int, content: bytes) -> bytes:
    return _id(identity) + _size(len(content)) + content


def _id(identity: int) -> bytes:
    return identity.to_bytes((identity.bit_length() + 7) // 8)


def _size(length: int) -> bytes:
    """A variable-length size (RFC 8794, section 4); all ones would mean unknown."""
    width = next(width for width in range(1, 9) if length < (1 << 7 * width) - 1)
    return (length | 1 << 7 * width).to_bytes(width)
