"""Steps: something is wrong with the network or the service at each moment at which an interview goes on to something else.

The moments are short and follow each other, so that one run meets all of them; each begins where its press is about to be made, or its stage
about to change. The candidate of these presses again what nothing came of.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from pytest_bdd import given, parsers, when

from harness.core.events import Operation
from harness.core.plan import Plan
from harness.core.script import Action, Disturb, Do, Misbehaviour, RestartService, Step, Wait
from harness.core.view import RUNNING, Act, AlertCode, Page, Role
from harness.session.interview import REACTION_MS, Interview, Named, careful

OUT_MS: Final = 1_000
JUST_BEFORE_MS: Final = 20  # a press, or the end of a stage
AFTER_ENTRY: Final = (Page.DEVICES, Page.WAITING, *RUNNING, Page.UPLOAD, Page.DONE)
AFTER_LOGIN: Final = (Page.BIND, Page.ATTACHMENTS, Page.LOBBY, *AFTER_ENTRY)
# A line on which a slice of a live recording takes longer than a stall, and moves all the time.
SLOW_LINE: Final = 12_000  # bytes a second
SLOW_MS: Final = 400
FAULTS: Final[dict[str, tuple[Any, int]]] = {
    "断网": ("down", 0),
    "不再应答": ("timeout", 0),
    "重置连接": ("reset_peer", 50),
    "网速缓慢": ("bandwidth", SLOW_LINE),
    "延迟很大": ("latency", SLOW_MS),
    "服务端重启": ("restart", 0),
}


@given("一位不断重试的考生", target_fixture="interview")
def persistent(plan: Plan) -> Interview:
    """Presses again where a press came to nothing: the login, the code, an attachment, the entry, the question, the uploads."""
    interview = careful(plan)
    bind = interview.step("bind").step
    filming = Wait(role=Role.PHONE, pages=(Page.FILMING, Page.UPLOAD, Page.DONE))
    again = (
        ("login", _again(Do(role=Role.LAPTOP, act=Act.LOGIN), Page.LOGIN, unless=Wait(pages=AFTER_LOGIN))),
        ("enter", _again(Do(role=Role.LAPTOP, act=Act.ENTER), Page.LOBBY, unless=Wait(pages=AFTER_ENTRY))),
        ("bind", _again(bind.action, Page.PAIR, unless=filming)),
    )
    for name, step in again:
        interview = interview.following(name, Named(f"{name}-again", step))
    readable = Wait(pages=(Page.ATTACHMENTS,), enabled=Act.READ)
    for item in plan.attachments:
        again_opened = Step(
            action=Do(role=Role.LAPTOP, act=Act.OPEN, args={"id": item.id}),
            when=Wait(alert=AlertCode.NOT_LOADED),
            after=OUT_MS,
            unless=readable,
        )
        interview = interview.following(f"open-{item.id}", Named(f"open-{item.id}-again", again_opened))
    fetch = Do(role=Role.LAPTOP, act=Act.FETCH_QUESTION)
    interview = interview.beside("fetching", Named("fetch", _again(fetch, *RUNNING, unless=Wait(question=True))))
    for role in (Role.LAPTOP, Role.PHONE):
        retry = Step(
            action=Do(role=role, act=Act.RETRY),
            when=Wait(role=role, alert=AlertCode.UPLOAD_FAILED),
            after=500,
            unless=Wait(role=role, pages=(Page.DONE,)),
        )
        interview = interview.beside(f"{role}-retrying", Named(f"{role}-retry", retry))
    return interview.longer(10_000)


def _again(action: Action, *pages: Page, unless: Wait) -> Step:
    assert isinstance(action, Do)
    there = Wait(role=action.role, pages=pages, enabled=action.act)
    return Step(action=action, when=there, after=2 * OUT_MS, unless=unless)


@when(parsers.parse("每个环节衔接时都{trouble}"), target_fixture="interview")
def trouble_at_every_turn(interview: Interview, plan: Plan, trouble: str) -> Interview:
    return TROUBLES[trouble](interview, plan)


def turns(interview: Interview, plan: Plan, action: Action) -> dict[str, Step]:
    """That action at each moment at which an interview goes on: just before the press, or a little before the time, that brings it about."""
    entry, almost = interview.step("enter").step, OUT_MS * 7 // 10
    film = Wait(role=Role.PHONE, pages=(Page.UPLOAD,))
    return {
        "检查设备": Step(action=action, when=Wait(pages=(Page.CHECK,)), after=_shortly(REACTION_MS)),
        "登录": Step(action=action, when=Wait(pages=(Page.LOGIN,), enabled=Act.LOGIN), after=_shortly(REACTION_MS)),
        "绑定": Step(action=action, when=Wait(code=True), after=_shortly(REACTION_MS)),
        "阅读附件": Step(action=action, when=Wait(pages=(Page.ATTACHMENTS,)), after=_shortly(100)),
        "进入": Step(action=action, when=entry.when, after=_shortly(entry.after)),
        "开考": Step(action=action, at=-almost, when=Wait(pages=(Page.WAITING,))),
        "备课结束": Step(action=action, at=plan.preparation_ends - almost, when=Wait(pages=(Page.PREPARATION,))),
        "试讲结束": Step(action=action, when=Wait(counting="lesson"), after=plan.spans.lesson - almost),
        "上传佐证视频": Step(action=action, when=film, after=JUST_BEFORE_MS),
    }


def _at_every_turn(interview: Interview, plan: Plan, *actions: Action) -> Interview:
    """These begin together, again and again."""
    for turn in ("登录", "绑定", "进入", "开考", "备课结束", "试讲结束"):
        first = turns(interview, plan, actions[0])[turn]
        steps = (first, *(Step(action=action) for action in actions[1:]))
        interview = interview.beside(turn, *(Named(f"{turn}-{number}", step) for number, step in enumerate(steps)))
    return interview


def _shortly(before: int) -> int:
    return before - JUST_BEFORE_MS


def _network(trouble: str) -> Callable[[Interview, Plan], Interview]:
    kind, value = FAULTS[trouble]
    return lambda interview, plan: _at_every_turn(interview, plan, Disturb(kind=kind, for_ms=OUT_MS, value=value))


def _slow_line(interview: Interview, plan: Plan) -> Interview:
    long = OUT_MS + plan.limits.stall
    slow = Disturb(kind="bandwidth", for_ms=long, value=SLOW_LINE), Disturb(kind="latency", for_ms=long, value=SLOW_MS)
    return _at_every_turn(interview, plan, *slow)


def _errors(interview: Interview, plan: Plan) -> Interview:
    """Nothing but errors from the login's and the entry's opening on, over T0, and over the two last changes of stage."""
    windows, ends = plan.windows, interview.lesson_pressed + plan.spans.lesson
    begins = (
        windows.login_opens,
        windows.login_opens + 2 * OUT_MS,
        windows.entry_opens,
        0,
        plan.preparation_ends,
        ends,
    )
    fails = [
        Misbehaviour(kind="fail", operation=operation, from_ms=start - 300, until_ms=start - 300 + OUT_MS)
        for start in begins
        for operation in Operation
        if operation not in (Operation.EVENTS, Operation.UNKNOWN)
    ]
    return interview.misbehaving(*fails)


TROUBLES: Final[dict[str, Callable[[Interview, Plan], Interview]]] = {
    "断网": _network("断网"),
    "不再应答": _network("不再应答"),
    "重置连接": _network("重置连接"),
    "网速缓慢": _slow_line,
    "返回错误": _errors,
}


@when(parsers.parse("{turn}时{trouble}，持续{length}"), target_fixture="interview")
def trouble_at_a_turn(interview: Interview, plan: Plan, turn: str, trouble: str, length: str) -> Interview:
    """One trouble, for longer than a stalled request is waited for, or until the interview is over."""
    over = interview.longest + plan.limits.evidence_after_end + 2 * OUT_MS
    for_ms = over - interview.begins if length == "到面试结束以后" else 2 * plan.limits.stall + 500
    kind, value = FAULTS[trouble]
    fault = RestartService(down_ms=for_ms) if kind == "restart" else Disturb(kind=kind, for_ms=for_ms, value=value)
    return interview.beside(turn, Named(turn, turns(interview, plan, fault)[turn])).longer(for_ms)


@when("备课时网速缓慢", target_fixture="interview")
def line_is_slow(interview: Interview) -> Interview:
    """So slow that a slice of a live recording takes several times as long as a stall."""
    slow = Disturb(kind="bandwidth", role=Role.LAPTOP, value=SLOW_LINE // 2, for_ms=7_000)
    return interview.at(500, slow).longer(8_000)


@when("服务端在备课时和上传佐证视频时被强行终止，随后重新启动", target_fixture="interview")
def service_is_killed(interview: Interview, plan: Plan) -> Interview:
    """Once while the laptop uploads live, and once in the middle of the phone's upload, on a line slow enough for it to have one."""
    stop = interview.step("stop").step
    killed = RestartService(down_ms=plan.limits.recording_gap + 500)
    slow = Disturb(kind="bandwidth", role=Role.PHONE, value=10 * SLOW_LINE, for_ms=4_000)
    uploading = Wait(role=Role.PHONE, pages=(Page.UPLOAD,))
    return (
        interview.instead(
            "stop",
            Named("slow", Step(action=slow, when=stop.when, after=stop.after)),
            Named("stop", Step(action=stop.action, after=50)),
        )
        .at(1_500, killed)
        .beside("killing", Named("kill-again", Step(action=killed, when=uploading, after=1_500)))
    )
