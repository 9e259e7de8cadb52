"""What the devices of a real browser cost: how soon they are there, what a camera takes of its sender, and how exactly it is paced.

A stack is started five times. Then one 640×480 camera at 15 fps (PipeWire) and one microphone (PulseAudio) are plugged into it, and an
unmodified Chromium opens both on a page. `stack` and `page` are the times until the one is whole and the other plays. Over `--seconds`
(600 for the drift of ten minutes) the sender's cost is the CPU time of this process, marks, sound and all, as a share of one core; a
frame's error is how far from epoch + n·1000/fps it was handed over; `arrived` counts what reached the page.
Run: `python -m benchmarks.devices --seconds 60`.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

from virtual_devices.camera import CameraSpec, VirtualCamera
from virtual_devices.microphone import MicrophoneSpec, VirtualMicrophone
from virtual_devices.schedule import PumpThread
from virtual_devices.stack import Stack, browser, missing, remedy

WIDTH, HEIGHT, FPS = 640, 480, 15
RUNS = 5
PLAY = """async () => {
  const video = Object.assign(document.createElement("video"), { muted: true });
  video.srcObject = await navigator.mediaDevices.getUserMedia({ video: true, audio: true });
  await video.play();
  window.arrived = 0;
  const count = () => { window.arrived += 1; video.requestVideoFrameCallback(count); };
  video.requestVideoFrameCallback(count);
}"""


class Blank(BaseHTTPRequestHandler):
    """An empty page, as pages get devices over HTTP alone."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


def now_ms() -> float:
    return time.monotonic_ns() / 1e6


def started() -> float:
    """Seconds until a stack is whole."""
    begun = time.perf_counter()
    with Stack(Path(tempfile.mkdtemp(prefix="viva-"))):
        return time.perf_counter() - begun


def measure(page: Page, camera: VirtualCamera, microphone: VirtualMicrophone, seconds: float) -> None:
    skipped = len(camera.skipped)
    errors: list[float] = []
    record = camera.lateness.record

    def noted(late_ms: float) -> None:
        errors.append(late_ms)
        record(late_ms)

    camera.lateness.record = noted  # type: ignore[method-assign] # a benchmark listens where a session reads percentiles
    before, first = time.process_time(), page.evaluate("window.arrived")
    page.wait_for_timeout(seconds * 1_000)
    core = (time.process_time() - before) / seconds
    arrived = page.evaluate("window.arrived") - first
    p50, p99 = np.percentile(errors, [50, 99])
    tail = max(1, len(errors) // 20)
    drift = statistics.median(errors[-tail:]) - statistics.median(errors[:tail])
    print(f"camera and microphone over {seconds:g} s: {core:.1%} of a core")
    print(f"pacing error ms: p50 {p50:.2f}, p99 {p99:.2f}, worst {max(errors):.2f}; drift {drift:+.2f}")
    print(f"frames: {len(errors)} sent, {len(camera.skipped) - skipped} gaps, {arrived} arrived at the page")
    print(f"microphone ms late: p99 {microphone.lateness.p99:.2f}; {microphone.lost_samples} samples lost")


def main() -> None:
    parser = argparse.ArgumentParser(description="What the devices of a real browser cost.")
    parser.add_argument("--seconds", type=float, default=10, help="how long the camera is watched")
    seconds = parser.parse_args().seconds
    if lacking := missing():
        print(f"skipped: this machine lacks {', '.join(lacking)}; {remedy(lacking)}")
        return
    up = [started() for _ in range(RUNS)]
    print(f"stack whole: median {statistics.median(up):.2f} s, worst {max(up):.2f} s of {RUNS}")
    with (
        Stack(Path(tempfile.mkdtemp(prefix="viva-"))) as stack,
        ThreadingHTTPServer(("127.0.0.1", 0), Blank) as server,
        sync_playwright() as playwright,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        spec = CameraSpec(device=1, session=1, label="Camera", width=WIDTH, height=HEIGHT, fps=FPS)
        sound = MicrophoneSpec(device=5, session=1, label="Microphone")
        camera = VirtualCamera(spec, epoch_ms=now_ms(), port=stack.camera_port(spec.label))
        microphone = VirtualMicrophone(sound, epoch_ms=now_ms(), port=stack.sound_port(sound.label))
        with camera, microphone, PumpThread(now_ms) as pump:
            for device in (camera, microphone):
                pump.add(device)
            begun = time.perf_counter()
            chromium = playwright.chromium.launch(
                executable_path=browser(),
                headless=False,
                env=dict(stack.environment),
                args=[*stack.arguments, "--disable-gpu"],
            )
            context = chromium.new_context(no_viewport=True)
            context.grant_permissions(["camera", "microphone"])
            page = context.new_page()
            page.goto(f"http://127.0.0.1:{server.server_port}/")
            print(f"page ready: {time.perf_counter() - begun:.2f} s", end="")
            page.evaluate(PLAY)
            print(f", its camera playing: {time.perf_counter() - begun:.2f} s")
            measure(page, camera, microphone, seconds)
            chromium.close()
            for device in (camera, microphone):
                pump.remove(device)
        server.shutdown()


if __name__ == "__main__":
    main()
