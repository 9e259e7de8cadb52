"""The harness's side of the encoders' process: starts it, tells it which devices there are, and knows what it says of them.

Laws: the process starts when the first device is plugged in, or before that by `start`, so who needs no encoded media pays nothing; it
shares no interpreter with the harness, so neither makes the other late; it ends with this block, and with this process however that ends.
One that ends by itself is a fault of the harness, which `check` raises: nothing that happened meanwhile says anything of a client.
Devices are plugged in and out from any thread.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import threading
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple
from urllib.parse import quote

import msgspec

from harness.core.errors import HarnessError
from virtual_devices.camera import VirtualCamera
from virtual_devices.encoded.orders import Failed, Held, Late, Order, PlugCamera, PlugMicrophone, Ready, Unplug, Word
from virtual_devices.encoded.pictures import PictureWriter
from virtual_devices.microphone import VirtualMicrophone
from virtual_devices.schedule import Now

Source = VirtualCamera | VirtualMicrophone

START_S: Final = 20.0  # importing takes 0.5 s on a free machine
STOP_S: Final = 4.0  # it has nothing to finish
_ROOT: Final = Path(__file__).parents[2]
_MEMORY: Final = Path("/dev/shm")


class Address(NamedTuple):
    """Where a device is: its live WebM, and (a camera or screen) its present picture."""

    encoded: str
    still: str


class Broadcast:
    """Within a `with`: `plug` devices, and readers find them.

    `now` is the clock that the devices are paced by: ms of this machine's monotonic clock, which the process reads too.
    """

    def __init__(self, now: Now) -> None:
        self._now = now
        self._names: dict[Source, str] = {}
        self._plugged = 0  # how many rings of pictures were made
        self._stack = contextlib.ExitStack()
        self._folder = Path()
        self._process: subprocess.Popen[bytes] | None = None
        self._listener: threading.Thread | None = None
        self._starting = threading.Lock()
        self._ordering = threading.Lock()
        self._changed = threading.Condition()  # notified at every word of the process; guards what follows
        self._port = 0
        self._held: set[str] = set()
        self._late: defaultdict[str, float] = defaultdict(float)
        self.failures: list[str] = []  # what went wrong in the process
        self._stopping = False

    # -- the process ---------------------------------------------------------------------------------------------

    def __enter__(self) -> Broadcast:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for source in list(self._names):
            self.unplug(source)
        self._stopping = True
        if self._process is not None:
            self._end(self._process)
        self._stack.close()

    @property
    def pid(self) -> int:
        """Of the process; 0 before it is started."""
        return 0 if self._process is None else self._process.pid

    def start(self) -> None:
        """The process serves; blocks until it does, and does nothing where it does already. Raises `HarnessError` where it can't."""
        with self._starting:
            if self._process is None:
                self._start()
            with self._changed:
                self._changed.wait_for(lambda: self._port or self.failures, START_S)
        self.check()
        if not self._port:
            raise HarnessError(f"the encoders' process did not answer within {START_S:g} s; try on a machine less busy")

    def check(self) -> None:
        """Raises `HarnessError` where something went wrong in the process, or it is no more."""
        if self.failures:
            raise HarnessError(f"encoded devices failed: {self.failures[0]}")

    def _start(self) -> None:
        memory = _MEMORY if os.access(_MEMORY, os.W_OK) else None
        self._folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="viva-encoded-", dir=memory)))
        log = self._stack.enter_context((self._folder / "log").open("wb"))
        path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH", ""))))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "virtual_devices.encoded", str(self._folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env={**os.environ, "PYTHONPATH": path},
        )
        self._listener = threading.Thread(
            target=self._listen, args=(self._process,), name="encoded devices", daemon=True
        )
        self._listener.start()

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None  # a pipe, see `_start`
        assert process.stdout is not None
        with contextlib.suppress(OSError):
            process.stdin.close()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if self._listener is not None:
            self._listener.join()
        process.stdout.close()

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        """In a thread of its own: what the process says, until it ends."""
        assert process.stdout is not None  # a pipe, see `_start`
        decoder: msgspec.json.Decoder[Word] = msgspec.json.Decoder(Word)
        for line in process.stdout:
            word = decoder.decode(line)
            with self._changed:
                self._heard(word)
                self._changed.notify_all()
        if not self._stopping:
            status = process.wait()
            said = (self._folder / "log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
            with self._changed:
                self.failures.append(
                    f"their process ended by itself with status {status}; it said {said[-1] if said else 'nothing'!r}"
                )
                self._changed.notify_all()

    def _heard(self, word: Word) -> None:
        match word:
            case Ready():
                self._port = word.port
            case Held():
                (self._held.add if word.held else self._held.discard)(word.name)
            case Late():
                self._late[word.folder] = max(self._late[word.folder], word.late_ms)
            case Failed():
                self.failures.append(word.why)

    def _order(self, order: Order) -> None:
        assert self._process is not None  # only who was plugged in is talked about
        assert self._process.stdin is not None
        with self._ordering, contextlib.suppress(OSError):  # a process that is no more is told by `check`
            self._process.stdin.write(msgspec.json.encode(order) + b"\n")
            self._process.stdin.flush()

    # -- devices -------------------------------------------------------------------------------------------------

    def plug(self, source: Source, name: str) -> Address:
        """The device can be read from now on; `name` is FOLDER/DEVICE, and no two devices have the same. Raises `HarnessError` as `start`."""
        if name in self._names.values() or source in self._names:
            raise HarnessError(f"the device {name!r} is plugged in already; unplug it first")
        self.start()
        camera = isinstance(source, VirtualCamera)
        self._order(
            self._plugged_camera(source, name)
            if isinstance(source, VirtualCamera)
            else self._plugged_microphone(source, name)
        )
        self._names[source] = name
        base = f"http://127.0.0.1:{self._port}/{quote(name)}"
        return Address(f"{base}.webm", f"{base}.jpg" if camera else "")

    def _plugged_camera(self, camera: VirtualCamera, name: str) -> PlugCamera:
        spec = camera.spec
        self._plugged += 1
        path = self._folder / f"{self._plugged}.i420"
        camera.tap = PictureWriter(path, spec.width * spec.height * 3 // 2).put
        return PlugCamera(name, str(path), spec.width, spec.height, spec.fps, camera.epoch_ms)

    def _plugged_microphone(self, microphone: VirtualMicrophone, name: str) -> PlugMicrophone:
        return PlugMicrophone(name, microphone.address, microphone.epoch_ms, self._now())

    def unplug(self, source: Source) -> None:
        """The device is gone, and its readers' streams end; one that is not plugged in is no fault."""
        name = self._names.pop(source, None)
        if name is None:
            return
        self._order(Unplug(name, self._now()))
        if isinstance(source, VirtualCamera):
            source.tap = None

    def held(self, source: Source) -> bool:
        """Whether anybody reads the device now."""
        return self._names.get(source) in self._held

    def lateness_ms(self, folder: str) -> float:
        """The latest that anything of the folder's devices came out so far; 0 where nobody read them."""
        return self._late.get(folder, 0.0)

    def wait_until(self, condition: Callable[[], bool], within_s: float) -> bool:
        """Waits for what the process says to make that true; whether it did."""
        with self._changed:
            return self._changed.wait_for(condition, within_s)
