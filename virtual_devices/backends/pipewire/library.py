"""What is used of libpipewire-0.3, declared for ctypes: structures as `pipewire/stream.h` and `spa/buffer/buffer.h` lay them out.

Laws: the library is loaded when the first camera is plugged in and initialised once a process; whatever it lacks is a `HarnessError`
that names the package.
"""

from __future__ import annotations

import ctypes as c
from functools import cache
from typing import Final

from harness.core.errors import HarnessError

LIBRARY: Final = "libpipewire-0.3.so.0"
PACKAGE: Final = "libpipewire-0.3-0"  # Debian

OUTPUT: Final = 1
ANY_ID: Final = 0xFFFFFFFF
MAP_BUFFERS: Final = 1 << 2
DRIVER: Final = 1 << 3

ERROR: Final = -1  # states of a stream
UNCONNECTED: Final = 0
CONNECTING: Final = 1
PAUSED: Final = 2
STREAMING: Final = 3

HOOK_SIZE: Final = 64  # of a struct spa_hook: two list links, two callbacks' pointers, a function and two more


class Chunk(c.Structure):
    """How much of a block is filled."""

    _fields_ = (("offset", c.c_uint32), ("size", c.c_uint32), ("stride", c.c_int32), ("flags", c.c_int32))


class Data(c.Structure):
    """One block of memory."""

    _fields_ = (
        ("type", c.c_uint32),
        ("flags", c.c_uint32),
        ("fd", c.c_int64),
        ("mapoffset", c.c_uint32),
        ("maxsize", c.c_uint32),
        ("data", c.c_void_p),
        ("chunk", c.POINTER(Chunk)),
    )


class SpaBuffer(c.Structure):
    """One frame's blocks."""

    _fields_ = (("n_metas", c.c_uint32), ("n_datas", c.c_uint32), ("metas", c.c_void_p), ("datas", c.POINTER(Data)))


class Buffer(c.Structure):
    """One frame, as a stream hands it out."""

    _fields_ = (
        ("buffer", c.POINTER(SpaBuffer)),
        ("user_data", c.c_void_p),
        ("size", c.c_uint64),
        ("requested", c.c_uint64),
    )


StateChanged = c.CFUNCTYPE(None, c.c_void_p, c.c_int, c.c_int, c.c_char_p)  # data, old, new, error
ParamChanged = c.CFUNCTYPE(None, c.c_void_p, c.c_uint32, c.c_void_p)  # data, parameter, pod or NULL


class StreamEvents(c.Structure):
    """What a stream calls back; what is NULL is not called."""

    _fields_ = (
        ("version", c.c_uint32),
        ("destroy", c.c_void_p),
        ("state_changed", StateChanged),
        ("control_info", c.c_void_p),
        ("io_changed", c.c_void_p),
        ("param_changed", ParamChanged),
        ("add_buffer", c.c_void_p),
        ("remove_buffer", c.c_void_p),
        ("process", c.c_void_p),
        ("drained", c.c_void_p),
        ("command", c.c_void_p),
        ("trigger_done", c.c_void_p),
    )


_POINTER = c.c_void_p
_FUNCTIONS: Final[dict[str, tuple[object, ...]]] = {  # name → result, arguments
    "pw_init": (None, _POINTER, _POINTER),
    "pw_thread_loop_new": (_POINTER, c.c_char_p, _POINTER),
    "pw_thread_loop_destroy": (None, _POINTER),
    "pw_thread_loop_get_loop": (_POINTER, _POINTER),
    "pw_thread_loop_start": (c.c_int, _POINTER),
    "pw_thread_loop_stop": (None, _POINTER),
    "pw_thread_loop_lock": (None, _POINTER),
    "pw_thread_loop_unlock": (None, _POINTER),
    "pw_context_new": (_POINTER, _POINTER, _POINTER, c.c_size_t),
    "pw_context_destroy": (None, _POINTER),
    "pw_context_connect_fd": (_POINTER, _POINTER, c.c_int, _POINTER, c.c_size_t),
    "pw_properties_new_string": (_POINTER, c.c_char_p),
    "pw_stream_new": (_POINTER, _POINTER, c.c_char_p, _POINTER),
    "pw_stream_add_listener": (None, _POINTER, _POINTER, c.POINTER(StreamEvents), _POINTER),
    "pw_stream_connect": (c.c_int, _POINTER, c.c_int, c.c_uint32, c.c_int, c.POINTER(_POINTER), c.c_uint32),
    "pw_stream_update_params": (c.c_int, _POINTER, c.POINTER(_POINTER), c.c_uint32),
    "pw_stream_dequeue_buffer": (c.POINTER(Buffer), _POINTER),
    "pw_stream_queue_buffer": (c.c_int, _POINTER, c.POINTER(Buffer)),
    "pw_stream_trigger_process": (c.c_int, _POINTER),
    "pw_stream_destroy": (None, _POINTER),
}


@cache
def pipewire() -> c.CDLL:
    """The library, initialised."""
    try:
        library = c.CDLL(LIBRARY)
        for name, (result, *arguments) in _FUNCTIONS.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
    except (OSError, AttributeError) as error:
        raise HarnessError(f"{LIBRARY} can't be used ({error}): install Debian's {PACKAGE}") from None
    library.pw_init(None, None)
    return library
