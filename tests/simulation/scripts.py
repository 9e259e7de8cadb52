"""Scripts for the model's own tests: a careful candidate, and what can be done to them. By hand, so that goldens depend on nothing else."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from harness.core.plan import Plan, Track
from harness.core.script import (
    DEVICES,
    Action,
    Disturb,
    Do,
    Kill,
    Misbehaviour,
    Say,
    Script,
    ShowScene,
    Step,
    Thread,
    Wait,
)
from harness.core.view import Act, AlertCode, Page, Role
from harness.session.exams import load_exam

HESHAN = load_exam("heshan-2022")
SCALED = HESHAN.at_scale()
STRICT = load_exam("strict-2026")

Make = Callable[..., Script]
DONE = (Wait(pages=(Page.DONE,)), Wait(role=Role.PHONE, pages=(Page.DONE,)))


def press(act: Act, page: Page | None = None, after: int = 200, at: int | None = None, **args: str) -> Step:
    """A press of the laptop's, once it can be made."""
    pages = () if page is None else (page,)
    return Step(
        action=Do(role=Role.LAPTOP, act=act, args=args), when=Wait(enabled=act, pages=pages), after=after, at=at
    )


def on_phone(act: Act, when: Wait, after: int = 200, patience: int | None = None, **args: str) -> Step:
    """A press of the phone's."""
    return Step(action=Do(role=Role.PHONE, act=act, args=args), when=when, after=after, patience=patience)


def before_entry(plan: Plan) -> tuple[Step, ...]:
    """The laptop's steps up to the lobby."""
    return (
        press(Act.PROCEED, Page.CHECK),
        press(Act.CONSENT),
        press(Act.LOGIN),
        press(Act.SHOW_CODE, Page.BIND),
        press(Act.PROCEED, Page.BIND),
        *(press(act, Page.ATTACHMENTS, 100, id=item.id) for item in plan.attachments for act in (Act.OPEN, Act.READ)),
        press(Act.PROCEED, Page.ATTACHMENTS),
    )


def interview(plan: Plan, *steps: Step, enter_at: int | None = None) -> tuple[Step, ...]:
    """The laptop's steps from the lobby to the lesson's start, and more."""
    return (
        press(Act.ENTER, Page.LOBBY, at=enter_at),
        press(Act.WAIT, Page.DEVICES),
        press(Act.START, Page.LESSON),
        *steps,
    )


def finishing(page: Page, after: int) -> tuple[Step, ...]:
    """Ends on that page, so long after it came, and confirms."""
    return (press(Act.FINISH, page, after), press(Act.CONFIRM, after=300))


def phone(plan: Plan) -> tuple[Step, ...]:
    """The phone's steps: bind by code, pan, stop after the end."""
    return (
        on_phone(Act.TYPE_CODE, Wait(code=True), code="$code"),
        Step(
            action=ShowScene(device="phone-front", scene="panorama", for_ms=2_400),
            when=Wait(role=Role.PHONE, recording=True),
        ),
        on_phone(Act.STOP, Wait(pages=(Page.UPLOAD, Page.DONE)), plan.limits.evidence_after_end + 500),
        on_phone(Act.CONFIRM, Wait(role=Role.PHONE, alert=AlertCode.CONFIRM_STOP), 200, 500),
    )


def script(plan: Plan, track: Track, laptop: tuple[Step, ...], *others: Thread, **fields: object) -> Script:
    """A frozen script of these laptop steps, the usual phone, and other threads."""
    whole = Script(
        plan=plan,
        track=track,
        begins=plan.windows.login_opens - 1_500,
        ends=plan.preparation_ends + plan.answering(track) + plan.spans.lesson + 30_000,
        until=DONE,
        threads=(Thread("laptop", laptop), Thread("phone", phone(plan)), *others),
    )
    return msgspec.structs.replace(whole, **fields)


def doing(at: int, action: Action) -> Thread:
    """Something happens at that exam time."""
    return Thread(f"at {at}", (Step(action=action, at=at),))


def ordinary(plan: Plan = SCALED, *others: Thread, **fields: object) -> Script:
    """An ordinary interview without trouble; the sheet is shown, the phrase is said."""
    world = Thread(
        "world",
        (
            Step(action=ShowScene(device="camera-1", scene="sheet-front", for_ms=1_500), at=500),
            Step(action=ShowScene(device="camera-1", scene="sheet-back", for_ms=1_500), at=2_200),
            Step(
                action=Say(role=Role.LAPTOP, text="模拟课堂教学结束"),
                when=Wait(counting="lesson"),
                after=plan.spans.lesson - 2_200,
            ),
        ),
    )
    return script(plan, "ordinary", (*before_entry(plan), *interview(plan)), world, *others, **fields)


def art(plan: Plan = SCALED, *others: Thread, **fields: object) -> Script:
    """An art interview: the drawing is shown, the presentation is ended by the candidate."""
    steps = (*before_entry(plan), *interview(plan, *finishing(Page.PRESENTATION, 1_500)))
    drawing = Step(
        action=ShowScene(device="camera-1", scene="drawing"), when=Wait(pages=(Page.PRESENTATION,)), after=100
    )
    return script(plan, "art", steps, Thread("world", (drawing,)), *others, **fields)


def late(plan: Plan = SCALED) -> Script:
    """Enters in the last half second of the window."""
    return script(plan, "ordinary", (*before_entry(plan), *interview(plan, enter_at=plan.windows.entry_closes - 700)))


def early(plan: Plan = SCALED) -> Script:
    """Ends in the middle of the lesson."""
    steps = (*before_entry(plan), *interview(plan, *finishing(Page.LESSON, plan.spans.lesson // 2)))
    return script(plan, "ordinary", steps)


def outage(plan: Plan = SCALED) -> Script:
    """No network for the laptop from before T0 until after it."""
    return ordinary(plan, doing(-1_500, Disturb(kind="down", role=Role.LAPTOP, for_ms=4_200)))


def killed(plan: Plan = SCALED, role: Role = Role.LAPTOP, at: int = 2_000, dead_ms: int = 1_200) -> Script:
    """A client dies in the preparation and is started again."""
    again = Thread(
        "kill", (Step(action=Kill(role=role), at=at), Step(action=Kill(role=role, restart=True), after=dead_ms))
    )
    return ordinary(plan, again)


def misbehaving(*what: Misbehaviour, plan: Plan = SCALED) -> Script:
    """An ordinary interview on a service that does these things wrong."""
    return ordinary(plan, misbehaviour=what)


def unplugged(device: str, plan: Plan = SCALED) -> Script:
    """An ordinary interview at whose start that device is not there."""
    devices = tuple(msgspec.structs.replace(each, plugged=each.id != device) for each in DEVICES)
    return ordinary(plan, devices=devices)


GOLDEN = {"ordinary": ordinary, "art": art, "outage-over-t0": outage, "late-entry": late, "early-finish": early}
