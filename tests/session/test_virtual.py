"""The virtual world: an interview leaves a whole timeline, the same each time, and no client can stop it, crash it or be kept by dying."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from itertools import pairwise
from typing import get_args, get_type_hints

import msgspec
import pytest

from harness.core.errors import HarnessError
from harness.core.events import (
    Arrived,
    DeviceChanged,
    Disturbed,
    FacePicture,
    Finished,
    Intent,
    Misconduct,
    Offered,
    Operation,
    PatchBegan,
    ProcessChanged,
    Recorded,
    Reported,
    Served,
    Viewed,
    Watched,
)
from harness.core.script import Disturb, Do, Kill, Plug, RestartService, Say, Script, Step, Thread, Wait
from harness.core.timeline import Timeline
from harness.core.units import Span
from harness.core.verdict import Kept
from harness.core.view import ROLES, Act, Page, Role, Stage, Stream
from harness.rules.catalogue import RULES
from harness.rules.rule import Need
from harness.service.store import MemoryStore
from harness.session import hosted
from harness.session.exams import ROOT
from harness.session.interview import TEACHING, Named, careful, finishing
from harness.session.pulled import PulledSound, pulled_sources
from harness.session.rig import Rig
from harness.session.suite import judge
from harness.simulation.model import expected
from tests.session import stubs
from tests.session.quick import HONEST, SESSION, plan, played, short, text


@cache
def ordinary() -> Timeline:
    return played(short().script())


def pages(timeline: Timeline, role: Role) -> list[Page]:
    """The pages that a client showed, each once for as long as it stood."""
    shown = [data.view.page for data in timeline.data(Viewed, role=role)]
    return [page for before, page in pairwise([None, *shown]) if page != before and page is not None]


# -- an ordinary interview -------------------------------------------------------------------------------------------


def test_an_interview_goes_from_the_first_page_to_the_last_and_nobody_misbehaves() -> None:
    timeline = ordinary()
    assert pages(timeline, Role.LAPTOP) == [
        *(Page.CHECK, Page.LOGIN, Page.BIND, Page.ATTACHMENTS, Page.LOBBY, Page.DEVICES, Page.WAITING),
        *(Page.PREPARATION, Page.LESSON, Page.UPLOAD, Page.DONE),
    ]
    assert pages(timeline, Role.PHONE)[-1] == Page.DONE
    assert timeline.first(Misconduct) is None
    assert {data.status for data in timeline.data(Intent, role=Role.LAPTOP)} == {"done"}


def test_a_timeline_is_in_the_order_of_time_and_numbered_through() -> None:
    events = ordinary().events
    assert [event.seq for event in events] == list(range(len(events)))
    assert all(before.at_ms <= after.at_ms for before, after in pairwise(events))
    assert all(event.end_ms >= event.at_ms for event in events)


def test_everything_is_watched_from_the_beginning_to_the_end() -> None:
    timeline, script = ordinary(), short().script()
    ended = max(event.at_ms for event in timeline)
    for what in get_args(get_type_hints(Watched)["what"]):
        if what in (Role.RIVAL_LAPTOP, Role.RIVAL_PHONE, "preview"):
            continue  # nobody's in this interview, and no window that could be looked at
        assert timeline.watched(what, script.begins, ended), what
    assert ended < script.ends


def test_every_stream_is_held_whole_and_shows_this_runs_own_devices() -> None:
    for stream, cameras, microphones in (
        (Stream.CAMERA, {0}, {8}),
        (Stream.SCREEN, {4}, set()),
        (Stream.EVIDENCE, {2}, {10}),
    ):
        found = ordinary().recording(stream)
        assert found is not None, stream
        assert found.intact
        assert found.declared == found.length > 0
        footage = found.footage
        assert footage.problem is None
        assert footage.playable
        assert footage.frames.read > 20
        assert footage.frames.foreign == 0
        assert {(span.session, span.device) for span in footage.seen} == {(SESSION, camera) for camera in cameras}
        assert {(span.session, span.device) for span in footage.heard} == {(SESSION, each) for each in microphones}


def test_a_device_is_opened_once_it_is_needed_and_released_before_the_end() -> None:
    changes = [(data.device, data.change) for data in ordinary().data(DeviceChanged)]
    assert ("camera-1", "opened") in changes
    assert ("camera-1", "released") in changes
    assert ("camera-2", "opened") not in changes


def test_the_same_script_gives_the_same_timeline_to_the_byte_in_another_process() -> None:
    program = "from tests.session.quick import *; print(text(played(short().script())))"
    other = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "17"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout.rstrip("\n") == text(ordinary())


def test_a_second_laptop_of_the_same_candidate_is_switched_on_when_the_script_says_so_and_is_seen_apart() -> None:
    rival = Role.RIVAL_LAPTOP
    interview = short().against(rival).at(-3_000, Kill(role=rival, restart=True))
    proceed = Step(
        action=Do(role=rival, act=Act.PROCEED), when=Wait(role=rival, pages=(Page.CHECK,), enabled=Act.PROCEED)
    )
    timeline = played(interview.beside("rival", Named("rival-check", proceed)).script())
    started = timeline.first(ProcessChanged, role=rival, change="started")
    assert started is not None
    assert started.at_ms == -3_000
    assert pages(timeline, rival)[:2] == [Page.CHECK, Page.LOGIN]
    assert pages(timeline, Role.LAPTOP)[-1] == Page.DONE
    assert timeline.watched(rival.value, -3_000, 0)


def test_what_befalls_in_the_first_instant_is_there_before_the_clients() -> None:
    begins = short().begins
    timeline = played(short().disturbed("down", begins, 800, Role.LAPTOP).script())
    assert min(event.at_ms for event in timeline.of(Served) if event.data.role == Role.LAPTOP) >= begins + 800  # type: ignore[union-attr]  # asked for by type
    fault, started = timeline.first(Disturbed), timeline.first(ProcessChanged, role=Role.LAPTOP, change="started")
    assert fault is not None
    assert started is not None
    assert fault.seq < started.seq


def test_each_face_picture_is_seen_with_its_camera_and_the_moment_at_which_it_was_taken() -> None:
    timeline = ordinary()
    press = timeline.intent(Act.LOGIN)
    pictures = timeline.of(FacePicture)
    assert press is not None
    assert len(pictures) == 1
    picture = pictures[0].data
    assert isinstance(picture, FacePicture)
    assert picture.device == 0
    assert picture.taken_ms is not None
    assert 0 <= press.at_ms - picture.taken_ms < 100
    assert press.at_ms <= pictures[0].at_ms
    assert not picture.mirrored
    assert picture.face_change is not None
    assert picture.face_change < 3


def test_a_microphone_that_gives_nothing_is_silent_to_its_client_whatever_is_said() -> None:
    script = short().seeing("microphone-1", "silent").unplugged("microphone-2").script()
    rig = Rig(script, session=SESSION, epoch=script.begins)
    rig.say(Say(role=Role.LAPTOP, text=TEACHING), script.begins + 100)
    heard = {
        device: source.samples(0, 16_000)
        for device, source in pulled_sources(rig, Role.LAPTOP, 0, {}).items()
        if isinstance(source, PulledSound)
    }
    assert not heard["microphone-1"].any()
    assert heard["microphone-2"].any()


# -- blank sources -----------------------------------------------------------------------------------------------------


@cache
def blank() -> Timeline:
    return played(short().script(), blank=True)


def test_over_blank_sources_the_same_is_shown_and_done_at_the_same_times() -> None:
    # Uploads have another size, and with it a reply another time.
    for role in ROLES:
        assert pages(blank(), role) == pages(ordinary(), role)
    assert blank().data(Intent) == ordinary().data(Intent)
    times = [[event.at_ms for event in timeline.of(Intent)] for timeline in (blank(), ordinary())]
    assert max(abs(a - b) for a, b in zip(*times, strict=True)) <= 100
    devices = [{(data.device, data.change) for data in each.data(DeviceChanged)} for each in (blank(), ordinary())]
    assert devices[0] == devices[1]


def test_of_blank_sources_every_byte_arrives_and_nothing_is_said_of_any_recording() -> None:
    timeline, script = blank(), short().script()
    assert timeline.data(Recorded) == []
    assert not timeline.watched("recordings", script.begins, script.begins + 1)
    assert {data.stream for data in timeline.data(Finished, held=True)} == set(Stream)
    assert all(data.length > 0 for data in timeline.data(Finished))


def test_what_reads_no_recording_is_judged_alike_over_blank_sources() -> None:
    script = short().script()
    for rule in RULES:
        if Need.RECORDINGS not in rule.needs:
            verdict = judge(rule.requirement, script, blank())
            assert type(verdict) is type(judge(rule.requirement, script, ordinary())), rule.requirement


def test_a_client_that_knows_nothing_of_blank_sources_encodes_them_as_any_others() -> None:
    script = short().ending(1_500).script()
    knowing, other = (
        sum(d.length for d in played(script, s, blank=True).data(Arrived))
        for s in (HONEST, stubs.subject("encodes", "encodes_phone"))
    )
    assert other > 20 * knowing > 0


# -- clients that break the conversation -----------------------------------------------------------------------------


def three_seconds() -> Script:
    """Both clients are asked one thing each, and then left alone."""
    steps = {role: Step(action=Do(role=role, act=Act.CONSENT), at=-4_000) for role in ROLES}
    threads = tuple(Thread(role.value, (step,)) for role, step in steps.items())
    return Script(
        plan=plan(),
        track="ordinary",
        begins=-4_500,
        ends=-1_500,
        threads=threads,
        until=(Wait(pages=(Page.DONE,)),),
    )


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("Unborn", "died", "raised OSError, 'no camera anywhere'"),
        ("Raises", "died", "raised ValueError, 'out of its depth'"),
        ("CannotSayWhen", "died", "raised KeyError"),
        ("AnswersInWords", "babbled", "its answer is not of the protocol's shape"),
        ("ShowsADictionary", "babbled", "its view is not of the protocol's shape"),
        ("ShowsNoSuchPage", "babbled", "its view is not of the protocol's shape"),
        ("SendsWords", "babbled", "its outbox holds a str"),
        ("WakesSometime", "babbled", "its next wake-up is not of the protocol's shape"),
        ("Blocks", "hung", "did not come back from a call"),
    ],
)
def test_a_client_that_breaks_the_conversation_is_told_once_in_one_sentence_and_keeps_nothing(
    name: str, kind: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosted, "CALL_S", 0.3 if name == "Blocks" else hosted.CALL_S)
    script = three_seconds()
    timeline = played(script, stubs.subject(name))
    (misconduct,) = timeline.data(Misconduct)
    assert (misconduct.role, misconduct.kind) == (Role.LAPTOP, kind)
    assert misconduct.reason.startswith("the laptop client ")
    assert words in misconduct.reason
    assert "\n" not in misconduct.reason
    assert not timeline.watched("laptop", script.begins, script.ends)
    assert timeline.watched("phone", script.begins, script.ends)
    for rule in RULES:
        verdict = judge(rule.requirement, script, timeline)
        assert not isinstance(verdict, Kept), rule.requirement


def test_a_run_is_over_when_neither_client_is_left() -> None:
    script = three_seconds()
    timeline = played(script, stubs.subject("Raises", "Raises"))
    assert [data.role for data in timeline.data(Misconduct)] == [Role.LAPTOP, Role.PHONE]
    assert max(event.at_ms for event in timeline) == -4_000


def test_a_client_that_wants_to_be_ticked_at_once_for_ever_is_ticked_once_a_millisecond() -> None:
    stubs.Impatient.ticks = 0
    script = three_seconds()
    timeline = played(script, stubs.subject("Impatient"))
    assert timeline.first(Misconduct) is None
    assert 0 < stubs.Impatient.ticks <= script.ends - script.begins


def test_a_client_that_dies_in_the_middle_keeps_only_what_came_before() -> None:
    script = short().script()
    timeline = played(script, stubs.subject("dies_on_entering", "honest_phone"))
    (death,) = timeline.of(Misconduct)
    entered = timeline.first(Intent, act=Act.ENTER)
    assert entered is not None
    assert death.at_ms == entered.at_ms
    assert isinstance(entered.data, Intent)
    assert (entered.data.status, entered.data.reason) == ("refused", "the client broke the conversation")
    assert not timeline.watched("laptop", script.begins, death.at_ms + 1)
    assert not [event for event in timeline.of(Viewed, role=Role.LAPTOP) if event.at_ms > death.at_ms]
    assert max(event.at_ms for event in timeline) <= script.ends
    kept = {rule.requirement for rule in RULES if isinstance(judge(rule.requirement, script, timeline), Kept)}
    before = {rule.requirement for rule in RULES if isinstance(judge(rule.requirement, script, ordinary()), Kept)}
    assert kept < before
    assert not {requirement for requirement in kept if requirement.startswith(("ANS", "END", "DEV"))}
    lost = judge("ANS-1", script, timeline)
    assert "lost its way" in lost.reason


# -- what a script does to the world ---------------------------------------------------------------------------------


def test_a_killed_client_is_started_again_with_what_it_kept_and_goes_on() -> None:
    spans = msgspec.structs.replace(plan().spans, lease=Span(500), preparation=Span(3_000))
    interview = short(careful(msgspec.structs.replace(plan(), spans=spans))).beside(
        "killing",
        Named("kill", Step(action=Kill(role=Role.LAPTOP), at=400)),
        Named("restart", Step(action=Kill(role=Role.LAPTOP, restart=True), after=300)),
    )
    timeline = played(interview.script())
    changes = [
        (event.at_ms, event.data.change)
        for event in timeline.of(ProcessChanged, role=Role.LAPTOP)
        if isinstance(event.data, ProcessChanged)
    ]
    assert changes == [(interview.begins, "started"), (400, "killed"), (700, "started")]
    assert not timeline.watched("laptop", 399, 701)
    assert timeline.watched("laptop", 700, 1_500)
    assert timeline.first(Misconduct) is None
    assert pages(timeline, Role.LAPTOP)[-1] == Page.DONE
    again = timeline.shown(Role.LAPTOP, lambda view: view.page == Page.PREPARATION, after=701)
    assert again is not None
    for stream in Stream:
        held = timeline.recording(stream)
        assert held is not None, stream
        assert held.intact


def test_a_network_that_is_gone_for_a_while_is_told_and_costs_nothing() -> None:
    interview = short().disturbed("down", 300, 900, role=Role.LAPTOP)
    timeline = played(interview.script())
    (fault,) = timeline.of(Disturbed)
    assert (fault.at_ms, fault.until_ms) == (300, 1_200)
    offline = timeline.shown(Role.LAPTOP, lambda view: view.network == "offline", after=300)
    assert offline is not None
    assert offline.at_ms < 1_200 + plan().limits.catch_up
    assert timeline.shown(Role.PHONE, lambda view: view.network == "offline") is None
    assert not [event for event in timeline.of(Arrived) if 300 <= event.at_ms < 1_200]
    assert timeline.recording(Stream.CAMERA) is not None
    assert all(data.intact for data in timeline.data(Recorded))


def test_an_upload_is_cut_in_its_middle_and_goes_on_from_what_had_arrived() -> None:
    slow = Disturb(kind="bandwidth", role=Role.LAPTOP, for_ms=1_800, value=3_000)
    interview = short().at(200, slow).disturbed("down", 1_700, 700, role=Role.LAPTOP)
    timeline = played(interview.script())
    cut = [event for event in timeline.of(Arrived) if isinstance(event.data, Arrived) and event.at_ms == 1_700]
    assert cut, [event.at_ms for event in timeline.of(Arrived)]
    for event in cut:
        assert isinstance(event.data, Arrived)
        end = event.data.offset + event.data.length
        asked = timeline.first(Offered, upload=event.data.upload, reply_to="head", after=event.at_ms)
        assert asked is not None
        assert isinstance(asked.data, Offered)
        assert asked.data.offset == end
        resumed = timeline.first(PatchBegan, upload=event.data.upload, after=asked.at_ms)
        assert resumed is not None
        assert isinstance(resumed.data, PatchBegan)
        assert resumed.data.offset == end
    assert all(data.intact for data in timeline.data(Recorded))


def test_a_run_that_fails_in_the_middle_leaves_no_recording_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[MemoryStore] = []

    def close(store: MemoryStore) -> None:
        closed.append(store)

    monkeypatch.setattr(MemoryStore, "close", close)
    script = short().at(-3_000, Plug(device="camera-9", present=True)).script()
    with pytest.raises(HarnessError, match="no device of the script is called 'camera-9'"):
        played(script, stubs.subject("Idle"))
    assert len(closed) == 1


def test_a_service_that_is_killed_and_started_again_has_lost_nothing_that_it_acknowledged() -> None:
    slow = Disturb(kind="bandwidth", role=Role.LAPTOP, for_ms=1_800, value=3_000)
    killed = RestartService(down_ms=600)
    timeline = played(short().at(200, slow).at(1_700, killed).longer(2_000).script())
    (restart,) = timeline.of(Disturbed, lambda data: data.kind == "restart")
    assert (restart.at_ms, restart.until_ms) == (1_700, 2_300)
    assert not [event for event in timeline.of(Arrived) if 1_700 < event.at_ms < 2_300]
    assert not [event for event in timeline.of(Served) if 1_700 < event.at_ms < 2_300]
    for upload in {data.upload for data in timeline.data(Arrived)}:
        offsets = [(data.offset, data.length) for data in timeline.data(Arrived, upload=upload)]
        assert [start for start, _ in offsets[1:]] == [start + length for start, length in offsets[:-1]]
    assert pages(timeline, Role.LAPTOP)[-1] == Page.DONE
    assert all(data.intact for data in timeline.data(Recorded))


def test_a_body_that_takes_long_arrives_in_pieces_and_what_a_client_that_hangs_up_had_sent_is_kept() -> None:
    slow = Disturb(kind="bandwidth", role=Role.LAPTOP, for_ms=2_500, value=3_000)
    killing = (
        Named("kill", Step(action=Kill(role=Role.LAPTOP), at=1_700)),
        Named("restart", Step(action=Kill(role=Role.LAPTOP, restart=True), after=300)),
    )
    timeline = played(short().at(200, slow).beside("killing", *killing).longer(2_000).script())
    began = {data.started_ms for data in timeline.data(Arrived) if data.stream is not Stream.EVIDENCE}
    pieces = [len([data for data in timeline.data(Arrived) if data.started_ms == start]) for start in began]
    assert max(pieces) > 2
    assert [event for event in timeline.of(Arrived) if event.at_ms == 1_700]


@pytest.mark.parametrize("page", [Page.PREPARATION, Page.LESSON])
def test_an_interview_ended_before_the_lesson_was_started_is_over_for_the_service_and_the_phone_as_well(
    page: Page,
) -> None:
    interview = finishing(short().without("start"), page, 300)
    timeline = played(interview.script())
    assert pages(timeline, Role.LAPTOP)[-1] == Page.DONE
    assert pages(timeline, Role.PHONE)[-1] == Page.DONE
    assert [data.stage for data in timeline.data(Reported, what="early-end")] == [Stage(page.value)]
    assert not [data for data in timeline.data(Served, operation=Operation.STAGE) if data.status >= 400]
    foretold = expected(interview.script())
    assert [data.what for data in foretold.data(Reported)] == [data.what for data in timeline.data(Reported)]
