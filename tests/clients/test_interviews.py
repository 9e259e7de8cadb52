"""Whole interviews in virtual time: the reference client against the exam service."""

from __future__ import annotations

import itertools

import pytest

from harness.core.events import Offered, PatchBegan, Reported, Served
from harness.core.script import Misbehaviour
from harness.protocol.vocabulary import RUNNING, Act, AlertCode, Page, Role, Stage, Stream
from tests.clients.world import DEVICES, TICKET, World, plan


def recorded_lines(world: World, stream: Stream) -> list[tuple[str, int]]:
    """What the service holds of a stream: from which source, at which exam time."""
    data = b"".join(world.bytes_held(item.upload) for item in world.held() if item.stream == stream)
    lines = [line.split() for line in data.decode().splitlines()]
    return [(line[0], int(line[1]) - 7_000_000) for line in lines]


def test_an_ordinary_interview_goes_from_the_check_to_success_and_every_byte_is_held() -> None:
    world = World()
    world.enter()
    plan = world.plan
    assert world.view().page is Page.WAITING
    assert world.page(Page.PREPARATION) - 0 <= 10
    world.until(lambda: bool((shown := world.view().question) and shown.text))
    assert world.now <= 200
    assert world.page(Page.LESSON) - plan.preparation_ends <= 10
    assert world.view().countdown("lesson") is None
    world.run(world.now + 700)
    world.press(Act.START)
    start = world.now
    assert world.view().countdown("lesson") is not None
    end = world.page(Page.UPLOAD)
    assert abs(end - start - plan.spans.lesson) <= 10
    assert world.view().question is None
    assert world.view(Role.PHONE).recording
    assert world.view().says(AlertCode.STOP_PHONE)
    world.page(Page.DONE)
    assert world.view().says(AlertCode.UPLOAD_DONE)
    world.run(world.now + 1_000)
    world.stop_phone()
    world.page(Page.DONE, Role.PHONE)
    assert {item.stream for item in world.held()} == set(Stream)
    assert all(item.declared == item.length and item.declared_sha256 == item.sha256 for item in world.held())
    assert not world.clients[Role.LAPTOP].capture.open
    camera = [at for _, at in recorded_lines(world, Stream.CAMERA)]
    assert camera[0] <= 0
    assert end - 500 <= camera[-1] <= end + 2_000
    assert {source for source, _ in recorded_lines(world, Stream.EVIDENCE)} == {"phone-front+phone-microphone"}


def test_an_art_interview_has_its_skill_test_after_the_whole_lesson_even_if_that_ended_early() -> None:
    world = World(track="art")
    world.enter()
    world.page(Page.LESSON)
    world.press(Act.START)
    start, spans = world.now, world.plan.spans
    world.run(start + 1_000)
    world.press(Act.FINISH)
    assert world.view().says(AlertCode.CONFIRM_FINISH)
    world.press(Act.CONFIRM)
    assert abs(world.page(Page.SKILL_TEST) - start - spans.lesson) <= 10
    assert abs(world.page(Page.PRESENTATION) - start - spans.lesson - spans.skill_test) <= 10
    world.run(world.now + 1_000)
    world.press(Act.FINISH)
    world.press(Act.CONFIRM)
    world.page(Page.UPLOAD, within=100)
    world.page(Page.DONE)
    told = [(d.stage, d.what, d.claimed_ms) for d in world.timeline().data(Reported)]
    assert told == [
        (Stage.PREPARATION, "started", 0),
        (Stage.PREPARATION, "ended", spans.preparation),
        (Stage.LESSON, "started", start),
        (Stage.LESSON, "early-end", start + 1_000),
        (Stage.SKILL_TEST, "started", start + spans.lesson),
        (Stage.SKILL_TEST, "ended", start + spans.lesson + spans.skill_test),
        (Stage.PRESENTATION, "started", start + spans.lesson + spans.skill_test),
        (Stage.PRESENTATION, "early-end", world.laptop.kept.ended_ms),
    ]


def test_a_full_length_interview_of_the_other_exam_keeps_to_that_exams_numbers() -> None:
    world = World(plan("strict-2026"), begins=plan("strict-2026").windows.login_opens - 1_500)
    world.log_in()
    world.bind()
    world.read()
    world.until(lambda: world.view().enabled(Act.ENTER), within=30 * 60_000)
    assert 0 <= world.now - world.plan.windows.entry_opens <= 20
    world.press(Act.ENTER)
    world.press(Act.WAIT)
    world.page(Page.LESSON, within=40 * 60_000)
    world.press(Act.START)
    start = world.now
    assert abs(world.page(Page.UPLOAD, within=20 * 60_000) - start - world.plan.spans.lesson) <= 10
    world.page(Page.DONE)


def test_login_opens_at_its_time_and_says_so_before() -> None:
    world = World()
    world.start(Role.LAPTOP)
    world.press(Act.PROCEED)
    world.press(Act.CONSENT)
    world.run(world.now + 50)
    assert world.view().says(AlertCode.TOO_EARLY)
    assert world.do(Act.LOGIN).status == "refused"
    world.until(lambda: world.view().enabled(Act.LOGIN))
    assert 0 <= world.now - world.plan.windows.login_opens <= 20
    assert not any(path == "/v1/login" for _, _, _, path in world.requests)


def test_entry_opens_by_itself_although_the_push_is_lost_and_closes_with_the_reason() -> None:
    world = World(misbehaviour=(Misbehaviour(kind="lose-push", reason="entry-opened"),))
    world.log_in()
    world.bind()
    world.read()
    assert world.do(Act.REFRESH).status == "done"
    assert not world.view().enabled(Act.ENTER)
    world.until(lambda: world.view().enabled(Act.ENTER))
    assert 0 <= world.now - world.plan.windows.entry_opens <= 20
    world.run(world.plan.windows.entry_closes + 20)
    assert not world.view().enabled(Act.ENTER)
    assert world.view().says(AlertCode.TOO_LATE)


def test_a_late_entry_leads_to_the_running_stage_with_the_same_end() -> None:
    world = World()
    world.log_in()
    world.bind()
    world.read()
    world.run(2_000)
    world.press(Act.ENTER)
    world.page(Page.DEVICES)
    world.press(Act.WAIT)
    assert world.view().page is Page.PREPARATION
    shown = world.view().countdown("preparation")
    assert shown is not None
    assert 0 <= shown.remaining_ms - (world.plan.preparation_ends - world.now) <= 1_000
    assert world.page(Page.LESSON) - world.plan.preparation_ends <= 10


def test_the_question_is_nowhere_before_t0_even_where_the_service_leaks_it_and_gone_after_the_end() -> None:
    world = World(misbehaviour=(Misbehaviour(kind="leak-question"), Misbehaviour(kind="drop-guard", reason="question")))
    secret = world.plan.tracks["ordinary"].question

    def kept() -> str:
        storage = world.storages[Role.LAPTOP]
        documents = [storage.load(name) or b"" for name in ("laptop", "recordings", "reports")]
        return b"".join(documents).decode() + repr(world.laptop.__dict__) + repr(world.view())

    world.enter()
    world.run(-50)
    assert secret not in kept()
    world.run(500)
    assert world.laptop.question == secret
    world.page(Page.LESSON)
    world.press(Act.START)
    world.page(Page.DONE)
    assert secret not in kept()


def test_an_outage_in_the_middle_is_told_and_leaves_every_byte_exactly_once_from_the_offset_last_given() -> None:
    world = World()
    world.enter()
    world.run(3_000)
    world.cut(Role.LAPTOP)
    world.run(3_900)
    assert world.view().network == "offline"
    assert world.view().says(AlertCode.OFFLINE)
    world.page(Page.LESSON)
    world.press(Act.START)
    world.run(world.now + 1_000)
    world.mend(Role.LAPTOP)
    world.until(lambda: world.view().network == "online", within=3_000)
    world.page(Page.UPLOAD)
    world.page(Page.DONE)
    for stream in (Stream.CAMERA, Stream.SCREEN):
        times = [at for _, at in recorded_lines(world, stream)]
        assert times == sorted(set(times))
        assert all(after - before == 100 for before, after in itertools.pairwise(times))
    timeline = world.timeline()
    given: dict[str, int] = {}
    for event in timeline:
        if isinstance(event.data, Offered):
            given[event.data.upload] = event.data.offset
        elif isinstance(event.data, PatchBegan):
            assert event.data.accepted
            assert event.data.offset == given[event.data.upload]
    started = [d for d in timeline.data(Reported) if d.what == "started" and d.stage == Stage.LESSON]
    assert [d.claimed_ms for d in started] == [world.laptop.course.lesson_started]


def test_an_outage_is_probed_at_growing_intervals_and_by_one_small_request_alone() -> None:
    world = World()
    world.enter()
    world.run(2_000)
    world.cut(Role.LAPTOP)
    before = len(world.requests)
    world.run(12_000)
    tried = [(at, path) for at, role, _, path in world.requests[before:] if role is Role.LAPTOP]
    assert {path for _, path in tried} == {"/v1/time"}
    gaps = [after - before for (before, _), (after, _) in itertools.pairwise(tried)]
    assert len(tried) <= 12
    assert gaps == sorted(gaps)


def test_an_outage_that_outlasts_the_interview_ends_in_a_complete_upload_without_any_action() -> None:
    world = World()
    world.enter()
    world.page(Page.LESSON)
    world.press(Act.START)
    world.run(world.now + 1_000)
    world.cut(Role.LAPTOP)
    world.page(Page.UPLOAD)
    world.run(world.now + 5_000)
    assert world.view().page is Page.UPLOAD
    world.mend(Role.LAPTOP)
    world.page(Page.DONE, within=6_000)
    assert all(item.declared_sha256 == item.sha256 for item in world.held())


def test_a_laptop_killed_in_the_lesson_rejoins_it_and_uploads_what_it_had() -> None:
    world = World()
    world.enter()
    world.page(Page.LESSON)
    world.press(Act.START)
    start = world.now
    world.run(start + 2_000)
    world.kill(Role.LAPTOP)
    world.run(start + 3_000)
    world.start(Role.LAPTOP)
    world.page(Page.LESSON, within=500)
    assert world.view().countdown("lesson") is not None
    assert abs(world.page(Page.UPLOAD) - start - world.plan.spans.lesson) <= 10
    world.page(Page.DONE)
    camera = [item for item in world.held() if item.stream is Stream.CAMERA]
    assert [item.segment for item in camera] == [0, 1]
    times = [at for _, at in recorded_lines(world, Stream.CAMERA)]
    assert max(after - before for before, after in itertools.pairwise(times)) <= 1_000 + 600 + 200


def test_after_the_end_a_started_client_shows_the_end_and_no_way_in() -> None:
    world = World()
    world.enter()
    world.page(Page.LESSON)
    world.press(Act.START)
    world.page(Page.DONE)
    world.kill(Role.LAPTOP)
    world.run(world.now + 500)
    world.start(Role.LAPTOP)
    world.page(Page.DONE, within=1_000)
    assert world.do(Act.ENTER).status == "refused"


def test_a_phone_killed_while_filming_uploads_what_it_had_films_on_and_reports_the_gap() -> None:
    world = World()
    world.enter()
    world.run(1_000)
    world.kill(Role.PHONE)
    world.run(2_000)
    world.start(Role.PHONE)
    world.page(Page.FILMING, Role.PHONE, within=500)
    world.page(Page.LESSON)
    world.press(Act.START)
    world.page(Page.UPLOAD)
    world.stop_phone()
    world.page(Page.DONE, Role.PHONE)
    evidence = [item for item in world.held() if item.stream is Stream.EVIDENCE]
    assert [item.segment for item in evidence] == [0, 1]
    gaps = [d for d in world.timeline().data(Reported) if d.what == "gap"]
    assert len(gaps) == 1


def test_a_wrong_code_is_refused_with_its_reason_and_nothing_is_filmed() -> None:
    world = World()
    world.log_in()
    world.do(Act.TYPE_CODE, Role.PHONE, code="ABC-DEF-GHJ")
    world.until(lambda: world.view(Role.PHONE).says(AlertCode.WRONG_CODE))
    assert world.view(Role.PHONE).page is Page.PAIR
    assert not world.clients[Role.PHONE].capture.open


def test_stopping_the_phone_before_the_end_asks_first() -> None:
    world = World()
    world.enter()
    world.do(Act.STOP, Role.PHONE)
    world.run(world.now + 100)
    assert world.view(Role.PHONE).says(AlertCode.CONFIRM_STOP)
    assert world.view(Role.PHONE).recording
    world.press(Act.CANCEL, Role.PHONE)
    assert not world.view(Role.PHONE).says(AlertCode.CONFIRM_STOP)


def test_a_device_that_goes_is_told_and_reported_and_another_takes_over() -> None:
    world = World()
    world.enter()
    world.run(1_000)
    world.plug(Role.LAPTOP, *(device for device in DEVICES[Role.LAPTOP] if device.id != "camera-1"))
    assert world.view().says(AlertCode.DEVICE_LOST)
    world.run(1_500)
    assert world.do(Act.CHOOSE, id="camera-2").status == "done"
    world.run(2_000)
    assert not world.view().says(AlertCode.DEVICE_LOST)
    world.page(Page.LESSON)
    world.press(Act.START)
    world.page(Page.DONE)
    sources = dict.fromkeys(source for source, _ in recorded_lines(world, Stream.CAMERA))
    assert list(sources) == ["camera-1+microphone-1", "camera-2+microphone-1"]
    reports = [d.what for d in world.timeline().data(Reported) if d.stage is None]
    assert reports == ["device-lost"]


@pytest.mark.parametrize("lost", [(), (Misbehaviour(kind="lose-push", reason="login-completed"),)])
def test_the_desk_completes_a_login_that_the_face_did_not_even_if_the_push_is_lost(
    lost: tuple[Misbehaviour, ...],
) -> None:
    world = World(misbehaviour=(Misbehaviour(kind="refuse-face", reason="mismatch"), *lost))
    world.start(Role.LAPTOP)
    world.press(Act.PROCEED)
    world.press(Act.CONSENT)
    world.press(Act.LOGIN)
    world.until(lambda: world.view().says(AlertCode.FACE_MISMATCH))
    assert world.plan.contact.phone in world.view().alert(AlertCode.FACE_MISMATCH)
    world.service.desk(world.now, world.exam, "login", TICKET)
    world.page(Page.BIND, within=2_500)
    world.press(Act.SHOW_CODE)


def test_help_reaches_the_desk_and_its_answer_is_shown() -> None:
    world = World()
    world.enter()
    world.run(500)
    world.press(Act.HELP, text="听不清")
    world.until(lambda: world.view().says(AlertCode.HELP_SENT))
    world.service.desk(world.now, world.exam, "answer", TICKET, "请继续")
    world.until(lambda: world.view().says(AlertCode.HELP_ANSWER), within=3_000)
    assert "请继续" in world.view().alert(AlertCode.HELP_ANSWER)
    assert world.view().page in RUNNING


def test_nothing_but_face_and_evidence_leaves_before_entry_and_names_of_recordings_say_nothing() -> None:
    world = World()
    world.log_in()
    world.bind()
    world.read()
    world.press(Act.ENTER)
    entered = world.now
    world.press(Act.WAIT)
    world.page(Page.LESSON)
    world.press(Act.START)
    world.page(Page.DONE)
    early = [path for at, role, method, path in world.requests if at < entered and "uploads" in path and role]
    assert early == []
    for _, _, send in world.sent:
        assert "考生甲" not in str(send.request.headers)
        assert world.entrant.ticket not in send.request.path


def test_a_service_that_fails_is_tried_at_growing_intervals_by_one_upload_at_a_time() -> None:
    failing = Misbehaviour(kind="fail", operation="upload-patch", from_ms=1_000, until_ms=9_000)
    world = World(misbehaviour=(failing,))
    world.enter()
    world.page(Page.LESSON)
    failed = [event.at_ms for event in world.timeline().of(Served, status=503)]
    tries = [at for before, at in itertools.pairwise([-1_000, *failed]) if at - before > 100]
    gaps = [after - before for before, after in itertools.pairwise(tries)]
    assert len(gaps) >= 4
    assert gaps == sorted(gaps)
    assert gaps[0] <= 300
    assert gaps[-1] >= 1_900
    world.press(Act.START)
    world.page(Page.DONE)


def test_recordings_stay_until_results_are_published_and_can_be_uploaded_again() -> None:
    world = World()
    world.enter()
    world.page(Page.LESSON)
    world.press(Act.START)
    world.page(Page.DONE)
    storage = world.storages[Role.LAPTOP]
    assert len(storage.recordings()) == 2
    world.press(Act.RETRY)
    assert world.view().page is Page.UPLOAD
    world.page(Page.DONE, within=1_000)
    world.service.desk(world.now, world.exam, "publish", TICKET)
    world.until(lambda: not storage.recordings(), within=6_000)
    assert world.view().page is Page.DONE


def test_a_failed_upload_says_so_with_the_desks_contact_and_later_that_it_is_overdue() -> None:
    failing = Misbehaviour(kind="fail", operation="finish", from_ms=0, until_ms=60_000)
    world = World(misbehaviour=(failing,))
    world.enter()
    world.page(Page.LESSON)
    world.press(Act.START)
    ended = world.page(Page.UPLOAD)
    assert world.do(Act.CLOSE).status == "refused"
    assert world.view().says(AlertCode.UPLOAD_RUNNING)
    world.until(lambda: world.view().says(AlertCode.UPLOAD_FAILED))
    assert world.plan.contact.phone in world.view().alert(AlertCode.UPLOAD_FAILED)
    due = ended + world.plan.spans.upload_deadline
    assert abs(world.until(lambda: world.view().says(AlertCode.UPLOAD_OVERDUE)) - due) <= 20
    world.run(60_000)
    world.press(Act.RETRY)
    world.page(Page.DONE, within=500)
    assert not world.view().says(AlertCode.UPLOAD_FAILED, AlertCode.UPLOAD_OVERDUE)


def test_a_client_that_is_closed_lets_go_of_every_device() -> None:
    for until in (0, 500):
        world = World()
        client = world.start(Role.LAPTOP)
        world.run(world.now + until)
        client.core.close(world.now + 7_000_000)
        assert not client.capture.open
