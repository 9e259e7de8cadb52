"""What a camera costs its sender, and how exactly it is paced, beside pyvirtualcam's own pacing.

A 640×480 camera at 15 fps into a y4m ring, marks and all, by our pump; its peer sends the very same pictures and paces by
`pyvirtualcam.Camera.sleep_until_next_frame`. Five interleaved runs of two seconds each. Cost is the CPU time of the process as a share of
one core; the pacing error of a frame is how far from epoch + n·1000/fps it was there to be read. Run: `python -m benchmarks.cameras`.
"""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyvirtualcam

from virtual_devices import backends
from virtual_devices.camera import CameraSpec, Port, VirtualCamera
from virtual_devices.schedule import PumpThread

WIDTH, HEIGHT, FPS = 640, 480, 15
RUNS, SECONDS = 5, 2
SHARED_MEMORY = "/dev/shm"  # where rings live; the folder in it is a fresh one


class Measured(NamedTuple):
    """One run."""

    core: float  # share of one core
    p50_ms: float
    p99_ms: float
    drift_ms: float  # of the last frame


def now_ms() -> float:
    return time.perf_counter_ns() / 1e6


def measured(errors: list[float], cpu_s: float) -> Measured:
    p50, p99 = np.percentile(np.abs(errors), [50, 99])
    return Measured(cpu_s / SECONDS, float(p50), float(p99), errors[-1])


def spec() -> CameraSpec:
    return CameraSpec(device=1, session=1, label="Camera", width=WIDTH, height=HEIGHT, fps=FPS)


def ours(ring: Path) -> Measured:
    """The pump, woken by nothing but its schedule."""
    camera = VirtualCamera(spec(), epoch_ms=now_ms() + 50, port=Port(backend="y4m", device=str(ring)))
    errors: list[float] = []
    record = camera.lateness.record
    done = threading.Event()

    def noted(late_ms: float) -> None:
        errors.append(late_ms)
        record(late_ms)
        if len(errors) >= SECONDS * FPS:
            done.set()

    camera.lateness.record = noted  # type: ignore[method-assign] # a benchmark listens where a session reads percentiles
    before = time.process_time()
    with camera, PumpThread(now_ms) as pump:
        pump.add(camera)
        done.wait(SECONDS * 3)
        pump.remove(camera)
    return measured(errors[: SECONDS * FPS], time.process_time() - before)


def peer(ring: Path) -> Measured:
    """pyvirtualcam's own loop."""
    source = VirtualCamera(spec())
    errors: list[float] = []
    before = time.process_time()
    with pyvirtualcam.Camera(
        WIDTH, HEIGHT, FPS, fmt=pyvirtualcam.PixelFormat.I420, backend="y4m", device=str(ring)
    ) as camera:
        epoch = now_ms()
        for number in range(SECONDS * FPS):
            camera.send(source.picture(number).data)
            errors.append(now_ms() - epoch - number * 1_000 / FPS)
            camera.sleep_until_next_frame()
    return measured(errors, time.process_time() - before)


def main() -> None:
    backends.register()
    VirtualCamera(spec()).picture(0)  # scenes are drawn beforehand, for both
    ways: dict[str, Callable[[Path], Measured]] = {"ours": ours, "pyvirtualcam": peer}
    runs: dict[str, list[Measured]] = {name: [] for name in ways}
    with tempfile.TemporaryDirectory(dir=SHARED_MEMORY) as folder:
        for _ in range(RUNS):
            for name, way in ways.items():
                runs[name].append(way(Path(folder) / f"{name}.y4m"))
    print(f"{WIDTH}x{HEIGHT} at {FPS} fps, median of {RUNS} runs of {SECONDS} s")
    print(f"{'':14}{'core':>8}{'p50 ms':>9}{'p99 ms':>9}{'last ms':>9}")
    for name, found in runs.items():
        core, p50, p99, drift = (statistics.median(column) for column in zip(*found, strict=True))
        print(f"{name:14}{core:8.2%}{p50:9.2f}{p99:9.2f}{drift:9.2f}")
    ratio = statistics.median(run.core for run in runs["ours"]) / statistics.median(
        run.core for run in runs["pyvirtualcam"]
    )
    print(f"cost, ours / pyvirtualcam: {ratio:.2f}")


if __name__ == "__main__":
    main()
