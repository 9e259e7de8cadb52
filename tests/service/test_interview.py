"""The windows and the order of an interview, as the service guards them, in virtual time."""

from __future__ import annotations

import msgspec
import pytest

from harness.core.plan import Track, parse_plan
from harness.core.platform import Entrant
from harness.core.script import Misbehaviour
from harness.core.view import Stream
from harness.protocol.exam_api import SessionState
from harness.service.application import Application
from tests.service.rig import JPEG, Device, Rig, heshan, metadata, refused

PLAN = heshan()
W = PLAN.windows


def session(device: Device) -> SessionState:
    return msgspec.json.decode(device.ask("GET", "/v1/session").body, type=SessionState)


# -- login -----------------------------------------------------------------------------------------------------------


def test_login_opens_at_its_moment_and_says_when_and_whom_to_call() -> None:
    rig = Rig().at(W.login_opens - 1)
    rig.ticket.ask("POST", "/v1/consent", {"given": True})
    early = rig.login()
    detail = refused(early, "too-early")
    assert early.problem is not None
    assert early.problem.opens_ms == W.login_opens
    assert "08:30" in detail
    assert PLAN.contact.phone in detail
    assert rig.at(W.login_opens).login().status == 200


def test_newcomers_are_too_late_when_entry_closes_and_others_are_not() -> None:
    rig = Rig().logged_in()
    rig.at(W.entry_closes + PLAN.spans.lease)
    assert rig.login().status == 200
    late = Rig(exam_now=W.entry_closes)
    late.ticket.ask("POST", "/v1/consent", {"given": True})
    refused(late.login(), "too-late")


def test_no_face_is_judged_without_consent() -> None:
    rig = Rig().at(W.login_opens)
    refused(rig.login(), "no-consent")
    rig.ticket.ask("POST", "/v1/consent", {"given": False})
    refused(rig.login(), "no-consent")


def test_a_still_must_be_fresh_and_a_picture() -> None:
    rig = Rig().at(W.login_opens)
    rig.ticket.ask("POST", "/v1/consent", {"given": True})
    old = str(rig.exam_now - PLAN.limits.still_age - PLAN.limits.stall - 1)
    refused(rig.ticket.ask("POST", "/v1/login", raw=JPEG, content_type="image/jpeg", captured_ms=old), "still-stale")
    now = str(rig.exam_now)
    refused(rig.ticket.ask("POST", "/v1/login", raw=b"GIF", content_type="image/jpeg", captured_ms=now), "invalid-body")
    refused(
        rig.ticket.ask("POST", "/v1/login", raw=JPEG, content_type="text/plain", captured_ms=now), "wrong-content-type"
    )
    refused(rig.ticket.ask("POST", "/v1/login", raw=JPEG, content_type="image/jpeg"), "invalid-header")


def test_every_face_picture_is_kept_as_it_was_sent_across_a_restart() -> None:
    rig = Rig(misbehaviour=(Misbehaviour(kind="refuse-face", count=1),)).at(W.login_opens)
    rig.ticket.ask("POST", "/v1/consent", {"given": True})
    taken = rig.exam_now - 40
    for picture in (JPEG, JPEG + b"again"):
        rig.ticket.ask("POST", "/v1/login", raw=picture, content_type="image/jpeg", captured_ms=str(taken))
    for _ in range(2):
        stills = rig.application.stills(rig.exam, rig.entrant.ticket)
        assert [still.picture for still in stills] == [JPEG, JPEG + b"again"]
        assert {(still.received_ms, still.captured_ms) for still in stills} == {(rig.exam_now, taken)}
        rig.restart()


@pytest.mark.parametrize(("reason", "code"), [("mismatch", "face-mismatch"), ("covered", "face-covered")])
def test_a_face_is_refused_as_often_as_scripted_and_with_the_matchers_reason(reason: str, code: str) -> None:
    rig = Rig(misbehaviour=(Misbehaviour(kind="refuse-face", reason=reason, count=1),)).at(W.login_opens)
    rig.ticket.ask("POST", "/v1/consent", {"given": True})
    assert PLAN.contact.phone in refused(rig.login(), code)
    assert rig.login().status == 200


def test_the_matcher_decides() -> None:
    class Nobody:
        def match(self, still: bytes, entrant: Entrant) -> str | None:
            return "mismatch" if still == JPEG and entrant.name else None

    rig = Rig().at(W.login_opens)
    rig.application = Application(rig.store, matcher=Nobody())
    rig.ticket.ask("POST", "/v1/consent", {"given": True})
    refused(rig.login(), "face-mismatch")


def test_a_second_login_waits_until_the_first_sessions_lease_is_over() -> None:
    rig = Rig().logged_in()
    rig.after(PLAN.spans.lease - 1)
    refused(rig.login(), "second-session")
    assert rig.laptop.ask("GET", "/v1/session").status == 200  # the first goes on, and renews its lease
    rig.after(PLAN.spans.lease - 1)
    refused(rig.login(), "second-session")
    assert rig.after(1).login().status == 200
    refused(rig.laptop.ask("GET", "/v1/session"), "unauthorized")  # its place was taken


def test_an_open_event_stream_keeps_the_session_alive() -> None:
    from harness.protocol.messages import Request
    from harness.service.pushes import EventStream

    rig = Rig().logged_in()
    request = Request(method="GET", path="/v1/events", headers={"authorization": f"Bearer {rig.laptop.token}"})
    stream = rig.application.open_events(rig.now, request)
    assert isinstance(stream, EventStream)
    rig.after(10 * PLAN.spans.lease)
    refused(rig.login(), "second-session")
    stream.close(rig.now)
    rig.after(PLAN.spans.lease - 1)
    refused(rig.login(), "second-session")
    assert rig.after(1).login().status == 200


def test_a_login_that_the_desk_completes_needs_no_picture_and_no_consent() -> None:
    rig = Rig().at(W.login_opens)
    refused(rig.login(), "no-consent")
    assert not session(rig.ticket).logged_in
    rig.application.desk(rig.now, rig.exam, "login", rig.entrant.ticket)
    (push,) = rig.application.pushes(rig.entrant.ticket)
    assert (push.event, push.data["name"]) == ("login-completed", rig.entrant.name)
    assert session(rig.ticket).logged_in  # where the push is lost, the ticket serves until a token is used
    reply = rig.ticket.ask("POST", "/v1/login")
    assert reply.status == 200
    rig.laptop.token = msgspec.json.decode(reply.body)["token"]
    assert session(rig.laptop).logged_in
    assert not session(rig.ticket).logged_in


def test_the_desk_does_not_disturb_a_session_that_lives() -> None:
    rig = Rig().logged_in()
    rig.application.desk(rig.now, rig.exam, "login", rig.entrant.ticket)
    assert rig.laptop.ask("GET", "/v1/session").status == 200


# -- entry -----------------------------------------------------------------------------------------------------------


def test_entry_opens_and_closes_at_its_moments() -> None:
    rig = Rig().logged_in().bound().having_read()
    rig.at(W.entry_opens - 1)
    assert "08:45" in refused(rig.laptop.ask("POST", "/v1/entry"), "too-early")
    late = Rig().logged_in().bound().having_read().at(W.entry_closes)
    refused(late.laptop.ask("POST", "/v1/entry"), "too-late")
    last = Rig().logged_in().bound().having_read().at(W.entry_closes - 1)
    assert last.laptop.ask("POST", "/v1/entry").status == 200


def test_entry_needs_a_bound_phone_and_every_attachment_read() -> None:
    rig = Rig().logged_in().at(W.entry_opens)
    refused(rig.laptop.ask("POST", "/v1/entry"), "not-bound")
    rig.bound()
    assert PLAN.attachments[0].title in refused(rig.laptop.ask("POST", "/v1/entry"), "not-read")
    rig.having_read()
    assert rig.laptop.ask("POST", "/v1/entry").status == 200
    refused(rig.ticket.ask("POST", "/v1/entry"), "not-logged-in")


def test_who_had_entered_rejoins_after_entry_has_closed_where_the_plan_says_so() -> None:
    rig = Rig().entered().at(W.entry_closes + 60_000)
    reply = msgspec.json.decode(rig.laptop.ask("POST", "/v1/entry").body)
    assert reply == {"entered_ms": W.entry_opens, "rejoined": True}
    strict = msgspec.structs.replace(PLAN, readings=msgspec.structs.replace(PLAN.readings, rejoin=False))
    rig = Rig(strict).entered().at(W.entry_closes)
    refused(rig.laptop.ask("POST", "/v1/entry"), "too-late")


def test_attachments_are_read_after_they_were_opened_where_the_plan_says_so() -> None:
    strict = msgspec.structs.replace(PLAN, readings=msgspec.structs.replace(PLAN.readings, read_requires_open=True))
    rig = Rig(strict).logged_in()
    path = f"/v1/attachments/{PLAN.attachments[0].id}"
    refused(rig.laptop.ask("PUT", f"{path}/read"), "not-opened")
    assert rig.laptop.ask("GET", path).body.decode() == PLAN.attachments[0].text
    assert rig.laptop.ask("PUT", f"{path}/read").status == 204
    assert session(rig.laptop).read == (PLAN.attachments[0].id,)
    refused(rig.laptop.ask("GET", "/v1/attachments/none"), "not-found")


# -- the interview ---------------------------------------------------------------------------------------------------


def test_the_question_is_given_from_t0_to_who_has_entered() -> None:
    rig = Rig().entered()
    refused(rig.at(-1).laptop.ask("GET", "/v1/question"), "too-early")
    reply = rig.at(0).laptop.ask("GET", "/v1/question")
    assert msgspec.json.decode(reply.body)["text"] == PLAN.tracks["ordinary"].question
    outside = Rig().logged_in().at(0)
    refused(outside.laptop.ask("GET", "/v1/question"), "not-entered")


def test_no_reply_before_t0_holds_the_question() -> None:
    rig = Rig().entered()
    for path in ("/v1/exam", "/v1/session", "/v1/attachments/rules", "/v1/question", "/v1/time"):
        assert PLAN.tracks["ordinary"].question.encode() not in rig.laptop.ask("GET", path).body


def test_stages_come_in_their_order_and_the_same_report_again_is_no_fault() -> None:
    rig = Rig().entered().at(PLAN.preparation_ends)
    refused(rig.stage("lesson", "ended"), "stage-order")
    assert rig.stage("preparation", "ended").status == 204
    assert rig.stage("lesson", "started").status == 204
    assert rig.stage("lesson", "started").status == 204  # a repetition under a new key
    refused(rig.stage("preparation", "ended", rig.exam_now - 5), "stage-order")
    refused(rig.stage("skill_test", "started"), "stage-order")  # not in the ordinary track


def test_the_lesson_does_not_start_before_preparation_ends_whatever_the_client_claims() -> None:
    rig = Rig().entered().at(PLAN.preparation_ends - PLAN.limits.report - 1)
    refused(rig.stage("lesson", "started"), "stage-order")
    refused(rig.stage("lesson", "started", PLAN.preparation_ends + 5), "stage-order")


def test_the_end_is_the_reported_one_and_closes_entry_and_question() -> None:
    rig = Rig().entered().at(PLAN.preparation_ends)
    rig.stage("lesson", "started")
    rig.after(60_000).stage("lesson", "early-end")
    assert session(rig.laptop).stage == "ended"
    assert session(rig.laptop).ended_ms == PLAN.preparation_ends + 60_000
    refused(rig.laptop.ask("POST", "/v1/entry"), "ended")
    refused(rig.laptop.ask("GET", "/v1/question"), "ended")
    assert rig.laptop.create(metadata(rig.exam)).status == 201  # what was recorded may still come


@pytest.mark.parametrize("track", ["ordinary", "art"])
def test_ending_before_the_lesson_was_started_ends_the_interview(track: Track) -> None:
    rig = Rig(track=track).entered().at(PLAN.preparation_ends)
    rig.stage("preparation", "ended")
    assert rig.after(1_000).stage("lesson", "early-end").status == 204
    assert session(rig.laptop).ended_ms == PLAN.preparation_ends + 1_000
    refused(rig.stage("lesson", "started"), "stage-order")
    refused(rig.laptop.ask("POST", "/v1/entry"), "ended")


@pytest.mark.parametrize("track", ["ordinary", "art"])
def test_ending_in_the_preparation_ends_the_interview(track: Track) -> None:
    rig = Rig(track=track).entered().at(1_000)
    rig.stage("preparation", "started", 0)
    assert rig.stage("preparation", "early-end").status == 204
    assert session(rig.laptop).ended_ms == 1_000
    refused(rig.at(PLAN.preparation_ends).stage("lesson", "started"), "stage-order")


def test_in_art_only_the_lesson_that_was_started_is_ended_alone() -> None:
    rig = Rig(track="art").entered().at(PLAN.preparation_ends)
    rig.stage("lesson", "started")
    assert rig.after(1_000).stage("lesson", "early-end").status == 204
    assert session(rig.laptop).stage == "lesson"
    rig.at(PLAN.preparation_ends + PLAN.spans.lesson).stage("skill_test", "started")
    assert rig.after(1_000).stage("skill_test", "early-end").status == 204
    assert session(rig.laptop).stage == "ended"


def test_the_end_comes_by_itself_when_the_time_is_over() -> None:
    rig = Rig(track="art").entered().at(PLAN.preparation_ends)
    rig.stage("lesson", "started")
    spans = PLAN.spans
    for at, stage in (
        (0, "lesson"),
        (spans.lesson, "skill_test"),
        (spans.lesson + spans.skill_test, "presentation"),
        (spans.lesson + spans.skill_test + spans.presentation, "ended"),
    ):
        rig.at(PLAN.preparation_ends + at)
        assert session(rig.laptop).stage == stage


def test_a_report_that_an_outage_delayed_keeps_its_own_time() -> None:
    rig = Rig().entered().at(PLAN.preparation_ends + 900_000)
    assert rig.stage("lesson", "started", PLAN.preparation_ends + 1_000).status == 204
    assert session(rig.laptop).lesson_started_ms == PLAN.preparation_ends + 1_000
    assert session(rig.laptop).stage == "ended"


def test_help_reaches_the_desk_and_the_answer_comes_back() -> None:
    rig = Rig().entered()
    asked = msgspec.json.decode(rig.laptop.ask("POST", "/v1/help", {"text": "没有声音"}).body)
    rig.application.desk(rig.now, rig.exam, "answer", rig.entrant.ticket, "请重新插拔麦克风")
    assert msgspec.json.decode(rig.laptop.ask("GET", f"/v1/help/{asked['id']}").body)["answer"] == "请重新插拔麦克风"
    assert rig.application.pushes(rig.laptop.token)[-1].data == {"id": asked["id"], "answer": "请重新插拔麦克风"}


def test_candidates_of_exams_side_by_side_do_not_meet() -> None:
    rig = Rig()
    other = Entrant(ticket="ticket-2", name="考生乙", admission_number="A2", id_number="Y", phone="1", track="art")
    exam = rig.application.configure(PLAN, [other], exam_now=0, now=rig.now)
    assert exam != rig.exam
    info = msgspec.json.decode(Device(rig.send, "ticket-2").ask("GET", "/v1/exam").body)
    assert (info["exam"], info["track"], info["now_ms"]) == (exam, "art", 0)
    assert msgspec.json.decode(rig.ticket.ask("GET", "/v1/exam").body)["now_ms"] == rig.exam_now


def test_another_exam_has_other_numbers() -> None:
    from pathlib import Path

    path = Path(__file__).parents[2] / "exams" / "strict-2026.toml"
    strict = parse_plan(path.read_text(encoding="utf-8"), path.name)
    rig = Rig(strict, exam_now=strict.windows.login_opens - 1)
    rig.ticket.ask("POST", "/v1/consent", {"given": True})
    early = rig.login().problem
    assert early is not None
    assert early.opens_ms == strict.windows.login_opens != W.login_opens
    assert strict.contact.phone in early.detail


def test_before_entry_only_evidence_is_uploaded_and_each_device_uploads_its_own() -> None:
    rig = Rig().logged_in().bound()
    assert rig.phone.create(metadata(rig.exam, Stream.EVIDENCE)).status == 201
    refused(rig.laptop.create(metadata(rig.exam)), "not-entered")
    refused(rig.laptop.create(metadata(rig.exam, Stream.EVIDENCE)), "forbidden")
    refused(rig.phone.create(metadata(rig.exam, Stream.SCREEN)), "forbidden")
    refused(rig.ticket.create(metadata(rig.exam)), "not-logged-in")
