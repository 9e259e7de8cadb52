"""The phone in hand: every respect of the pan, of leaving the app, of what is told, of a killed client and of a second phone is seen alone."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from features.steps.phone import leaves_the_app_twice
from harness.core.events import Event, Intent, InView, ProcessChanged, Recorded, Reported, Served, Viewed
from harness.core.footage import Gap, Seen, Symbol
from harness.core.script import Script
from harness.core.verdict import Broken, Kept, Unobserved
from harness.core.view import Act, Page, Role, Stream, View
from harness.rules.catalogue import rule_of
from harness.session.interview import careful
from tests.rules.build import PLAN, Film
from tests.rules.scenarios import ideal
from tests.session.quick import played

ORDINARY, AWAY, KILLED, CHANGED = (ideal(name) for name in ("ordinary", "away", "phone_killed", "changing_phones"))
GAPS = (Gap(from_ms=500, to_ms=3_000), Gap(from_ms=4_000, to_ms=6_500))  # just when the candidate of `away` is away
LIMITS = PLAN.limits


def symbols(film: Film, *found: Symbol) -> Film:
    return film.footage(Stream.EVIDENCE, symbols=found)


def marks(film: Film) -> tuple[Symbol, ...]:
    return next(
        e.data.footage.symbols for e in film.events if isinstance(e.data, Recorded) and e.data.stream == "evidence"
    )


def paused(film: Film, *gaps: Gap) -> Film:
    return film.footage(Stream.EVIDENCE, gaps=gaps)


def told(film: Film, what: str, at_ms: int) -> Film:
    report = Reported(what=what, role=Role.PHONE, claimed_ms=at_ms)  # type: ignore[arg-type]  # one of the reports, by name
    return film.plus(at_ms, report, source="service")


# -- the pan -----------------------------------------------------------------------------------------------------------


def test_a_mark_that_is_legible_at_another_time_alone_was_not_recorded_when_it_passed() -> None:
    moved = (replace(each, from_ms=5_000, to_ms=6_000) if each.text == "yaw-180" else each for each in marks(ORDINARY))
    verdict = symbols(ORDINARY, *moved).judged("EVID-2")
    assert isinstance(verdict, Broken)
    assert "1 of 24" in verdict.reason
    assert "yaw-180" in verdict.reason


def test_a_mark_that_passed_too_fast_to_be_recorded_is_not_asked_for() -> None:
    def fast(event: Event, data: InView) -> Event:
        return replace(event, until_ms=event.at_ms + 300) if data.symbol == "yaw-180" else event

    hurried = symbols(ORDINARY, *(each for each in marks(ORDINARY) if each.text != "yaw-180")).changed(InView, fast)
    assert isinstance(hurried.judged("EVID-2"), Kept)


def test_a_pan_that_another_camera_recorded_is_not_the_pan_s_to_judge() -> None:
    def other(event: Event, data: Recorded) -> Event:
        seen: tuple[Seen, ...] = tuple(replace(span, device=3) for span in data.footage.seen)
        return replace(event, data=replace(data, footage=replace(data.footage, seen=seen, symbols=())))

    assert isinstance(ORDINARY.changed(Recorded, other, stream=Stream.EVIDENCE).judged("EVID-2"), Unobserved)


def test_a_pan_before_the_phone_says_that_it_records_proves_nothing() -> None:
    quiet = ORDINARY.views(lambda view: replace(view, recording=False), Role.PHONE)
    assert isinstance(symbols(quiet).judged("EVID-2"), Unobserved)


# -- leaving the app ---------------------------------------------------------------------------------------------------


def test_pauses_that_the_service_is_told_of_are_no_fault() -> None:
    owned = told(told(paused(AWAY, *GAPS), "gap", 3_100), "capture-stopped", 6_600)
    assert isinstance(owned.judged("EVID-8"), Kept)


def test_one_report_tells_of_one_pause() -> None:
    assert isinstance(told(paused(AWAY, *GAPS), "gap", 3_100).judged("EVID-8"), Broken)


@pytest.mark.parametrize(("at_ms", "verdict"), [(510, Broken), (3_050, Kept)])
def test_that_the_app_was_left_tells_of_a_pause_on_the_return_alone(at_ms: int, verdict: type) -> None:
    assert isinstance(told(paused(AWAY, GAPS[0]), "app-left", at_ms).judged("EVID-8"), verdict)


def test_a_report_that_comes_too_late_tells_nothing() -> None:
    late = told(paused(AWAY, GAPS[1]), "gap", 6_500 + LIMITS.catch_up + 100)
    assert isinstance(late.judged("EVID-8"), Broken)


def test_a_client_that_pauses_and_owns_to_it_keeps_the_rule_in_a_run() -> None:
    script: Script = leaves_the_app_twice(careful(PLAN), PLAN).without("leave-again", "return-again").script()
    timeline = played(script, "faulty:owns_to_one_pause")  # right the first time, and there is no second one
    verdict = rule_of("EVID-8").judge(timeline, script)
    assert isinstance(verdict, Kept), verdict.reason
    assert "told" in verdict.reason


# -- what the candidate is told ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "verdict"),
    [
        (("请先用前置镜头把房间拍一圈。", "然后把手机放在侧后方，与桌面成45°。"), Kept),
        (("使用前置摄像头３６０度环拍，再固定在侧后方４５度。",), Kept),
        (("先将手机固定在45度位置，再用前置摄像头环拍360度。",), Broken),
        (("请环拍360度，再固定在45度位置。",), Broken),
        (("技术服务：400-360-4500。请打开前置摄像头。",), Broken),
        (("Turn the phone once around with the selfie lens.", "Then fix it at 45 degrees."), Kept),
        (("Turn the phone around with the front camera, then fix it at 45 degrees.",), Broken),
    ],
    ids=[
        "in other words",
        "in full-width digits",
        "the other way round",
        "no front camera",
        "digits of a telephone",
        "in English",
        "not said how far",
    ],
)
def test_the_pan_is_explained_by_content_whatever_the_words(texts: tuple[str, ...], verdict: type) -> None:
    def says(view: View) -> View:
        return replace(view, text=texts if view.page == Page.FILMING else (), alerts=())

    assert isinstance(ORDINARY.views(says, Role.PHONE).judged("EVID-9"), verdict)


# -- a killed phone ----------------------------------------------------------------------------------------------------


def kept_spans(film: Film, *, before: bool, after: bool) -> Film:
    killed = next(e.at_ms for e in film.events if isinstance(e.data, ProcessChanged) and e.data.change == "killed")

    def edit(event: Event, data: Recorded) -> Event:
        seen = tuple(span for span in data.footage.seen if (before if span.from_ms < killed else after))
        return replace(event, data=replace(data, footage=replace(data.footage, seen=seen)))

    return film.changed(Recorded, edit, stream=Stream.EVIDENCE)


def test_losing_what_was_filmed_before_the_kill_is_broken() -> None:
    verdict = kept_spans(KILLED, before=False, after=True).judged("EVID-12")
    assert isinstance(verdict, Broken)
    assert "lost" in verdict.reason


def test_filming_no_more_after_the_kill_is_broken() -> None:
    verdict = kept_spans(KILLED, before=True, after=False).judged("EVID-12")
    assert isinstance(verdict, Broken)
    assert "nothing of what followed" in verdict.reason


def test_a_phone_that_the_service_did_not_bind_again_is_not_to_blame_for_that() -> None:
    again = max(e.at_ms for e in KILLED.events if isinstance(e.data, ProcessChanged) and e.data.change == "started")

    def refused(event: Event, data: Served) -> Event:
        out = event.at_ms > again and data.operation == "phone-bind"
        return replace(event, data=replace(data, status=409, problem="code-used")) if out else event

    verdict = kept_spans(KILLED, before=True, after=False).changed(Served, refused).judged("EVID-12")
    assert isinstance(verdict, Unobserved)


def test_another_report_does_not_tell_of_the_gap() -> None:
    def other(event: Event, data: Reported) -> Event:
        return replace(event, data=replace(data, what="app-left"))

    assert isinstance(KILLED.changed(Reported, other, what="gap").judged("EVID-12"), Broken)


# -- a second phone ----------------------------------------------------------------------------------------------------


def refusal() -> int:
    return next(e.at_ms for e in CHANGED.events if isinstance(e.data, Served) and e.data.problem == "code-used")


def test_a_first_phone_that_stops_when_another_one_knocks_is_broken() -> None:
    stopped = CHANGED.plus(refusal() + 300, Viewed(role=Role.PHONE, view=View(page=Page.PAIR)), source="phone")
    verdict = stopped.judged("BIND-8")
    assert isinstance(verdict, Broken)
    assert "first phone" in verdict.reason


def test_a_second_phone_that_is_not_bound_after_the_release_is_broken() -> None:
    last = max(e.at_ms for e in CHANGED.events if isinstance(e.data, Intent) and e.data.act == Act.TYPE_CODE)
    ignored = CHANGED.changed(Served, lambda event, data: event if event.at_ms < last else None, operation="phone-bind")
    verdict = ignored.frozen(last, Role.RIVAL_PHONE).prolonged(5_000).judged("BIND-8")
    assert isinstance(verdict, Broken)
    assert "was not bound" in verdict.reason
