from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.core.errors import HarnessError
from harness.core.view import Role
from harness.protocol.control import Initialized
from harness.session.encoded import EncodedDevices, takes_encoded
from harness.session.exams import load_exam
from harness.session.interview import careful
from harness.session.rig import Rig, Rings
from virtual_devices.camera import VirtualCamera
from virtual_devices.encoded import Broadcast


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    script = careful(load_exam("heshan-2022").at_scale()).script()
    rig = Rig(script, session=1, epoch=script.begins, outlet=Rings(tmp_path))
    with contextlib.ExitStack() as stack:
        for source in rig.sources.values():
            stack.enter_context(source)
        yield rig


@pytest.fixture
def broadcast() -> Iterator[Broadcast]:
    with Broadcast(lambda: 0.0) as broadcast:
        yield broadcast


def tapped(rig: Rig, camera: str) -> object:
    """Who hears of that camera's pictures."""
    source = rig.sources[camera]
    assert isinstance(source, VirtualCamera)
    return source.tap


def said(capture: tuple[str, ...]) -> Initialized:
    return Initialized(name="a", version="1", protocol=1, intents=(), views=(), capture=capture)  # type: ignore[arg-type]  # literals in a test's tuple


def test_encoded_media_are_offered_to_who_takes_them_and_to_nobody_else() -> None:
    assert takes_encoded(said(("encoded",)))
    assert takes_encoded(said(("raw", "encoded")))
    assert not takes_encoded(said(("raw",)))


def test_every_device_is_offered_with_an_address_and_cameras_and_screens_with_a_still(
    rig: Rig, broadcast: Broadcast
) -> None:
    encoded = EncodedDevices(broadcast, rig)
    offered = {device.id: device for device in encoded.offered(rig.devices(Role.LAPTOP))}
    assert all(device.encoded.endswith(f"/{name}.webm") for name, device in offered.items())
    assert {name for name, device in offered.items() if device.still} == {"camera-1", "camera-2", "screen-1"}
    assert encoded.offered(rig.devices(Role.LAPTOP)) == tuple(offered.values())  # the same addresses, however often


def test_what_was_never_offered_costs_nothing_and_may_be_pulled_out(rig: Rig, broadcast: Broadcast) -> None:
    encoded = EncodedDevices(broadcast, rig)
    encoded.unplug("camera-1")
    assert not encoded.held("camera-1")
    assert encoded.lateness_ms == 0
    assert broadcast.pid == 0  # not even a process


def test_a_device_that_was_pulled_out_is_offered_anew_and_nothing_is_left_at_the_end(
    rig: Rig, broadcast: Broadcast
) -> None:
    encoded = EncodedDevices(broadcast, rig)
    devices = rig.devices(Role.LAPTOP)
    encoded.offered(devices)
    encoded.unplug("camera-1")
    assert tapped(rig, "camera-1") is None
    encoded.offered(devices)
    assert tapped(rig, "camera-1") is not None
    encoded.close()
    assert tapped(rig, "camera-1") is None


def test_encoders_that_ended_by_themselves_make_the_run_a_fault_of_the_harness(rig: Rig, broadcast: Broadcast) -> None:
    offered, other = EncodedDevices(broadcast, rig), EncodedDevices(broadcast, rig)
    offered.offered(rig.devices(Role.LAPTOP))
    os.kill(broadcast.pid, signal.SIGKILL)
    assert broadcast.wait_until(lambda: bool(broadcast.failures), 10)
    with pytest.raises(HarnessError, match="ended by itself"):
        offered.close()
    other.close()  # a run whose client took no encoded media lost nothing
