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
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from harness.core.errors import HarnessError, VivaError
from virtual_devices import speech, timecode
from virtual_devices.backends.shared import SharedReader, SharedWriter
from virtual_devices.schedule import Lateness, Now

Sound = NDArray[np.float32]

RATE: Final = speech.RATE
CHUNK: Final = RATE // 50  # 20 ms, the frame of Opus
RING: Final = 1 << 16
PIECE: Final = RATE // 10  # the most that is written between two counts
ROOM_NOISE: Final = 0.002  # of full scale (−54 dB): a quiet room is not a broken microphone
_NOISE_PERIOD: Final = 100_003  # samples; prime, so that it repeats with nothing else


Tap = Callable[[int, NDArray[np.int16]], None]  # the first sample's number, and samples that nobody writes on any more


class MicrophoneSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What a microphone is. `device` (0…15) and `session` (0…255) are what its chirps say."""

    device: int
    session: int
    label: str


class Spoken(NamedTuple):
    """A text said from `at_ms` until `until_ms` of the microphone's own time."""

    text: str
    at_ms: int
    until_ms: int


class VirtualMicrophone:
    """One microphone.

    `say` and `mute` may be called while it is pumped, by one thread at a time; their times are ms of its own, since `epoch_ms`.
    `tap`, if there is one, hears of all samples that were written, in the pump's thread.
    """

    def __init__(
        self, spec: MicrophoneSpec, *, epoch_ms: float = 0, ring: Path | None = None, clips: Path | None = None
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
        self.tap: Tap | None = None
        self._ring = ring
        self._shared: SharedWriter | None = None
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
        if self._shared is not None and self._delivering:
            first = max(first, self._shared.count + 2 * CHUNK)  # one chunk may be on its way while this is said
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
        if self._ring is None:
            raise HarnessError(f"microphone {self.spec.label!r} has no ring to write: give it the path of one")
        self._shared = SharedWriter(self._ring, RING * 2)
        self._delivering = False
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shared is not None:
            self._shared.close()
            self._shared = None

    def plug(self) -> None:
        """It was pulled out and is back: what was due meanwhile is neither late nor missed. Called while nobody pumps it."""
        self._delivering = False

    @property
    def address(self) -> str:
        """The path of its ring. Only while it is plugged in."""
        self._writer()
        return str(self._ring)

    @property
    def next_due_ms(self) -> float:
        """When the next chunk is due: its last sample is over."""
        return self.epoch_ms + (self._writer().count + CHUNK) * 1_000 / RATE

    def deliver(self, now: Now) -> None:
        """Write all whole chunks that are over; the first time after plugging in, the last of them alone."""
        shared = self._writer()
        until = max(self.samples_until(now()) // CHUNK * CHUNK, shared.count + CHUNK)
        if not self._delivering:
            shared.raise_to(until - CHUNK)
            self._delivering = True
        elif until - shared.count > RING:
            self.lost_samples += until - RING - shared.count
            shared.raise_to(until - RING)
        due_ms = self.next_due_ms
        body = shared.body.view("<i2")
        while shared.count < until:
            first = shared.count
            count = min(PIECE, until - first, RING - first % RING)
            samples = to_s16(self.samples_at(first, count))
            body[first % RING : first % RING + count] = samples
            shared.raise_to(first + count)
            if self.tap is not None:
                self.tap(first, samples)
        self.lateness.record(now() - due_ms)

    def _writer(self) -> SharedWriter:
        if self._shared is None:
            raise HarnessError(f"microphone {self.spec.label!r} is not plugged in: use it within a `with`")
        return self._shared


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
