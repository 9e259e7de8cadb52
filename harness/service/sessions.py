"""The candidate's way to the interview: the exam's plan, consent, face login, where to go on, and the attachments."""

from __future__ import annotations

from typing import Final

import msgspec

from harness.core.plan import Plan
from harness.core.view import Role
from harness.protocol.exam_api import (
    AttachmentInfo,
    ConsentBody,
    ContactInfo,
    ExamInfo,
    LoginReply,
    SegmentState,
    SessionState,
    SystemInfo,
    Time,
)
from harness.service import timing, words
from harness.service.call import Call, Tools
from harness.service.misbehaviour import Faults
from harness.service.problems import Refused, Result, empty, json
from harness.service.pushes import encode_event, pushes_after
from harness.service.state import Exam, Seat, Still, Upload

IMAGES: Final = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n"}


def exam_info(exam: Exam, seat: Seat, now: int, faults: Faults) -> ExamInfo:
    """The plan as a client needs it; with the question only where a leak is scripted. `now` is exam time."""
    plan = exam.plan
    subject = plan.tracks[seat.entrant.track]
    return ExamInfo(
        exam=exam.id,
        title=plan.title,
        track=seat.entrant.track,
        subject=subject.subject,
        now_ms=now,
        windows=_numbers(plan.windows),
        spans=_numbers(plan.spans),
        limits=_numbers(plan.limits),
        rejoin=plan.readings.rejoin,
        read_requires_open=plan.readings.read_requires_open,
        contact=ContactInfo(phone=plan.contact.phone, hours=plan.contact.hours),
        attachments=tuple(AttachmentInfo(id=item.id, title=item.title) for item in plan.attachments),
        hosts=plan.hosts,
        consent=words.CONSENT,
        system=SystemInfo(cores=plan.system.cores, memory_gib=plan.system.memory_gib),
        question=subject.question if faults.leaks_question(exam.id, now) else "",
    )


def _numbers(section: msgspec.Struct) -> dict[str, int]:
    return {name: int(value) for name, value in msgspec.structs.asdict(section).items() if value is not None}


def exam(call: Call) -> Result:
    """GET /exam."""
    return json(exam_info(call.the_exam, call.seat, call.exam_now, call.tools.faults))


def time(call: Call) -> Result:
    """GET /time: that of the token's own exam; whose it would be without one, nobody can say."""
    return json(Time(now_ms=call.exam_now if call.of_exam else None))


def consent(call: Call) -> Result:
    """POST /consent."""
    body: ConsentBody = call.body
    call.seat.consent = body.given
    call.save()
    return empty()


# -- login -----------------------------------------------------------------------------------------------------------


def login(call: Call) -> Result:
    """POST /login: by face, or by the desk's word, whatever the body then holds."""
    seat = call.seat
    _refuse_outside_window(call)
    if not seat.vouched and not seat.consent:
        raise Refused("no-consent", f"尚未同意采集人脸照片。{words.CONSENT}{call.desk}")
    if not seat.vouched and alive(call.tools, seat, call.plan, call.now):
        raise Refused("second-session", f"该考生已在另一处登录，不能重复登录。{call.desk}")
    if not seat.vouched:
        _judge_still(call)
    call.tools.registry.give_token(seat, "laptop", call.tools.mint())
    seat.had_login = True
    seat.vouched = False
    call.tools.seen[seat.key] = call.now
    call.save()
    return json(login_reply(seat))


def login_reply(seat: Seat) -> LoginReply:
    """The laptop's token and the details that its page shows."""
    return LoginReply(token=seat.token, name=seat.entrant.name, admission_number=seat.entrant.admission_number)


def alive(tools: Tools, seat: Seat, plan: Plan, now: int) -> bool:
    """The laptop's session lives: a request within the lease, or an open event stream."""
    if not seat.token:
        return False
    seen = tools.seen.setdefault(seat.key, now)  # after the service's own start everybody counts as just seen
    return tools.streams.get(seat.key, 0) > 0 or now - seen < plan.spans.lease


def _refuse_outside_window(call: Call) -> None:
    plan, seat, now = call.plan, call.seat, call.exam_now
    windows = plan.windows
    if now < windows.login_opens and not seat.vouched and call.guarded("login"):
        opens = words.clock(plan, windows.login_opens)
        raise Refused("too-early", f"登录于{opens}开放，请届时再试。{call.desk}", opens_ms=windows.login_opens)
    if call.progress.published:
        raise Refused("ended", f"本场面试已结束，成绩已公布。{call.desk}")
    if now >= windows.entry_closes and not (seat.had_login or seat.vouched) and call.guarded("login"):
        raise Refused("too-late", f"登录已于{words.clock(plan, windows.entry_closes)}截止。{call.desk}")


def _judge_still(call: Call) -> None:
    kind = call.header("content-type").partition(";")[0]
    if kind not in IMAGES:
        raise Refused("wrong-content-type", "人脸照片须为 image/jpeg 或 image/png。")
    if not call.request.body.startswith(IMAGES[kind]):
        raise Refused("invalid-body", f"请求内容不是 {kind} 图片。")
    try:
        captured = int(call.header("captured-ms"))
    except ValueError:
        raise Refused("invalid-header", "缺少 Captured-Ms，或其值不是整数（拍摄时的考试时间，毫秒）。") from None
    still = Still(received_ms=call.exam_now, captured_ms=captured, picture=call.request.body)
    call.tools.registry.keep_still(call.seat, still)
    limits = call.plan.limits
    # Taken at most `still_age` before the press, and sent within what a request may stall; nothing comes from the future.
    if not -limits.report <= call.exam_now - captured <= limits.still_age + limits.stall:
        raise Refused("still-stale", "照片不是刚刚拍摄的，请重新拍摄。")
    reason = call.tools.faults.refuses_face(call.the_exam.id, call.exam_now)
    if reason is None and call.tools.matcher is not None:
        reason = call.tools.matcher.match(call.request.body, call.seat.entrant)
    if reason == "covered":
        raise Refused("face-covered", f"面部或耳部被遮挡，或照片经过美颜，请露出完整面部后重试。{call.desk}")
    if reason is not None:
        raise Refused("face-mismatch", f"人脸与报名照片不符，请重试。{call.desk}")


# -- where to go on --------------------------------------------------------------------------------------------------


def session(call: Call) -> Result:
    """GET /session. A ticket is logged in once the desk has vouched for its holder."""
    seat = call.seat
    role = Role.PHONE if call.caller == "phone" else Role.LAPTOP
    uploads = [upload for upload in call.tools.registry.uploads_of(seat) if owner(upload) == role]
    now = call.exam_now
    return json(
        SessionState(
            role="phone" if role is Role.PHONE else "laptop",
            logged_in=call.caller != "ticket",
            bound=bool(seat.phone) if role is Role.LAPTOP else seat.phone == token_of(call),
            read=tuple(seat.read),
            entered_ms=seat.entered_ms,
            stage=timing.standing(call.plan, seat, now),
            lesson_started_ms=timing.lesson_started(seat),
            ended_ms=timing.end_of(call.plan, seat) if timing.ended(call.plan, seat, now) else None,
            uploads=tuple(_segment(upload) for upload in uploads),
            published=call.progress.published,
        )
    )


def token_of(call: Call) -> str:
    """The bearer token."""
    return call.header("authorization").partition(" ")[2].strip()


def owner(upload: Upload) -> Role:
    """Evidence is the phone's, the rest is the laptop's."""
    return Role.PHONE if upload.metadata.stream == "evidence" else Role.LAPTOP


def _segment(upload: Upload) -> SegmentState:
    return SegmentState(
        upload=f"/v1/uploads/{upload.id}",
        recording=upload.metadata.recording,
        stream=upload.metadata.stream,
        segment=upload.metadata.segment,
        offset=upload.offset,
        length=upload.length,
        held=upload.held,
    )


def events(call: Call) -> Result:
    """GET /events as one message: what would be replayed. The shell keeps the stream open instead."""
    sent = pushes_after(call.seat, call.role or Role.LAPTOP, last_event_id(call))
    body = b"".join(encode_event(push) for push in sent)
    return Result(headers={"content-type": "text/event-stream", "cache-control": "no-store"}, body=body)


def last_event_id(call: Call) -> int:
    """From the header; 0 where it is missing."""
    text = call.header("last-event-id") or "0"
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise Refused("invalid-header", "Last-Event-ID 须为非负整数。")
    return int(text)


# -- attachments -----------------------------------------------------------------------------------------------------


def attachment(call: Call) -> Result:
    """GET /attachments/{id}."""
    found = next((item for item in call.plan.attachments if item.id == call.param), None)
    if found is None:
        raise Refused("not-found", "没有这份考试附件。")
    if call.param not in call.seat.opened:
        call.seat.opened.append(call.param)
        call.save()
    return Result(headers={"content-type": "text/plain; charset=utf-8"}, body=found.text.encode(), subject=call.param)


def read(call: Call) -> Result:
    """PUT /attachments/{id}/read."""
    if all(item.id != call.param for item in call.plan.attachments):
        raise Refused("not-found", "没有这份考试附件。")
    unopened = call.plan.readings.read_requires_open and call.param not in call.seat.opened
    if unopened and call.guarded("read"):
        raise Refused("not-opened", "请先打开附件，再点击【已阅】。")
    if call.param not in call.seat.read:
        call.seat.read.append(call.param)
        call.save()
    return empty(subject=call.param)
