"""The interview itself: entering, the question, changes of stage, help, and reports of incidents."""

from __future__ import annotations

from typing import Final

from harness.core.events import Reported
from harness.core.view import Role, Stage
from harness.protocol.exam_api import EntryReply, HelpBody, HelpReply, QuestionReply, ReportBody, StageBody
from harness.service import timing, words
from harness.service.call import Call
from harness.service.problems import Refused, Result, empty, json
from harness.service.state import Help, Mark

TEXT_LIMIT: Final = 2_000  # characters of a report or a call for help
HELPS_LIMIT: Final = 200  # a candidate who calls so often is heard already


def entry(call: Call) -> Result:
    """POST /entry: enters, or rejoins."""
    plan, seat, now = call.plan, call.seat, call.exam_now
    windows = plan.windows
    if timing.ended(plan, seat, now):
        raise Refused("ended", f"面试已结束，不能再次进入。{call.desk}")
    if now < windows.entry_opens and call.guarded("entry"):
        opens = words.clock(plan, windows.entry_opens)
        raise Refused("too-early", f"【进入考试】于{opens}开放。", opens_ms=windows.entry_opens)
    rejoins = seat.entered_ms is not None
    if now >= windows.entry_closes and not (rejoins and plan.readings.rejoin) and call.guarded("entry"):
        closed = words.clock(plan, windows.entry_closes)
        raise Refused("too-late", f"进入面试已于{closed}截止，不再允许进入。{call.desk}")
    if seat.entered_ms is None:
        if not seat.phone and call.guarded("bound"):
            raise Refused("not-bound", "请先用智试通绑定手机，再进入考试。")
        unread = [item.title for item in plan.attachments if item.id not in seat.read]
        if unread and call.guarded("read"):
            raise Refused("not-read", f"请先阅读考试附件：{'、'.join(unread)}。")
        seat.entered_ms = now
        call.save()
    return json(EntryReply(entered_ms=seat.entered_ms, rejoined=rejoins))


def question(call: Call) -> Result:
    """GET /question."""
    plan, seat, now = call.plan, call.seat, call.exam_now
    _entered(call)
    if timing.ended(plan, seat, now):
        raise Refused("ended", "面试已结束，不能再查看试题。")
    if now < 0 and call.guarded("question"):
        raise Refused("too-early", f"试题于{words.clock(plan, 0)}公布。", opens_ms=0)
    return json(QuestionReply(text=plan.tracks[seat.entrant.track].question))


def _entered(call: Call) -> None:
    if call.seat.entered_ms is None:
        raise Refused("not-entered", "请先进入考试。")


# -- stages ----------------------------------------------------------------------------------------------------------


def stage(call: Call) -> Result:
    """POST /stages: a boundary with its exam time, in the stages' order; the same report again is no fault."""
    body: StageBody = call.body
    call.subject = body.stage
    _entered(call)
    plan, seat = call.plan, call.seat
    known = timing.mark_of(seat, body.stage, body.boundary)
    if known is not None and known.claimed_ms == body.at_ms:
        return empty(subject=body.stage)
    wrong = _out_of_order(call, body)
    if wrong and call.guarded("stage"):
        raise Refused("stage-order", wrong)
    at = timing.bounded(plan, seat, body.stage, body.boundary, body.at_ms, now=call.exam_now)
    seat.marks.append(Mark(stage=body.stage, boundary=body.boundary, claimed_ms=body.at_ms, at_ms=at))
    call.save()
    call.saw(Reported(what=body.boundary, role=Role.LAPTOP, stage=body.stage, claimed_ms=body.at_ms))
    return empty(subject=body.stage)


def _out_of_order(call: Call, body: StageBody) -> str:
    """Why that boundary can't come now; empty where it can."""
    plan, seat = call.plan, call.seat
    order = timing.stages(seat.entrant.track)
    if body.stage not in order:
        return "本科目没有这一环节。"
    place = (order.index(body.stage), body.boundary != "started")
    for mark in seat.marks:
        if mark.stage in order and (order.index(mark.stage), mark.boundary != "started") >= place:
            return "该环节或其后的环节已经上报过。"
    if timing.left_early(seat) is not None:
        return "面试已经提前结束。"
    if body.stage is Stage.PREPARATION or timing.lesson_started(seat) is not None:
        return ""
    # 【结束考试】 on the lesson's page ends the interview, whether the lesson was started or not.
    if body.stage is not Stage.LESSON or body.boundary == "ended":
        return "模拟课堂教学尚未开始。"
    early = min(body.at_ms, call.exam_now) < plan.preparation_ends - plan.limits.report
    preparing = f"备课于{words.clock(plan, plan.preparation_ends)}结束，此前不能开始模拟课堂教学。"
    return preparing if early else ""


# -- help and reports ------------------------------------------------------------------------------------------------


def ask_help(call: Call) -> Result:
    """POST /help."""
    body: HelpBody = call.body
    _short(body.text)
    seat = call.seat
    if len(seat.helps) >= HELPS_LIMIT:
        raise Refused("unavailable", f"求助次数过多。{call.desk}")
    asked = Help(id=f"h{len(seat.helps) + 1}", text=body.text)
    seat.helps.append(asked)
    call.save()
    return json(HelpReply(id=asked.id), subject=asked.id)


def help_answer(call: Call) -> Result:
    """GET /help/{id}."""
    found = next((item for item in call.seat.helps if item.id == call.param), None)
    if found is None:
        raise Refused("not-found", "没有这次求助。")
    return json(HelpReply(id=found.id, answer=found.answer), subject=found.id)


def report(call: Call) -> Result:
    """POST /reports: an incident with the exam time that the client gives it."""
    body: ReportBody = call.body
    _short(body.text)
    role = Role.PHONE if call.caller == "phone" else Role.LAPTOP
    call.saw(Reported(what=body.what, role=role, claimed_ms=body.at_ms, text=body.text))
    return empty(subject=body.what)


def _short(text: str) -> None:
    if len(text) > TEXT_LIMIT:
        raise Refused("invalid-body", f"文字不得超过{TEXT_LIMIT}字。")
