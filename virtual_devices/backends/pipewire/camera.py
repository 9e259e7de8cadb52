"""The backend for unmodified browsers on Linux: a camera in user space on a PipeWire server, registered as `pipewire`.

Laws: the camera is there for every client of that server from its opening to its closing, under the label given; a picture that is sent
while somebody looks reaches all who look, one that nobody looks at is dropped, as with any camera; a camera whose server or node has died
raises `HarnessError` at the next picture, never later. Each camera has a connection and a loop thread of its own, so that one's end is no
other's. The server is that of a device stack (`virtual_devices.stack`), by its runtime folder.
"""

from __future__ import annotations

import ctypes as c
import hashlib
import json
import socket
import threading
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harness.core.errors import HarnessError
from virtual_devices.backends.pipewire import library as pw
from virtual_devices.backends.pipewire import pods

_I420: Final = int.from_bytes(b"I420", "little")
_PATIENCE: Final = 5.0  # seconds for a node to be there; it takes some 5 ms
_open: Final[set[tuple[str, str]]] = set()  # names taken, by server


class Pipewire:
    """One camera; arguments as pyvirtualcam gives them, `device` being the label that pages see, and `runtime` the server's folder."""

    def __init__(
        self, *, width: int, height: int, fps: float, fourcc: int, device: str | None, runtime: str = ""
    ) -> None:
        if device is None or not runtime:
            raise HarnessError(
                "a pipewire camera needs device=LABEL and runtime=FOLDER: the name that pages see and its stack's folder"
            )
        if fourcc != _I420 or fps != int(fps) or width % 2 or height % 2:
            raise HarnessError(
                f"a pipewire camera takes I420, even sizes and whole frames a second, not {width}x{height} at {fps}"
            )
        self._label = device
        self._size = width * height * 3 // 2
        self._stride = width
        self._state, self._failure = pw.UNCONNECTED, ""
        self._there = threading.Event()  # on the server, or failed
        self.starved = 0  # pictures for which those who look had left no free buffer
        self._pw = pw.pipewire()
        remote = _connected(runtime, device)
        self._key = _unique(runtime, device)
        self._loop = self._pw.pw_thread_loop_new(b"camera", None)
        self._context = self._pw.pw_context_new(self._pw.pw_thread_loop_get_loop(self._loop), None, 0)
        self._stream: int | None = None
        self._pw.pw_thread_loop_start(self._loop)
        try:
            self._plug(remote.detach(), int(fps), height)
        except BaseException:
            self.close()
            raise

    def _plug(self, remote: int, fps: int, height: int) -> None:
        name = self._key[1]
        properties = {
            "media.class": "Video/Source",
            "media.role": "Camera",
            "node.name": name,
            "node.description": self._label,
        }
        self._events = pw.StreamEvents(
            version=2,
            state_changed=pw.StateChanged(self._on_state),
            param_changed=pw.ParamChanged(self._on_param),
        )
        self._hook = c.create_string_buffer(pw.HOOK_SIZE)
        self._pods = [
            _buffer(pods.video_format(self._stride, height, fps)),
            _buffer(pods.buffers(self._size, self._stride)),
        ]
        self._pw.pw_thread_loop_lock(self._loop)
        try:
            core = self._pw.pw_context_connect_fd(self._context, remote, None, 0)
            if core is None:
                raise HarnessError(f"camera {self._label!r} can't be plugged in: PipeWire refused the connection")
            told = self._pw.pw_properties_new_string(json.dumps(properties, ensure_ascii=False).encode())
            self._stream = self._pw.pw_stream_new(core, name.encode(), told)
            self._pw.pw_stream_add_listener(self._stream, self._hook, c.byref(self._events), None)
            flags = pw.MAP_BUFFERS | pw.DRIVER
            offered = (c.c_void_p * 1)(c.addressof(self._pods[0]))
            self._pw.pw_stream_connect(self._stream, pw.OUTPUT, pw.ANY_ID, flags, offered, 1)
        finally:
            self._pw.pw_thread_loop_unlock(self._loop)
        if not self._there.wait(_PATIENCE):
            self._failure = "it is not on the server after 5 s"
        if self._failure:
            raise HarnessError(f"camera {self._label!r} can't be plugged in: {self._failure}")

    def send(self, frame: NDArray[np.uint8]) -> None:
        """Hand the picture to all who look. Raises `HarnessError` once the camera has died."""
        if self._failure:
            raise HarnessError(f"camera {self._label!r} has died: {self._failure}")
        if self._state != pw.STREAMING:
            return
        picture = np.ascontiguousarray(frame)
        self._pw.pw_thread_loop_lock(self._loop)
        try:
            taken = self._pw.pw_stream_dequeue_buffer(self._stream)
            if taken:
                block = taken.contents.buffer.contents.datas[0]
                c.memmove(block.data, picture.ctypes.data, min(picture.nbytes, block.maxsize))
                chunk = block.chunk.contents
                chunk.offset, chunk.size, chunk.stride, chunk.flags = 0, self._size, self._stride, 0
                self._pw.pw_stream_queue_buffer(self._stream, taken)
            else:
                self.starved += 1
            self._pw.pw_stream_trigger_process(self._stream)
        finally:
            self._pw.pw_thread_loop_unlock(self._loop)

    def close(self) -> None:
        """The camera is unplugged."""
        self._pw.pw_thread_loop_lock(self._loop)
        if self._stream is not None:
            self._pw.pw_stream_destroy(self._stream)
            self._stream = None
        self._pw.pw_thread_loop_unlock(self._loop)
        self._pw.pw_thread_loop_stop(self._loop)
        self._pw.pw_context_destroy(self._context)
        self._pw.pw_thread_loop_destroy(self._loop)
        _open.discard(self._key)

    def device(self) -> str:
        """The label that pages see."""
        return self._label

    @property
    def streaming(self) -> bool:
        """Whether somebody looks."""
        return self._state == pw.STREAMING

    def native_fourcc(self) -> int:
        """I420."""
        return _I420

    def _on_state(self, _data: int | None, _old: int, new: int, error: bytes | None) -> None:
        """In the loop's thread, or in whoever holds its lock."""
        self._state = new
        if new in (pw.ERROR, pw.UNCONNECTED):
            self._failure = (error or b"its server has gone").decode(errors="replace")
        if new not in (pw.UNCONNECTED, pw.CONNECTING) or self._failure:
            self._there.set()

    def _on_param(self, _data: int | None, parameter: int, pod: int | None) -> None:
        if parameter == pods.PARAM_FORMAT and pod:
            wanted = (c.c_void_p * 1)(c.addressof(self._pods[1]))
            self._pw.pw_stream_update_params(self._stream, wanted, 1)


def _connected(runtime: str, label: str) -> socket.socket:
    remote = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        remote.connect(str(Path(runtime) / "pipewire-0"))
    except OSError as error:
        remote.close()
        raise HarnessError(
            f"camera {label!r} can't be plugged in: no PipeWire server answers in {runtime} ({error.strerror}); is the device stack up?"
        ) from None
    return remote


def _unique(runtime: str, label: str) -> tuple[str, str]:
    """A node's name: the same each time a camera of that label is plugged in, as a browser tells devices apart by it."""
    name = base = f"viva-{hashlib.sha256(label.encode()).hexdigest()[:12]}"
    number = 1
    while (runtime, name) in _open:
        number += 1
        name = f"{base}-{number}"
    _open.add((runtime, name))
    return runtime, name


def _buffer(pod: bytes) -> c.Array[c.c_char]:
    return c.create_string_buffer(pod, len(pod))
