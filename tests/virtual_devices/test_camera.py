"""A camera delivers frame n when frame n is due, whatever happened before."""

from __future__ import annotations

import random
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.core.clock import ManualClock
from harness.core.errors import HarnessError, VivaError
from virtual_devices import timecode
from virtual_devices.backends import memory
from virtual_devices.camera import CameraSpec, Port, VirtualCamera
from virtual_devices.display import screen
from virtual_devices.schedule import Lateness, Now, Pump, PumpThread


class FineClock:
    """A clock in fractions of a millisecond that stands still until it is moved."""

    def __init__(self, now_ms: float = 0) -> None:
        self.now_ms = now_ms

    def now(self) -> float:
        return self.now_ms


def spec(fps: int = 10, device: int = 2) -> CameraSpec:
    return CameraSpec(device=device, session=7, label="Integrated Camera", fps=fps, width=160, height=90)


def sent(camera: VirtualCamera) -> int | None:
    found = memory.latest(camera.address)
    if found is None:
        return None
    mark = timecode.read(np.frombuffer(found[1], np.uint8)[: 160 * 90].reshape(90, 160)).mark
    assert mark is not None
    return mark.frame


@pytest.mark.parametrize("fps", [10, 15, 30])
def test_ten_minutes_of_a_pump_called_late_end_without_drift(fps: int) -> None:
    clock, chance = FineClock(5_000), random.Random(fps)
    with VirtualCamera(spec(fps), epoch_ms=5_000) as camera:
        pump = Pump(clock.now)
        pump.add(camera)
        delivered = 0
        while clock.now_ms < 605_000:
            wait = pump.run_due()
            assert wait is not None
            delivered += 1
            clock.now_ms += wait + chance.uniform(0, 0.9) * 1_000 / fps
        assert camera.skipped == []
        assert len(camera.lateness) == delivered == 600 * fps
        assert camera.due_ms(600 * fps) == camera.next_due_ms == 605_000
        assert camera.lateness.worst < 1_000 / fps
        assert sent(camera) == 600 * fps - 1


def test_a_late_frame_is_delivered_late_and_one_a_whole_interval_late_is_skipped_for_good() -> None:
    clock = FineClock()
    with VirtualCamera(spec()) as camera:
        pump = Pump(clock.now)
        pump.add(camera)
        for clock.now_ms in (0, 199, 500.5):
            pump.run_due()
        assert sent(camera) == 5
        assert camera.skipped == [(2, 4)]
        assert camera.lateness.worst == 99
        assert pump.run_due() == pytest.approx(99.5)
        clock.now_ms = 600
        pump.run_due()
        assert sent(camera) == 6


@settings(deadline=None)  # other work shares the cores; how long it takes is no matter here
@given(now_ms=st.integers(0, 3_600_000), fps=st.sampled_from([1, 5, 10, 15, 24, 30]))
def test_pull_and_push_show_the_same_frame(now_ms: int, fps: int) -> None:
    clock = ManualClock(now_ms)
    with VirtualCamera(spec(fps)) as camera:
        pump = Pump(clock.now)
        pump.add(camera)
        pump.run_due()
        pulled = camera.frame_at(now_ms)
        pushed = memory.latest(camera.address)
        assert pulled is not None
        assert pushed is not None
        assert pulled[1].data.tobytes() == pushed[1]
        assert camera.due_ms(pulled[0]) <= now_ms < camera.due_ms(pulled[0] + 1)


def test_frames_that_were_due_while_it_was_not_plugged_in_are_not_skipped() -> None:
    camera = VirtualCamera(spec())
    for now_ms in (5_000, 9_000):
        with camera:
            camera.deliver(ManualClock(now_ms).now)
            assert sent(camera) == now_ms // 100
    assert camera.skipped == []
    assert camera.lateness.worst == 0


def test_frames_that_were_due_while_it_was_pulled_out_are_neither_late_nor_skipped() -> None:
    clock = FineClock()
    with VirtualCamera(spec()) as camera:
        camera.deliver(clock.now)
        clock.now_ms = 4_000
        camera.plug()
        camera.deliver(clock.now)
        assert sent(camera) == 40
    assert camera.skipped == []
    assert camera.lateness.worst == 0


def test_there_is_no_frame_before_the_first_is_due() -> None:
    camera = VirtualCamera(spec(), epoch_ms=1_000)
    assert camera.frame_at(999) is None
    assert camera.frame_at(1_000) is not None


def test_what_the_candidate_does_shows_from_its_time_on() -> None:
    camera = VirtualCamera(spec(), epoch_ms=500)
    before = camera.frame_at(2_000)
    camera.during(camera.own_ms(2_000), camera.own_ms(5_000), "sheet-front")
    held, after = camera.frame_at(2_000), camera.frame_at(5_000)
    assert before is not None
    assert held is not None
    assert after is not None
    assert not np.array_equal(before[1].luma[12:78], held[1].luma[12:78])
    assert camera.programme.at(4_500).scene == "portrait"


def test_several_devices_are_delivered_in_order_of_time() -> None:
    class Noted:
        def __init__(self, name: str, every_ms: float) -> None:
            self.name, self.every_ms, self.next_due_ms = name, every_ms, every_ms

        def deliver(self, now: Now) -> None:
            order.append((self.next_due_ms, self.name))
            self.next_due_ms += self.every_ms

    order: list[tuple[float, str]] = []
    clock = FineClock(100)
    pump = Pump(clock.now)
    slow, fast = Noted("slow", 40), Noted("fast", 15)
    pump.add(slow)
    pump.add(fast)
    assert pump.run_due() == 5
    assert [due for due, _ in order] == sorted(due for due, _ in order)
    assert len(order) == 8
    pump.remove(fast)
    assert pump.run_due() == 20
    pump.remove(slow)
    assert pump.run_due() is None


class Failing:
    """A device whose backend breaks."""

    next_due_ms = 0.0

    def deliver(self, now: Now) -> None:
        raise OSError("the bus is gone")


class Counting:
    """A device that tells when it has delivered five times."""

    def __init__(self) -> None:
        self.next_due_ms = 0.0
        self.delivered = threading.Event()

    def deliver(self, now: Now) -> None:
        self.next_due_ms += 1
        if self.next_due_ms == 5:
            self.delivered.set()
            self.next_due_ms = 1e12


def test_a_device_that_fails_is_dropped_reported_and_harms_no_other() -> None:
    clock, other = ManualClock(1_000), Counting()

    def played() -> None:
        with PumpThread(clock.now) as pump:
            pump.add(Failing())
            pump.add(other)
            assert other.delivered.wait(10)
            pump.remove(other)

    with pytest.raises(HarnessError, match="OSError: the bus is gone"):
        played()


def test_a_camera_is_gone_once_it_is_unplugged() -> None:
    with VirtualCamera(spec(), port=Port(device="laptop")) as camera:
        camera.deliver(lambda: 0)
        assert camera.address == "laptop"
        assert memory.latest("laptop") is not None
        with (
            pytest.raises(HarnessError, match="open already"),
            VirtualCamera(spec(device=3), port=Port(device="laptop")),
        ):
            pass
    assert memory.latest("laptop") is None
    with pytest.raises(HarnessError, match="not plugged in"):
        camera.deliver(lambda: 0)


def test_a_backend_that_this_system_lacks_is_named_with_those_it_has() -> None:
    with pytest.raises(VivaError, match=r"'webcam'.*memory"), VirtualCamera(spec(), port=Port(backend="webcam")):
        pass


def test_a_loopback_device_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    port = Port(backend="v4l2loopback", device=str(tmp_path / "video9"))
    with pytest.raises(HarnessError, match="can't be plugged in"), VirtualCamera(spec(), port=port):
        pass


@pytest.mark.parametrize("wrong", [{"width": 161}, {"height": 60}, {"fps": 0}, {"device": 16}, {"session": 256}])
def test_a_camera_that_can_not_be_is_refused(wrong: dict[str, int]) -> None:
    values = {"device": 1, "session": 1, "width": 320, "height": 180, "fps": 10} | wrong
    with pytest.raises(VivaError, match="'Odd'"):
        VirtualCamera(
            CameraSpec(
                label="Odd",
                device=values["device"],
                session=values["session"],
                width=values["width"],
                height=values["height"],
                fps=values["fps"],
            )
        )


def test_a_screen_is_a_camera_that_sees_the_screen() -> None:
    display = screen(4, 9, epoch_ms=0)
    found = display.frame_at(1_000)
    assert display.spec.kind == "screen"
    assert display.programme.at(0).scene == "screen"
    assert found is not None
    assert timecode.read(found[1].luma).mark == timecode.Mark(4, 9, 5)


def test_lateness_tells_its_median_and_its_tail() -> None:
    late = Lateness()
    assert (late.p50, late.p99, late.worst) == (0, 0, 0)
    for value in range(101):
        late.record(value)
    assert (late.p50, late.p99, late.worst) == (50, 99, 100)


def test_lateness_is_asked_for_while_deliveries_are_recorded() -> None:
    lateness = Lateness()
    for late in range(300_000):
        lateness.record(late)
    failed: list[BufferError] = []
    asked = threading.Event()

    def deliver() -> None:
        try:
            while not asked.is_set():
                lateness.record(0)
        except BufferError as error:
            failed.append(error)

    delivering = threading.Thread(target=deliver)
    delivering.start()
    for _ in range(8):
        assert lateness.percentile(100) == 299_999
    asked.set()
    delivering.join()
    assert not failed
