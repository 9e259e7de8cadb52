"""The few values of PipeWire's wire format (SPA PODs) that a camera needs: its picture's format and the buffers it wants. Pure.

A pod is its body's length, its type, and the body padded to eight bytes, all in the machine's order. Numbers are those of
`spa/param/format.h`, `spa/param/buffers.h` and `spa/utils/type.h`.
"""

from __future__ import annotations

import struct
from typing import Final

_ID: Final = 3
_INT: Final = 4
_RECTANGLE: Final = 10
_FRACTION: Final = 11
_OBJECT: Final = 15
_CHOICE: Final = 19

_FORMAT: Final = 0x40003  # object types
_BUFFERS: Final = 0x40004
_ENUM_FORMAT: Final = 3  # parameters
PARAM_FORMAT: Final = 4
_PARAM_BUFFERS: Final = 5

_VIDEO, _RAW, _I420 = 2, 1, 2
_RANGE, _FLAGS = 1, 4  # kinds of choices
_MEM_PTR, _MEM_FD = 1, 2  # kinds of memory


def video_format(width: int, height: int, fps: int) -> bytes:
    """The one format that a camera offers: I420 of that size at that rate."""
    return _object(
        _FORMAT,
        _ENUM_FORMAT,
        (1, _id(_VIDEO)),
        (2, _id(_RAW)),
        (0x20001, _id(_I420)),
        (0x20003, _pod(_RECTANGLE, struct.pack("=II", width, height))),
        (0x20004, _pod(_FRACTION, struct.pack("=II", fps, 1))),
    )


def buffers(size: int, stride: int) -> bytes:
    """Two to sixteen buffers of `size` bytes in one block each, in plain or shared memory."""
    return _object(
        _BUFFERS,
        _PARAM_BUFFERS,
        (1, _choice(_RANGE, 4, 2, 16)),
        (2, _int(1)),
        (3, _int(size)),
        (4, _int(stride)),
        (6, _choice(_FLAGS, 1 << _MEM_PTR | 1 << _MEM_FD)),
    )


def _pod(kind: int, body: bytes) -> bytes:
    return struct.pack("=II", len(body), kind) + body + bytes(-len(body) % 8)


def _id(value: int) -> bytes:
    return _pod(_ID, struct.pack("=I", value))


def _int(value: int) -> bytes:
    return _pod(_INT, struct.pack("=i", value))


def _choice(kind: int, *values: int) -> bytes:
    """A choice of integers: the default first, then what the kind wants."""
    return _pod(_CHOICE, struct.pack(f"=IIII{len(values)}i", kind, 0, 4, _INT, *values))


def _object(kind: int, parameter: int, *properties: tuple[int, bytes]) -> bytes:
    body = b"".join(struct.pack("=II", key, 0) + value for key, value in properties)
    return _pod(_OBJECT, struct.pack("=II", kind, parameter) + body)
