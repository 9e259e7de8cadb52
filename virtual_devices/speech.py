"""Spoken clips: the notice's two phrases and a lesson, synthesised in Mandarin by espeak-ng.

The same text gives the same samples on every call (see `espeak`), so that inspection can correlate a recording with the very clip that a
microphone played. Sources, in this order: the library of PyPI's espeakng-loader, the system's `espeak-ng`. A clip is kept in memory, and in
a folder where the caller gives one, so that a suite synthesises it once. Microphones play clips, inspection looks for them.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import math
import os
import shutil
import subprocess
import sys
import threading
import wave
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harness.core.errors import HarnessError

Sound = NDArray[np.float32]

RATE: Final = 16_000  # Hz, mono, as every microphone of ours
PEAK: Final = 0.3  # the loudest speech beneath which chirps were measured to read
LESSON_END: Final = "模拟课堂教学结束"  # notice, section seven: said at the end of the lesson
PRESENTATION: Final = "展示开始"  # and at the start of the presentation
LESSON: Final = (
    "同学们好，今天我们一起来认识影子。请大家先看窗边的这把椅子，早晨它的影子很长，到了中午就变短了。"
    "为什么会这样呢？我们来做一个小实验。请把铅笔立在白纸上，用手电筒从旁边照它，再慢慢把手电筒举高。"
    "谁愿意说一说，你看到了什么？很好，光照得越高，影子就越短。现在请各小组把结果画在纸上，然后我们一起讨论。"
)

_VOICE: Final = "cmn"
_WORDS_PER_MINUTE: Final = 190
_TIMEOUT_S: Final = 30  # a lesson takes 0.3 s; a hung synthesiser must not hang a session
_CHILD: Final = Path(__file__).with_name("espeak.py")

_lock = threading.Lock()


def clip(text: str, cache: Path | None = None) -> Sound:
    """`text` spoken: float32, mono, `RATE` Hz, peak `PEAK`, trimmed of silence at both ends; read-only.

    `cache` is a folder to keep clips in across processes. Raises `HarnessError` where no synthesiser works.
    """
    with _lock:
        if cache is None:
            return _remembered(text)
        made_by = f"{available()} {_VOICE} {_WORDS_PER_MINUTE} {RATE} {PEAK} {text}"
        kept = cache / f"{hashlib.sha256(made_by.encode()).hexdigest()[:24]}.npy"
        if kept.exists():
            return _frozen(np.load(kept))
        sound = _remembered(text)
        cache.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(f".{os.getpid()}.part.npy")
        np.save(part, sound)
        part.replace(kept)
        return sound


def length_ms(text: str) -> int:
    """How long `text` takes to say, rounded up to whole ms."""
    return -(-len(clip(text)) * 1_000 // RATE)


def available() -> str | None:
    """The synthesiser that will be used, or None where there is none."""
    if importlib.util.find_spec("espeakng_loader") is not None:
        return "espeakng-loader"
    return shutil.which("espeak-ng")


@lru_cache(maxsize=32)
def _remembered(text: str) -> Sound:
    return synthesise(text)


def synthesise(text: str) -> Sound:
    """`text` spoken anew, as `clip` gives it. Raises `HarnessError` where no synthesiser works."""
    rate, pcm = _from_library(text) if importlib.util.find_spec("espeakng_loader") is not None else _from_system(text)
    sound = np.frombuffer(pcm, "<i2").astype(np.float64)
    loud = np.flatnonzero(np.abs(sound) > 0.01 * np.abs(sound).max(initial=1.0))
    if not len(loud):
        raise HarnessError(f"espeak-ng was silent for {text!r}: its Mandarin voice {_VOICE!r} is missing")
    sound = _resampled(sound[loud[0] : loud[-1] + 1], rate)
    return _frozen((sound * (PEAK / np.abs(sound).max())).astype(np.float32))


def _frozen(sound: Sound) -> Sound:
    sound.setflags(write=False)
    return sound


def _resampled(sound: NDArray[np.float64], rate: int) -> NDArray[np.float64]:
    """To `RATE` by cutting the spectrum off: exact for a whole clip, and without another library."""
    shared = math.gcd(rate, RATE)
    whole = -(-len(sound) // (rate // shared)) * (rate // shared)
    count = whole // (rate // shared) * (RATE // shared)
    resampled: NDArray[np.float64] = np.fft.irfft(np.fft.rfft(sound, whole)[: count // 2 + 1], count)
    return resampled * (count / whole)


def _from_library(text: str) -> tuple[int, bytes]:
    told = _run([sys.executable, "-I", str(_CHILD), _VOICE, str(_WORDS_PER_MINUTE)], text)
    return int.from_bytes(told[:4], "little"), told[4:]


def _from_system(text: str) -> tuple[int, bytes]:
    command = shutil.which("espeak-ng")
    if command is None:
        raise HarnessError("no speech synthesiser: install PyPI's espeakng-loader or Debian's espeak-ng")
    told = _run([command, "-v", _VOICE, "-s", str(_WORDS_PER_MINUTE), "--stdin", "--stdout"], text)
    with wave.open(io.BytesIO(told)) as spoken:
        return spoken.getframerate(), told[44:]  # the length in a streamed WAV header is a placeholder


def _run(command: list[str], text: str) -> bytes:
    try:
        done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=_TIMEOUT_S, check=True)
    except subprocess.TimeoutExpired:
        raise HarnessError(f"the speech synthesiser {command[0]} did not finish within {_TIMEOUT_S} s") from None
    except (subprocess.CalledProcessError, OSError) as error:
        said = getattr(error, "stderr", b"") or str(error).encode()
        last = said.decode(errors="replace").strip().splitlines()[-1:] or ["no message"]
        raise HarnessError(f"the speech synthesiser {command[0]} failed: {last[0]}") from None
    return done.stdout
