"""A microphone that exists only in software: marks, speech and a quiet room, on the device's own time.

Laws: a sample depends on its number, the microphone's identity and what was said alone, so any block sizes give the same sound
(pull mode: `samples_at`); plugged in and pumped (`schedule`), a chunk of 20 ms is due when its last sample is over, by an absolute
schedule, and none is left out. Its count begins where its own time stands when it is plugged in.

The ring, so that a client in any language can read it. `FILE` is 65536 samples, signed 16-bit little-endian, mono, 16 kHz (4.096 s);
sample n stands at n mod 65536. `FILE.idx` is one unsigned 64-bit little-endian number, the count of samples ever written (see
`backends.shared`). To read on from sample p:

    1. c = the count. 2^64 − 1: the microphone was unplugged. If p < c − 65536 + 3200, that much is lost: go on from there.
    2. copy [p, c).
    3. d = the count again. Samples before d + 1600 − 65536 may have been overwritten meanwhile: throw them away.

Sample n was heard at n / 16 ms of the microphone's own time, frame m of a camera with the same epoch is seen at m·1000/fps.
"""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from harness.core.errors import HarnessError, VivaError
from virtual_devices import speech, timecode
from virtual_devices.backends.pulse import PulseSource
from virtual_devices.backends.shared import SharedReader, SharedWriter
from virtual_devices.schedule import Lateness, Now

Sound = NDArray[np.float32]

RATE: Final = speech.RATE
CHUNK: Final = RATE // 50  # 20 ms, the frame of Opus
RING: Final = 1 << 16
PIECE: Final = RATE // 10  # the most that is written between two counts
ROOM_NOISE: Final = 0.002  # of full scale (−54 dB): a quiet room is not a broken microphone
_NOISE_PERIOD: Final = 100_003  # samples; prime, so that it repeats with nothing else


class MicrophoneSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What a microphone is. `device` (0…15) and `session` (0…255) are what its chirps say."""

    device: int
    session: int
    label: str


class SoundPort(msgspec.Struct, frozen=True, kw_only=True):
    """Where a microphone's sound goes, if not into a ring: a PulseAudio server (a stack's `PULSE_SERVER`), under the label that pages see."""

    server: str
    label: str


class Spoken(NamedTuple):
    """A text said from `at_ms` until `until_ms` of the microphone's own time."""

    text: str
    at_ms: int
    until_ms: int


class VirtualMicrophone:
    """One microphone.

    `say` and `mute` may be called while it is pumped, by one thread at a time; their times are ms of its own, since `epoch_ms`.
    """

    def __init__(
        self,
        spec: MicrophoneSpec,
        *,
        epoch_ms: float = 0,
        ring: Path | None = None,
        port: SoundPort | None = None,
        clips: Path | None = None,
    ) -> None:
        if not (0 <= spec.device < 16 and 0 <= spec.session < 256):
            raise VivaError(
                f"microphone {spec.label!r} has device {spec.device}, session {spec.session}: a device is 0..15, a session 0..255"
            )
        self.spec = spec
        self.epoch_ms = epoch_ms
        self.lateness = Lateness()
        self.lost_samples = 0  # never written: the pump was more than a ring late
        self._chirps = timecode.Chirps(spec.device, spec.session, RATE)
        self._noise = _noise(spec.device)
        self._clips = clips
        self._spoken: tuple[tuple[int, Sound, Spoken], ...] = ()
        self._mutes: tuple[tuple[int, int], ...] = ()
        self._ring = ring
        self._port = port
        self._outlet: _Outlet | None = None
        self._delivering = False  # what was over before it was plugged in is not lost: there was no microphone

    # What it hears

    @property
    def spoken(self) -> tuple[Spoken, ...]:
        """All that is said, in the order in which it was asked for."""
        return tuple(spoken for _, _, spoken in self._spoken)

    def say(self, text: str, at_ms: int) -> Spoken:
        """`text` is said from `at_ms` on, or as soon as its first word can still be heard whole; returns when it really is.

        Raises `HarnessError` where no synthesiser works.
        """
        sound = speech.clip(text, self._clips)
        first = at_ms * RATE // 1_000
        if self._outlet is not None and self._delivering:
            first = max(first, self._outlet.count + 2 * CHUNK)  # one chunk may be on its way while this is said
        at_ms = first * 1_000 // RATE
        spoken = Spoken(text, at_ms, at_ms + -(-len(sound) * 1_000 // RATE))
        self._spoken = (*self._spoken, (first, sound, spoken))
        return spoken

    def mute(self, from_ms: int, until_ms: int) -> None:
        """Within [from_ms, until_ms) there is nothing at all: zeros, not even marks."""
        if until_ms <= from_ms:
            raise VivaError(f"a mute must end after it begins at {from_ms} ms, not at {until_ms} ms")
        self._mutes = (*self._mutes, (from_ms * RATE // 1_000, until_ms * RATE // 1_000))

    def own_ms(self, now_ms: float) -> int:
        """That time on the microphone's own clock."""
        return math.floor(now_ms - self.epoch_ms)

    def samples_until(self, now_ms: float) -> int:
        """How many samples were over at that time, by the schedule."""
        return max(0, int((now_ms - self.epoch_ms) * RATE // 1_000))

    def samples_at(self, first_sample: int, count: int) -> Sound:
        """The samples [first_sample, first_sample + count), float32, full scale 1, within ± 1."""
        sound = self._chirps.render(first_sample, count)
        sound += np.take(self._noise, np.arange(first_sample, first_sample + count), mode="wrap")
        for first, clip, _ in self._spoken:
            begin, end = max(first, first_sample), min(first + len(clip), first_sample + count)
            if begin < end:
                sound[begin - first_sample : end - first_sample] += clip[begin - first : end - first]
        for first, last in self._mutes:
            sound[max(0, first - first_sample) : max(0, last - first_sample)] = 0
        return np.clip(sound, -1, 1, out=sound)

    # Plugged in

    def __enter__(self) -> VirtualMicrophone:
        if self._port is not None:
            self._outlet = PulseSource(self._port.server, self._port.label, RATE)
        elif self._ring is not None:
            self._outlet = _Ring(self._ring)
        else:
            raise HarnessError(
                f"microphone {self.spec.label!r} has no ring to write: give it the path of one, or a port"
            )
        self._delivering = False
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._outlet is not None:
            self._outlet.close()
            self._outlet = None

    def plug(self) -> None:
        """It was pulled out and is back: what was due meanwhile is neither late nor missed. Called while nobody pumps it."""
        self._delivering = False

    @property
    def address(self) -> str:
        """How readers find it: the path of its ring, or its label on the server. Only while it is plugged in."""
        self._plugged()
        return str(self._ring) if self._port is None else self._port.label

    @property
    def listened_to(self) -> bool:
        """Whether somebody listens to it now, where its server knows; False while it is not plugged in. A round trip of some ms."""
        return isinstance(self._outlet, PulseSource) and self._outlet.listened_to

    @property
    def next_due_ms(self) -> float:
        """When the next chunk is due: its last sample is over."""
        return self.epoch_ms + (self._plugged().count + CHUNK) * 1_000 / RATE

    def deliver(self, now: Now) -> None:
        """Write all whole chunks that are over; the first time after plugging in, the last of them alone."""
        outlet = self._plugged()
        until = max(self.samples_until(now()) // CHUNK * CHUNK, outlet.count + CHUNK)
        if not self._delivering:
            outlet.skip_to(until - CHUNK)
            self._delivering = True
        elif until - outlet.count > RING:
            self.lost_samples += until - RING - outlet.count
            outlet.skip_to(until - RING)
        due_ms = self.next_due_ms
        while outlet.count < until:
            first = outlet.count
            outlet.write(to_s16(self.samples_at(first, min(PIECE, until - first))))
        self.lateness.record(now() - due_ms)

    def _plugged(self) -> _Outlet:
        if self._outlet is None:
            raise HarnessError(f"microphone {self.spec.label!r} is not plugged in: use it within a `with`")
        return self._outlet


class _Outlet(Protocol):
    """Where samples go; `count` is the number of the next one."""

    count: int

    def skip_to(self, count: int) -> None: ...

    def write(self, samples: NDArray[np.int16]) -> None: ...

    def close(self) -> None: ...


class _Ring:
    """The ring in shared memory that this module's docstring lays out."""

    def __init__(self, path: Path) -> None:
        self.count = 0
        self._shared = SharedWriter(path, RING * 2)
        self._body = self._shared.body.view("<i2")

    def skip_to(self, count: int) -> None:
        self.count = count
        self._shared.raise_to(count)

    def write(self, samples: NDArray[np.int16]) -> None:
        room = RING - self.count % RING
        for part in (samples[:room], samples[room:]):
            self._body[self.count % RING : self.count % RING + len(part)] = part
            self.skip_to(self.count + len(part))

    def close(self) -> None:
        self._shared.close()


class SoundReader:
    """Reads a microphone's ring on from where it was, beginning with the present. Raises `HarnessError` where there is no such microphone."""

    def __init__(self, path: str | Path) -> None:
        self._shared = SharedReader(Path(path))
        self._body = self._shared.body.view("<i2")
        self.position = self._shared.count  # the next sample to read
        self.lost = 0  # samples that were overwritten before they were read

    @property
    def closed(self) -> bool:
        """Whether the microphone was unplugged."""
        return self._shared.closed

    def read(self) -> NDArray[np.int16]:
        """The samples since the last read, s16; the first of them is number `position` − their count, as `position` then is."""
        count = self._shared.count
        if self.position == 0:
            self.position = max(0, count - CHUNK)
        self._skip_to(count - RING + 2 * PIECE)
        if count <= self.position:
            return np.empty(0, np.int16)
        first = self.position
        taken = np.take(self._body, np.arange(first, count), mode="wrap").astype(np.int16)
        self._skip_to(self._shared.count + PIECE - RING)
        taken = taken[self.position - first :]
        self.position = max(self.position, count)
        return taken

    def close(self) -> None:
        """Let go of the files."""
        del self._body
        self._shared.close()

    def _skip_to(self, sample: int) -> None:
        if sample > self.position:
            self.lost += sample - self.position
            self.position = sample


def to_s16(sound: Sound) -> NDArray[np.int16]:
    """Full scale 1 → signed 16 bit, rounded."""
    return np.rint(sound * 32_767).astype(np.int16)


@lru_cache(maxsize=16)
def _noise(device: int) -> Sound:
    chance = np.random.default_rng(device)
    return (ROOM_NOISE * chance.uniform(-1, 1, _NOISE_PERIOD)).astype(np.float32)
