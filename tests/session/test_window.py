"""What a window showed, as it stands on a timeline: which camera's picture it was and how old, and for how long somebody looked."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from harness.core.events import Machine, PreviewSeen, Watched, Yielded
from harness.core.view import AlertCode, Page, Role
from harness.drivers.web.window import Figures, Glimpse, Got, Seen
from harness.session.album import LONGER_SIDE, MOST_SHOTS, Shots, shot
from harness.session.observer import Observer
from harness.session.rig import Rig
from harness.session.window import LOOKING_MS, WindowNotes
from tests.session.quick import short
from virtual_devices.timecode import Mark

SCRIPT = short().script()
ORIGIN = 50_000  # what the driver's clock shows at T0


def jpeg(luma: np.ndarray) -> bytes:
    done, data = cv2.imencode(".jpg", luma, [cv2.IMWRITE_JPEG_QUALITY, 70])
    assert done
    return bytes(data)


@pytest.fixture(scope="module")
def rig() -> Rig:
    return Rig(SCRIPT, session=9, epoch=SCRIPT.begins - 1_000)


class Notes:
    """The notes of one run, and what came of them."""

    def __init__(self, rig: Rig) -> None:
        self.observer = Observer("1")
        self.window = WindowNotes(Role.LAPTOP, self.observer, rig, origin=ORIGIN, now=lambda: 777)

    def of(self, kind: type) -> list[object]:
        return [event.data for event in self.observer.timeline(100_000) if isinstance(event.data, kind)]


def glimpse(picture: bytes, at_ms: int) -> Glimpse:
    """A look at that exam time."""
    return Glimpse(picture, ORIGIN + at_ms, ORIGIN + at_ms + 80)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("width", [160, 320])
def test_a_live_picture_names_its_camera_and_when_that_delivered_it(rig: Rig, mirrored: bool, width: int) -> None:
    luma = rig.picture(Mark(1, 9, 40))
    assert luma is not None
    shown = cv2.resize(luma[:, ::-1] if mirrored else luma, (width, width * 9 // 16), interpolation=cv2.INTER_AREA)
    notes = Notes(rig)
    notes.window.told(glimpse(jpeg(np.asarray(shown)), 3_000))
    taken = rig.clock.frame_ms(1, 9, 40)
    assert notes.of(PreviewSeen) == [PreviewSeen(role=Role.LAPTOP, device=1, frame_ms=taken, mirrored=mirrored)]


def test_another_run_s_picture_and_one_without_marks_say_nothing_of_a_camera(rig: Rig) -> None:
    other = Rig(SCRIPT, session=10, epoch=SCRIPT.begins).picture(Mark(0, 10, 40))
    assert other is not None
    notes = Notes(rig)
    for number, picture in enumerate((jpeg(other), jpeg(np.full((90, 160), 90, np.uint8)), b"no picture")):
        notes.window.told(glimpse(picture, number * 700))
    assert notes.of(PreviewSeen) == [PreviewSeen(role=Role.LAPTOP)] * 3


def test_looks_that_follow_each_other_are_one_watch_and_a_pause_is_none(rig: Rig) -> None:
    notes = Notes(rig)
    for at in (0, 700, 1_400, 1_401 + LOOKING_MS, 2_000 + LOOKING_MS):
        notes.window.told(glimpse(b"", at))
    timeline = notes.observer.timeline(100_000)
    assert timeline.watched("preview", 0, 1_400)
    assert not timeline.watched("preview", 0, 1_500)
    assert timeline.watched("preview", 1_401 + LOOKING_MS, 2_000 + LOOKING_MS)
    assert not timeline.of(PreviewSeen)
    assert {event.at_ms for event in timeline.of(Watched, what="preview")} == {0, 700, 1_401 + LOOKING_MS}


def test_what_a_way_gave_and_what_a_browser_tells_of_its_machine_are_noted(rig: Rig) -> None:
    notes = Notes(rig)
    notes.window.told(Got("drag", "题"))
    notes.window.told(Figures(2, 8))
    assert notes.of(Yielded) == [Yielded(role=Role.LAPTOP, by="drag", text="题")]
    assert notes.of(Machine) == [Machine(role=Role.LAPTOP, cores=2, memory_gib=8)]


def test_what_a_browser_keeps_to_itself_is_taken_from_the_machine(rig: Rig) -> None:
    notes = Notes(rig)
    notes.window.told(Figures(0, 0))
    (machine,) = notes.of(Machine)
    assert isinstance(machine, Machine)
    assert machine.cores >= 1
    assert machine.memory_gib > 0


def test_a_picture_of_a_page_is_kept_small_and_what_is_no_picture_is_not_kept() -> None:
    whole = jpeg(np.full((844, 390, 3), 200, np.uint8))
    kept = shot(Role.PHONE, 1_200, Seen(Page.FILMING, whole, 51_200))
    assert kept is not None
    small = cv2.imdecode(np.frombuffer(kept.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert small is not None
    assert small.shape[:2] == (LONGER_SIDE, 158)
    for nothing in (b"nothing of the kind", b""):
        assert shot(Role.PHONE, 1_200, Seen(Page.FILMING, nothing, 51_200)) is None


def test_a_kind_of_alert_is_kept_once_a_role_and_a_page_each_time_it_comes() -> None:
    shots = Shots()
    whole = jpeg(np.full((768, 1_366, 3), 200, np.uint8))
    offline = Seen(Page.LESSON, whole, 0, (AlertCode.OFFLINE,), came=False)
    shots.keep(Role.LAPTOP, 10, offline)
    shots.keep(Role.LAPTOP, 20, offline)  # of the browser that was started after the first was killed
    shots.keep(Role.LAPTOP, 25, offline._replace(came=True))
    shots.keep(Role.PHONE, 30, offline)
    for at in (40, 50):
        shots.keep(Role.LAPTOP, at, Seen(Page.LESSON, whole, 0))
    made = [(each.role, each.at_ms, each.alerts) for each in shots.made()]
    laptop, phone, alert = Role.LAPTOP, Role.PHONE, (AlertCode.OFFLINE,)
    assert made == [(laptop, 10, alert), (laptop, 25, ()), (phone, 30, alert), (laptop, 40, ()), (laptop, 50, ())]


def test_pages_that_flicker_fill_an_album_no_further_than_its_bound() -> None:
    shots = Shots()
    whole = jpeg(np.full((8, 8, 3), 200, np.uint8))
    for at in range(MOST_SHOTS + 5):
        shots.keep(Role.LAPTOP, at, Seen(Page.LESSON, whole, 0))
    assert len(shots.made()) == MOST_SHOTS
