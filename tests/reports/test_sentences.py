"""Every kind of event has its sentence in both languages, and no subject's words run on in it."""

from typing import get_args

import msgspec
import pytest

from harness.core import events as ev
from harness.core.footage import Footage
from harness.core.verdict import Margin, Unit
from harness.core.view import Act, Alert, AlertCode, Page, Role, Stage, Stream, View
from reports.sentences import QUOTE, describe, distance, size, when
from reports.text import bounded, clean
from reports.words import ACTS, PAGES, ROLES, STREAMS, VERDICTS, Words
from tests.reports import synthetic

LONG = "x" * 5_000
SAMPLES: list[ev.Data] = [
    ev.Intent(role=Role.LAPTOP, act=Act.ENTER, status="refused", reason=LONG, args={"id": LONG}),
    ev.Viewed(role=Role.PHONE, view=View(page=Page.FILMING, alerts=(Alert(AlertCode.OTHER, LONG),), network="offline")),
    ev.Watched(what="laptop"),
    ev.Served(operation=ev.Operation.ENTRY, role=Role.LAPTOP, status=403, problem="too-early", subject=LONG),
    ev.Reported(what="early-end", role=Role.LAPTOP, stage=Stage.LESSON, claimed_ms=61_000, text=LONG),
    ev.Offered(upload="u", stream=Stream.CAMERA, segment=2, offset=17, reply_to="head", delivered=False),
    ev.Arrived(upload="u", stream=Stream.CAMERA, segment=2, offset=17, length=100, started_ms=0),
    ev.PatchBegan(upload="u", stream=Stream.CAMERA, segment=2, offset=17, accepted=False),
    ev.Finished(upload="u", stream=Stream.CAMERA, segment=2, length=117, sha256="0" * 64, held=False),
    ev.Recorded(
        stream=Stream.SCREEN,
        segments=1,
        length=9,
        declared=None,
        intact=False,
        footage=Footage(problem="truncated", reason=LONG),
    ),
    ev.FacePicture(captured_ms=-1_000, device=0, taken_ms=-1_050),
    ev.Disturbed(kind="latency", role=None, value=200),
    ev.Contacted(role=Role.LAPTOP, host=LONG, port=80),
    ev.TlsTried(role=Role.PHONE, outcome="used"),
    ev.DeviceChanged(device="camera-2", change="unplugged", role=Role.LAPTOP),
    ev.Scene(device="camera-1", scene="sheet-front"),
    ev.InView(device="phone-front", symbol="yaw-045"),
    ev.QrRead(role=Role.LAPTOP, text=LONG),
    ev.PreviewSeen(role=Role.LAPTOP, device=1, frame_ms=-900, mirrored=True),
    ev.Yielded(role=Role.LAPTOP, by="drag", text=LONG),
    ev.Searched(role=Role.LAPTOP, found=(LONG,)),
    ev.Enrolled(name="考生甲", admission_number="K-0001"),
    ev.Machine(role=Role.LAPTOP, cores=2, memory_gib=8),
    ev.DeskActed(action="answer", text=LONG),
    ev.ProcessChanged(role=Role.PHONE, change="died", reason=LONG),
    ev.Introduced(role=Role.PHONE, name=LONG, version=LONG, intents=("scan",), views=(), capture=("raw",)),
    ev.Misconduct(role=Role.LAPTOP, kind="babbled", reason=LONG),
    ev.Lateness(what="step", late_ms=120),
]


def test_the_samples_are_every_kind_of_event() -> None:
    assert [type(sample) for sample in SAMPLES] == list(get_args(ev.Data))


@pytest.mark.parametrize("data", SAMPLES, ids=lambda data: type(data).__name__)
def test_an_event_is_said_in_both_languages_without_running_on(data: ev.Data) -> None:
    said = describe(ev.Event(1, 0, "harness", data))
    assert any("\u4e00" <= char <= "\u9fff" for char in said.zh)
    assert not any("\u4e00" <= char <= "\u9fff" for char in said.en)
    assert "x" * QUOTE not in said.zh + said.en
    assert len(said.en) < 3 * QUOTE + 120


def test_sentences_say_what_matters() -> None:
    late = ev.Event(1, -900_000, "laptop", SAMPLES[3], -899_500, 8)
    assert when(late) == "T-15min – T-899.5s ±8ms"
    assert describe(
        ev.Event(1, 0, "service", ev.Served(operation=ev.Operation.ENTRY, role=Role.LAPTOP, status=204))
    ) == Words("服务端受理笔记本端的 entry 请求：204", "the service granted entry of the laptop: 204")
    recorded = next(event for event in synthetic.interview(outage=True) if isinstance(event.data, ev.Recorded))
    assert describe(recorded).en.endswith("checksums agree; marks from T+120ms – T+13s, 1 gap, the longest 2.4s")
    assert (size(812), size(1_400_000)) == ("812 B", "1.4 MB")


def test_a_margin_is_said_with_its_sign_and_unit() -> None:
    units: list[tuple[int, Unit, str]] = [
        (412, "ms", "+412ms"),
        (-900, "ms", "-900ms"),
        (0, "ms", "0ms"),
        (7_290, "bytes", "+7.3 kB"),
        (1, "frames", "+1 frame"),
        (-2, "frames", "-2 frames"),
        (16, "count", "+16"),
    ]
    for value, unit, said in units:
        assert distance(Margin(value, unit)) == said


def test_every_value_that_people_read_has_its_words() -> None:
    assert set(ACTS) == set(Act)
    assert set(PAGES) == set(Page)
    assert set(STREAMS) == set(Stream)
    assert set(ROLES) == set(Role)
    assert {*VERDICTS} == {"kept", "broken", "unobserved", "unsupported", "unjudged", "error"}


def test_unfit_characters_become_visible_and_long_text_is_cut() -> None:
    assert clean("a\x00\x1b\u202eb\ud800") == "a\ufffd\ufffd\ufffdb\ufffd"
    assert bounded("  a\n\n b\t") == "a b"
    assert bounded("y" * 400, 10) == "y" * 9 + "…"
    assert bounded(" " * 5_000 + "end", 10) == "…"
    assert len(bounded(msgspec.json.encode(list(range(9_000))).decode())) == 300
