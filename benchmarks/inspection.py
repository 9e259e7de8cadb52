"""How fast a recording is inspected beside decoding alone, and whether memory stays flat: `python -m benchmarks.inspection`.

The file is a scene of our own: the portrait with a sensor's noise, 720p, 30 marked pictures a second as H.264 at 2 Mbit/s, chirps as Opus. The
peer decodes the same streams with the same threads and looks at nothing. Runs are interleaved, each in its own process; medians are compared.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import psutil
from numpy.typing import NDArray

from harness.inspection import inspect
from harness.session.rig import RigPictures
from tests.inspection.doctored import MP4, encode
from virtual_devices import scenes
from virtual_devices.camera import CameraSpec
from virtual_devices.scenes import always
from virtual_devices.timecode import Chirps, Mark, stamp

RUNS = 5
SECONDS = 60
FPS = 30
REPEATED = 15  # segments of one minute make the long recording


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scene.mp4"
        path.write_bytes(_recording())
        print(f"file: {path.stat().st_size * 8 / SECONDS / 1e6:.2f} Mbit/s, {SECONDS * FPS} pictures of 1280x720")
        rates: dict[str, list[float]] = {name: [] for name in _TASKS}
        work: dict[str, list[float]] = {name: [] for name in _TASKS}
        for _ in range(RUNS):
            for name in _TASKS:
                run = _child(name, path, 1)
                rates[name].append(SECONDS * FPS / run["seconds"])
                work[name].append(run["processor"])
        peer, peer_work = statistics.median(rates["decode"]), statistics.median(work["decode"])
        for name, each in rates.items():
            median, spread = statistics.median(each), f"{min(each):.0f}–{max(each):.0f}"
            share, by_work = median / peer, peer_work / statistics.median(work[name])
            print(
                f"{name:20} {median:6.0f} pictures/s ({spread}), {share:.3f} of decoding; by processor time {by_work:.3f}"
            )
        short, long = _child("inspect", path, 1), _child("inspect", path, REPEATED)
        print(
            f"memory: +{short['megabytes']:.0f} MB for {SECONDS} s, +{long['megabytes']:.0f} MB for {SECONDS * REPEATED} s"
        )


def _recording() -> bytes:
    wanted = replace(MP4, width=1280, height=720, fps=FPS, bit_rate=2_000_000)
    scene = scenes.make("portrait", scenes.Setting(1280, 720))
    return encode(_pictures(scene), Chirps(9, 7).render(0, SECONDS * 16_000), wanted)


def _pictures(scene: scenes.Scene) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    # A sensor's noise: without it the portrait saturates at 0.9 Mbit/s. Studio range keeps the sum within a byte.
    rng = np.random.default_rng(3)
    grain = [rng.integers(-4, 5, (720, 1280)).astype(np.uint8) for _ in range(8)]
    for number in range(SECONDS * FPS):
        at_ms = number * 1_000 // FPS
        frame = scene.render(at_ms)
        frame.luma[...] += grain[number % len(grain)]
        stamp(frame.luma, Mark(1, 7, number))
        yield at_ms, frame.data.reshape(-1, frame.luma.shape[1])


def _child(task: str, path: Path, times: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.inspection", task, str(path), str(times)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    result: dict[str, float] = json.loads(said)
    return result


def _decode(path: Path, times: int) -> None:
    for _ in range(times):
        with av.open(str(path)) as container:
            container.streams.video[0].thread_type = "AUTO"
            for _frame in container.decode(video=0, audio=0):
                pass


def _inspect(path: Path, times: int) -> None:
    footage = inspect([path] * times)
    assert footage.frames.read == SECONDS * FPS * times, footage.frames


def _inspect_without_symbols(path: Path, times: int) -> None:
    footage = inspect([path] * times, read_symbols=False)
    assert footage.frames.read == SECONDS * FPS * times, footage.frames


def _compare(path: Path, times: int) -> None:
    spec = CameraSpec(device=1, session=7, label="", width=1280, height=720, fps=FPS)
    footage = inspect([path] * times, pictures_of=RigPictures(session=7, cameras={1: (spec, always("portrait"))}))
    assert footage.likeness is not None
    assert footage.likeness.compared >= SECONDS * times - 1, footage.likeness


_TASKS: dict[str, Callable[[Path, int], None]] = {
    "decode": _decode,
    "inspect": _inspect,
    "inspect and compare": _compare,
    "inspect, no symbols": _inspect_without_symbols,
}


def _measure(task: str, path: Path, times: int) -> None:
    process = psutil.Process()
    before = process.memory_info().rss
    start, worked = time.perf_counter(), time.process_time()
    _TASKS[task](path, times)
    seconds, worked = time.perf_counter() - start, time.process_time() - worked
    grown = (_peak() - before) / 1e6
    print(json.dumps({"seconds": seconds, "processor": worked, "megabytes": grown}))


def _peak() -> int:
    """The highest resident size of this process so far, bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("this system does not say how much memory a process had: run the benchmark on Linux")


if __name__ == "__main__":
    if len(sys.argv) == 4:
        _measure(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
