"""The ideal interview: goldens, the same processes in real time, and what is expected when things go wrong."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import cast

import msgspec
import pytest
import simpy
from simpy.rt import RealtimeEnvironment

from harness.core.errors import VivaError
from harness.core.events import (
    Arrived,
    DeviceChanged,
    Disturbed,
    Finished,
    Intent,
    Operation,
    PatchBegan,
    Recorded,
    Reported,
    Served,
    Viewed,
)
from harness.core.plan import Plan
from harness.core.script import (
    DEVICES,
    DISPLAY,
    DeskAct,
    Disturb,
    Do,
    Kill,
    Misbehaviour,
    Plug,
    Script,
    Step,
    Thread,
    Wait,
)
from harness.core.timeline import Timeline
from harness.core.units import Span
from harness.core.view import ROLES, RUNNING, Act, AlertCode, Page, Role, Stage, Stream, View
from harness.simulation.document import document
from harness.simulation.model import expected
from tests.simulation import scripts
from tests.simulation.regenerate import FOLDER, lines
from tests.simulation.scripts import SCALED, before_entry, doing, interview, on_phone, ordinary, press, script


def view_at(timeline: Timeline, at_ms: int, role: Role = Role.LAPTOP) -> View:
    standing = timeline.view_at(role, at_ms)
    assert standing is not None
    return cast("Viewed", standing.data).view


def page_came(timeline: Timeline, page: Page, role: Role = Role.LAPTOP) -> int:
    shown = timeline.shown(role, lambda view: view.page == page)
    assert shown is not None, f"{page} never came"
    return shown.at_ms


def do(act: Act, at: int, role: Role = Role.LAPTOP, **args: str) -> Thread:
    return doing(at, Do(role=role, act=act, args=args))


def intents(timeline: Timeline, act: Act) -> list[str]:
    return [cast("Intent", event.data).status for event in timeline.of(Intent, act=act)]


# -- goldens and environments ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", scripts.GOLDEN)
def test_the_expected_timeline_is_the_golden_one(name: str) -> None:
    golden = (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8")
    assert lines(scripts.GOLDEN[name]()) == golden, "if this is meant: python -m tests.simulation.regenerate"


def test_the_page_about_the_model_is_what_its_tables_say() -> None:
    page = Path(__file__).parents[2] / "docs" / "model.md"
    assert page.read_text(encoding="utf-8") == document(), "python -m harness.simulation.document > docs/model.md"


@pytest.mark.parametrize("make", [ordinary, scripts.outage, scripts.killed])
def test_the_same_processes_run_in_real_time_unchanged(make: scripts.Make) -> None:
    played = make()
    real = RealtimeEnvironment(initial_time=played.begins, factor=1e-7, strict=False)
    assert expected(played, environment=real).events == expected(played).events


def test_an_environment_at_another_time_is_refused() -> None:
    with pytest.raises(VivaError, match=r"initial_time=script\.begins"):
        expected(ordinary(), environment=simpy.Environment())


@pytest.mark.parametrize("plan", [SCALED, scripts.HESHAN, scripts.STRICT, scripts.STRICT.at_scale()])
@pytest.mark.parametrize("make", [ordinary, scripts.art])
def test_every_exam_is_gone_through_to_the_end(plan: Plan, make: scripts.Make) -> None:
    timeline = expected(make(plan))
    for role in ROLES:
        assert page_came(timeline, Page.DONE, role) > plan.preparation_ends
    for stream in Stream:
        recorded = timeline.recording(stream)
        assert recorded is not None
        assert recorded.intact
        assert recorded.declared == recorded.length


def test_without_slices_the_bytes_are_the_same() -> None:
    sliced, whole = (expected(scripts.outage(), slices=slices) for slices in (True, False))
    assert [each.length for each in sliced.data(Finished)] == [each.length for each in whole.data(Finished)]
    assert len(whole.of(Arrived)) < len(sliced.of(Arrived)) / 3


# -- windows and stages ----------------------------------------------------------------------------------------------


def test_windows_are_half_open() -> None:
    opens, closes = SCALED.windows.entry_opens, SCALED.windows.entry_closes
    steps = before_entry(SCALED)
    for at, status in ((opens - 1, "refused"), (opens, "done"), (closes - 1, "done"), (closes, "refused")):
        played = script(SCALED, "ordinary", steps, do(Act.ENTER, at), ends=closes + 500)
        assert intents(expected(played), Act.ENTER) == [status]


def test_who_enters_late_has_the_same_end_of_preparation() -> None:
    assert page_came(expected(scripts.late()), Page.LESSON) == SCALED.preparation_ends


def test_a_stage_ends_at_its_due_time_though_the_network_is_out_and_is_reported_afterwards() -> None:
    played = ordinary(SCALED, doing(7_000, Disturb(kind="down", for_ms=2_000)))
    timeline = expected(played)
    assert page_came(timeline, Page.LESSON) == SCALED.preparation_ends
    report = timeline.reported("ended", Stage.PREPARATION)
    assert report is not None
    assert cast("Reported", report.data).claimed_ms == SCALED.preparation_ends
    assert 9_000 < report.at_ms <= 9_100


def test_the_question_comes_at_t0_or_as_soon_as_the_network_is_back() -> None:
    for make, came in ((ordinary, 0), (scripts.outage, 2_750)):
        timeline = expected(make())
        shown = timeline.shown(Role.LAPTOP, lambda view: view.question is not None and bool(view.question.text))
        assert shown is not None
        assert shown.at_ms == came
        assert page_came(timeline, Page.PREPARATION) == 0


def test_the_plan_may_end_the_wait_for_the_lesson() -> None:
    spans = msgspec.structs.replace(SCALED.spans, lesson_start=Span(1_500))
    plan = msgspec.structs.replace(SCALED, spans=spans)
    steps = (*before_entry(plan), *interview(plan)[:-1])
    timeline = expected(script(plan, "ordinary", steps))
    assert page_came(timeline, Page.UPLOAD) == plan.preparation_ends + 1_500 + plan.spans.lesson


def test_an_art_lesson_that_is_ended_early_still_leads_to_the_skill_test_on_time() -> None:
    steps = (*before_entry(SCALED), *interview(SCALED, *scripts.finishing(Page.LESSON, 1_000)))
    timeline = expected(script(SCALED, "art", steps))
    started = timeline.intent(Act.START)
    assert started is not None
    assert page_came(timeline, Page.SKILL_TEST) == started.at_ms + SCALED.spans.lesson
    assert timeline.reported("early-end", Stage.LESSON) is not None


def test_every_change_of_stage_is_reported_once_with_its_time() -> None:
    reports = expected(scripts.art()).data(Reported)
    said = [(each.stage, each.what) for each in reports]
    assert len(said) == len(set(said)) == 8
    assert all(a.claimed_ms <= b.claimed_ms for a, b in pairwise(reports))


# -- login, binding, attachments ---------------------------------------------------------------------------------------


def test_a_face_that_does_not_match_is_told_so_with_the_desks_contact_and_the_desk_lets_in() -> None:
    desk = Thread("desk", (Step(action=DeskAct(action="login"), when=Wait(alert=AlertCode.FACE_MISMATCH), after=300),))
    played = ordinary(SCALED, desk, misbehaviour=(Misbehaviour(kind="refuse-face", reason="mismatch"),))
    timeline = expected(played)
    told = timeline.shown(Role.LAPTOP, lambda view: view.says(AlertCode.FACE_MISMATCH))
    assert told is not None
    assert SCALED.contact.phone in cast("Viewed", told.data).view.alert(AlertCode.FACE_MISMATCH)
    assert page_came(timeline, Page.DONE)


def test_a_covered_face_is_refused_by_what_the_camera_sees() -> None:
    devices = tuple(
        msgspec.structs.replace(each, scene="covered") if each.id == "camera-1" else each for each in DEVICES
    )
    timeline = expected(ordinary(SCALED, devices=devices, ends=-5_000))
    assert [each.problem for each in timeline.data(Served, operation=Operation.LOGIN)] == ["face-covered"]


def test_an_extended_display_bars_the_login_until_it_is_gone() -> None:
    again = (press(Act.LOGIN, Page.LOGIN, at=-10_000),)
    played = ordinary(
        SCALED,
        doing(-10_500, Plug(device=DISPLAY.id, present=False)),
        Thread("again", again),
        devices=(*DEVICES, DISPLAY),
    )
    timeline = expected(played)
    told = timeline.shown(Role.LAPTOP, lambda view: view.says(AlertCode.EXTENDED_DISPLAY))
    assert told is not None
    assert told.at_ms < -10_500
    assert [event.at_ms for event in timeline.served(Operation.LOGIN)] == [-9_800]


def test_a_wrong_code_and_an_expired_one_bind_nothing() -> None:
    spans = msgspec.structs.replace(SCALED.spans, binding_ttl=Span(1_000))
    plan = msgspec.structs.replace(SCALED, spans=spans)
    tries = (
        on_phone(Act.TYPE_CODE, Wait(code=True), code="000000"),
        on_phone(Act.TYPE_CODE, Wait(code=True), 1_500, code="$code"),
    )
    played = msgspec.structs.replace(ordinary(plan, ends=-8_000), until=())
    threads = (played.threads[0], Thread("phone", tries))
    timeline = expected(msgspec.structs.replace(played, threads=threads))
    assert [each.problem for each in timeline.data(Served, operation=Operation.PHONE_BIND)] == [
        "wrong-code",
        "code-expired",
    ]
    assert not view_at(timeline, -8_000, Role.PHONE).recording


def test_the_phone_binds_by_what_it_scans() -> None:
    played = ordinary()
    scan = on_phone(Act.SCAN, Wait(pages=(Page.BIND,)), payload="$qr")
    phone = Thread("phone", (scan, *played.threads[1].steps[1:]))
    timeline = expected(msgspec.structs.replace(played, threads=(played.threads[0], phone)))
    assert page_came(timeline, Page.DONE, Role.PHONE)


def test_a_lost_push_is_made_up_for_by_the_next_poll() -> None:
    timeline = expected(scripts.misbehaving(Misbehaviour(kind="lose-push", reason="phone-bound")))
    bound = timeline.served(Operation.PHONE_BIND)[0].at_ms
    shown = timeline.shown(Role.LAPTOP, lambda view: view.binding is not None and view.binding.bound)
    assert shown is not None
    assert bound + 500 < shown.at_ms <= bound + 1_000


def test_the_next_step_stays_closed_until_everything_was_read() -> None:
    steps = before_entry(SCALED)
    first_read = next(index for index, step in enumerate(steps) if cast("Do", step.action).act is Act.READ)
    hasty = Step(action=Do(role=Role.LAPTOP, act=Act.PROCEED), after=100)
    timeline = expected(
        script(SCALED, "ordinary", (*steps[: first_read + 1], hasty, *steps[first_read + 1 :], *interview(SCALED)))
    )
    refused = timeline.of(Intent, act=Act.PROCEED, status="refused")
    assert len(refused) == 1
    assert view_at(timeline, refused[0].at_ms).says(AlertCode.NOT_READ)
    assert page_came(timeline, Page.DONE)


# -- faults of the service -----------------------------------------------------------------------------------------------


def test_a_question_that_was_lost_is_fetched_again_and_can_be_fetched_by_hand() -> None:
    lost = Misbehaviour(kind="lose", operation="question", count=1)
    for others, came in (((), 1_000), ((do(Act.FETCH_QUESTION, 400),), 400)):
        timeline = expected(ordinary(SCALED, *others, misbehaviour=(lost,)))
        assert view_at(timeline, came - 1).says(AlertCode.NOT_LOADED)
        shown = view_at(timeline, came)
        assert shown.question is not None
        assert shown.question.text == SCALED.tracks["ordinary"].question


def test_failing_requests_are_repeated_at_growing_intervals() -> None:
    fails = Misbehaviour(kind="fail", operation="upload-patch", from_ms=1_000, until_ms=5_000)
    timeline = expected(scripts.misbehaving(fails))
    tries = [
        event.at_ms for event in timeline.of(Served, subject="camera-0", operation=Operation.UPLOAD_PATCH, after=1_000)
    ]
    waits = [b - a for a, b in pairwise(tries)]
    assert waits == [250, 500, 1_000, 2_000, 4_000]


def test_a_stalled_request_is_given_up_and_repeated() -> None:
    stall = Misbehaviour(kind="stall", operation="entry", delay_ms=10_000, count=1)
    timeline = expected(scripts.misbehaving(stall))
    asked = [event.at_ms for event in timeline.of(Served, operation=Operation.ENTRY)]
    assert asked[1] - asked[0] == SCALED.limits.stall + SCALED.limits.first_retry
    assert page_came(timeline, Page.DEVICES) == asked[1]


def test_a_failed_upload_says_so_and_the_retry_works_at_once() -> None:
    fails = Misbehaviour(kind="fail", operation="finish", from_ms=13_000, until_ms=16_500)
    timeline = expected(ordinary(SCALED, do(Act.RETRY, 16_600), misbehaviour=(fails,)))
    failed = timeline.shown(Role.LAPTOP, lambda view: view.says(AlertCode.UPLOAD_FAILED))
    assert failed is not None
    assert cast("Viewed", failed.data).view.enabled(Act.RETRY)
    assert page_came(timeline, Page.DONE) == 16_600


# -- faults of network and devices -----------------------------------------------------------------------------------


def whole(timeline: Timeline) -> None:
    """Every upload's bytes came once each and in order, and as many as were declared."""
    finished = {each.upload: each.length for each in timeline.data(Finished)}
    for upload, length in finished.items():
        reached = 0
        for each in timeline.data(Arrived, upload=upload):
            assert each.offset == reached
            reached += each.length
        assert reached == length


@pytest.mark.parametrize(
    "trouble",
    [
        Disturb(kind="down", for_ms=4_000),
        Disturb(kind="timeout", role=Role.LAPTOP, for_ms=1_000),
        Disturb(kind="reset_peer", role=Role.PHONE, for_ms=1_000),
        Disturb(kind="limit_data", for_ms=1_000, value=10_000),
        Disturb(kind="latency", for_ms=1_000, value=100),
    ],
    ids=lambda trouble: trouble.kind,
)
@pytest.mark.parametrize("at", [-13_000, -11_500, -8_000, -7_300, -50, 7_900, 12_900, 13_200, 15_650])
def test_an_outage_at_any_moment_loses_nothing_and_wedges_nothing(trouble: Disturb, at: int) -> None:
    timeline = expected(ordinary(SCALED, doing(at, trouble)))
    whole(timeline)
    for role in ROLES:
        assert page_came(timeline, Page.DONE, role)


def test_after_a_break_the_upload_goes_on_where_the_service_says() -> None:
    timeline = expected(scripts.outage())
    begun = timeline.of(PatchBegan, upload="camera-0")
    offered = timeline.of(Viewed)  # the client is told of the outage meanwhile
    assert len(begun) == 2
    held = sum(each.length for each in timeline.data(Arrived, upload="camera-0") if each.started_ms == begun[0].at_ms)
    assert cast("PatchBegan", begun[1].data).offset == held > 0
    assert any(cast("Viewed", event.data).view.says(AlertCode.OFFLINE) for event in offered)


@pytest.mark.parametrize("slow", [False, True])
def test_evidence_that_is_cut_off_on_its_way_goes_on_with_what_the_service_holds(slow: bool) -> None:
    line = doing(15_000, Disturb(kind="bandwidth", role=Role.PHONE, for_ms=4_000, value=150_000))
    cut = doing(17_000 if slow else 15_750, Disturb(kind="down", role=Role.PHONE, for_ms=4_000))
    timeline = expected(ordinary(SCALED, *([line] if slow else []), cut))
    whole(timeline)
    arrived = timeline.data(Arrived, upload="evidence-0")
    assert [each.offset for each in timeline.data(PatchBegan, upload="evidence-0")] == [0, arrived[0].length]
    assert 0 < arrived[0].length < sum(each.length for each in arrived)


def test_an_outage_that_outlasts_the_interview_is_followed_by_the_upload() -> None:
    timeline = expected(ordinary(SCALED, doing(10_000, Disturb(kind="down", role=Role.LAPTOP, for_ms=8_000))))
    whole(timeline)
    assert view_at(timeline, 17_000).page is Page.UPLOAD
    assert 18_000 < page_came(timeline, Page.DONE) < 19_000


def test_the_upload_that_is_not_confirmed_in_time_is_told() -> None:
    out = Disturb(kind="down", role=Role.LAPTOP, for_ms=60_000)
    timeline = expected(ordinary(SCALED, doing(13_000, out), ends=40_000, until=()))
    overdue = timeline.shown(Role.LAPTOP, lambda view: view.says(AlertCode.UPLOAD_OVERDUE))
    assert overdue is None or overdue.at_ms >= page_came(timeline, Page.UPLOAD) + SCALED.spans.upload_deadline
    lingering = expected(ordinary(SCALED, doing(13_000, out), ends=40_000))
    told = lingering.shown(Role.LAPTOP, lambda view: view.says(AlertCode.UPLOAD_OVERDUE))
    assert told is not None
    assert told.at_ms == page_came(lingering, Page.UPLOAD) + SCALED.spans.upload_deadline


def test_a_killed_laptop_rejoins_the_running_stage_and_all_that_was_recorded_is_uploaded() -> None:
    timeline = expected(scripts.killed(at=7_000, dead_ms=2_000))
    whole(timeline)
    camera = timeline.recording(Stream.CAMERA)
    assert camera is not None
    assert camera.segments == 2
    assert [(gap.from_ms, gap.to_ms) for gap in camera.footage.gaps] == [(7_000, 9_000)]
    assert view_at(timeline, 9_000).page is Page.LESSON
    assert not timeline.watched("laptop", 6_000, 10_000)
    assert timeline.reported("gap") is not None
    assert page_came(timeline, Page.DONE)


def test_where_the_plan_lets_nobody_back_in_a_killed_laptop_goes_on_to_the_upload() -> None:
    plan = msgspec.structs.replace(SCALED, readings=msgspec.structs.replace(SCALED.readings, rejoin=False))
    timeline = expected(scripts.killed(plan, at=5_000))
    assert view_at(timeline, 6_200).says(AlertCode.TOO_LATE)
    whole(timeline)
    assert page_came(timeline, Page.DONE) < 7_000


def test_a_laptop_that_is_killed_before_entry_comes_back_to_where_it_was() -> None:
    timeline = expected(scripts.killed(at=-9_500, dead_ms=500))
    assert view_at(timeline, -8_900).page is Page.LOBBY
    assert page_came(timeline, Page.DONE)


def test_a_killed_phone_uploads_what_it_had_and_can_be_bound_again() -> None:
    again = on_phone(Act.TYPE_CODE, Wait(role=Role.PHONE, pages=(Page.PAIR,)), 500, code="$code")
    played = scripts.killed(role=Role.PHONE, at=1_000, dead_ms=500)
    rebinding = Thread(
        "rebind",
        (
            Step(action=Do(role=Role.LAPTOP, act=Act.SHOW_CODE), at=1_400),
            msgspec.structs.replace(again, at=1_600),
        ),
    )
    timeline = expected(msgspec.structs.replace(played, threads=(*played.threads, rebinding)))
    evidence = timeline.recording(Stream.EVIDENCE)
    assert evidence is not None
    assert evidence.intact
    assert evidence.segments == 2
    gap = timeline.reported("gap")
    assert gap is not None
    assert cast("Reported", gap.data).claimed_ms == 1_000


def test_the_chosen_camera_is_recorded_and_pulling_it_out_is_told_and_healed() -> None:
    choose = Step(
        action=Do(role=Role.LAPTOP, act=Act.CHOOSE, args={"id": "camera-2"}), when=Wait(pages=(Page.DEVICES,))
    )
    timeline = expected(
        ordinary(
            SCALED,
            Thread("choose", (choose,)),
            doing(9_000, Plug(device="camera-2", present=False)),
            doing(10_500, Plug(device="camera-2", present=True)),
        )
    )
    camera = timeline.recording(Stream.CAMERA)
    assert camera is not None
    assert camera.footage.devices == (0, 1)
    assert [(gap.from_ms, gap.to_ms) for gap in camera.footage.gaps] == [(9_000, 10_500)]
    assert not camera.footage.sound_gaps
    assert view_at(timeline, 9_000).says(AlertCode.DEVICE_LOST)
    assert not view_at(timeline, 10_500).says(AlertCode.DEVICE_LOST)
    assert timeline.reported("device-lost") is not None


def test_a_device_that_was_plugged_in_is_listed_after_the_refresh() -> None:
    devices = tuple(msgspec.structs.replace(each, plugged=each.id != "camera-2") for each in DEVICES)
    plug = Thread(
        "plug",
        (
            Step(action=Plug(device="camera-2", present=True), at=-7_000),
            Step(action=Do(role=Role.LAPTOP, act=Act.REFRESH_DEVICES), after=200),
            press(Act.WAIT, Page.DEVICES),
        ),
    )
    steps = (*before_entry(SCALED), press(Act.ENTER, Page.LOBBY), press(Act.START, Page.LESSON))
    timeline = expected(script(SCALED, "ordinary", steps, plug, devices=devices))
    listed = [{each.id for each in view_at(timeline, at).devices} for at in (-6_900, -6_800)]
    assert listed[1] - listed[0] == {"camera-2"}


@pytest.mark.parametrize(
    ("device", "code"), [("camera-1", AlertCode.NO_CAMERA), ("microphone-1", AlertCode.NO_MICROPHONE)]
)
def test_without_a_device_the_check_says_so_and_does_not_go_on(device: str, code: AlertCode) -> None:
    kind = device.partition("-")[0]
    devices = tuple(msgspec.structs.replace(each, plugged=each.kind != kind) for each in DEVICES)
    timeline = expected(ordinary(SCALED, devices=devices, ends=-5_000))
    standing = view_at(timeline, -6_000)
    assert standing.page is Page.CHECK
    assert standing.says(code)
    assert not standing.enabled(Act.PROCEED)


@pytest.mark.parametrize(
    ("device", "scene", "code"),
    [
        ("camera-1", "black", AlertCode.NO_CAMERA),
        ("camera-1", "frozen", AlertCode.NO_CAMERA),
        ("microphone-1", "silent", AlertCode.NO_MICROPHONE),
    ],
)
def test_a_device_that_gives_nothing_is_as_good_as_none(device: str, scene: str, code: AlertCode) -> None:
    kind = device.partition("-")[0]
    devices = tuple(
        msgspec.structs.replace(each, scene=scene, plugged=each.kind != kind or each.id == device) for each in DEVICES
    )
    standing = view_at(expected(ordinary(SCALED, devices=devices, ends=-5_000)), -6_000)
    assert standing.page is Page.CHECK
    assert standing.says(code)
    assert not standing.enabled(Act.PROCEED)


# -- the end -----------------------------------------------------------------------------------------------------------


def test_everything_stops_and_is_released_at_the_end_and_the_question_is_gone() -> None:
    timeline = expected(ordinary())
    ends = page_came(timeline, Page.UPLOAD)
    camera = timeline.recording(Stream.CAMERA)
    assert camera is not None
    assert camera.footage.last_ms == ends
    released = timeline.of(DeviceChanged, change="released", role=Role.LAPTOP)
    assert {event.at_ms for event in released} == {ends}
    assert all(view.question is None for view in _views(timeline) if view.page not in RUNNING)


def test_closing_before_success_is_refused_and_after_it_is_taken() -> None:
    timeline = expected(ordinary(SCALED, do(Act.CLOSE, 13_050), do(Act.CLOSE, 14_500)))
    assert intents(timeline, Act.CLOSE) == ["refused", "done"]
    assert view_at(timeline, 13_050).says(AlertCode.UPLOAD_RUNNING)


def test_stopping_the_phone_early_asks_first_and_can_be_taken_back() -> None:
    timeline = expected(ordinary(SCALED, do(Act.STOP, 3_000, Role.PHONE), do(Act.CANCEL, 3_300, Role.PHONE)))
    assert view_at(timeline, 3_000, Role.PHONE).says(AlertCode.CONFIRM_STOP)
    assert view_at(timeline, 3_300, Role.PHONE).recording


def test_what_is_said_and_shown_is_in_the_recordings() -> None:
    timeline = expected(scripts.ordinary())
    camera, evidence = timeline.recording(Stream.CAMERA), timeline.recording(Stream.EVIDENCE)
    assert camera is not None
    assert evidence is not None
    assert [(phrase.text, phrase.whole) for phrase in camera.footage.phrases] == [("模拟课堂教学结束", True)]
    assert {symbol.text for symbol in camera.footage.symbols} == {"sheet-front", "sheet-back"}
    assert len({symbol.text for symbol in evidence.footage.symbols}) == 24


def test_results_that_were_published_take_the_retry_away() -> None:
    timeline = expected(ordinary(SCALED, doing(16_500, DeskAct(action="publish")), linger_ms=3_000))
    assert view_at(timeline, 16_400).enabled(Act.RETRY)
    assert not view_at(timeline, 16_600).enabled(Act.RETRY)


def test_a_call_for_help_is_answered_and_the_interview_goes_on() -> None:
    timeline = expected(
        ordinary(SCALED, do(Act.HELP, 2_000, text="?"), doing(3_000, DeskAct(action="answer", text="请稍候")))
    )
    assert view_at(timeline, 2_000).says(AlertCode.HELP_SENT)
    assert "请稍候" in view_at(timeline, 3_100).alert(AlertCode.HELP_ANSWER)
    assert page_came(timeline, Page.DONE)


def test_a_phone_that_the_desk_released_can_be_bound_anew_with_a_new_code() -> None:
    timeline = expected(ordinary(SCALED, doing(1_000, DeskAct(action="release")), ends=3_000))
    assert view_at(timeline, 1_500, Role.PHONE).page is Page.PAIR
    binding = view_at(timeline, 1_500).binding
    assert binding is not None
    assert not binding.bound


def test_leaving_the_window_is_reported_and_filming_goes_on_in_the_background() -> None:
    timeline = expected(ordinary(SCALED, do(Act.LEAVE, 2_000), do(Act.RETURN, 2_400), do(Act.LEAVE, 2_000, Role.PHONE)))
    assert [each.what for each in timeline.data(Reported) if each.stage is None] == ["focus-lost", "focus-regained"]
    assert view_at(timeline, 2_500, Role.PHONE).recording


def test_a_script_ends_at_its_limit_though_nothing_came_true() -> None:
    played = msgspec.structs.replace(ordinary(), threads=(Thread("nothing", ()),), ends=-12_000)
    timeline = expected(played)
    assert timeline.watched("laptop", played.begins, -12_000)
    assert max(event.end_ms for event in timeline) == -12_000


def test_a_step_out_of_patience_is_skipped_and_the_thread_goes_on() -> None:
    impatient = Step(action=Do(role=Role.LAPTOP, act=Act.HELP), when=Wait(enabled=Act.START), patience=300)
    following = Step(action=Do(role=Role.LAPTOP, act=Act.REFRESH), after=50)
    played: Script = ordinary(SCALED, Thread("impatient", (impatient, following)))
    timeline = expected(played)
    assert intents(timeline, Act.HELP) == []
    assert [event.at_ms for event in timeline.of(Intent, act=Act.REFRESH)] == [played.begins + 350]


def test_a_second_laptop_is_refused_while_the_first_is_in_and_records_nothing() -> None:
    rival = Role.RIVAL_LAPTOP

    def pressing(act: Act) -> Step:
        return Step(action=Do(role=rival, act=act), when=Wait(role=rival, enabled=act))

    second = Thread(
        "second",
        (Step(action=Kill(role=rival, restart=True), at=-7_000), *map(pressing, (Act.PROCEED, Act.CONSENT, Act.LOGIN))),
    )
    alone, both = expected(ordinary()), expected(ordinary(SCALED, second, rivals=(rival,)))
    refused = [data for data in both.data(Served, operation=Operation.LOGIN) if data.problem]
    assert [data.problem for data in refused] == ["second-session"]
    assert both.shown(rival, lambda view: view.says(AlertCode.SECOND_SESSION)) is not None
    assert both.watched(rival.value, -7_000, 0)
    for kind in (Recorded, Arrived, DeviceChanged, Reported):
        assert both.data(kind) == alone.data(kind)
    assert both.data(Viewed, role=Role.LAPTOP) == alone.data(Viewed, role=Role.LAPTOP)


def test_who_comes_back_from_an_outage_asks_where_the_session_stands() -> None:
    timeline = expected(scripts.outage())
    back = timeline.of(Disturbed)[0].end_ms
    asked = timeline.of(Served, operation=Operation.SESSION, after=back)
    assert asked
    assert asked[0].at_ms - back <= 100


def test_a_kill_of_what_is_dead_and_a_start_of_what_lives_change_nothing() -> None:
    twice = Thread("twice", (Step(action=Kill(role=Role.PHONE, restart=True), at=0),))
    assert expected(ordinary(SCALED, twice)).events == expected(ordinary()).events


def _views(timeline: Timeline) -> list[View]:
    return [each.view for each in timeline.data(Viewed, role=Role.LAPTOP)]
