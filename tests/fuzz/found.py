"""What random interviews have found in our own parts, each as the smallest script that showed it. By name; each must differ in nothing now."""

from __future__ import annotations

from typing import Any, Final

from msgspec.structs import replace

from harness.core.plan import Plan, Track
from harness.core.script import DeskAct, Disturb, Do, Kill, Misbehaviour, Plug, Script, Step, Thread, Wait
from harness.core.units import Moment, Span
from harness.core.view import Act, Page, Role
from harness.fuzz.ways import way_to
from harness.session.exams import load_exam

OVER: Final = Wait(pages=(Page.UPLOAD, Page.DONE))


def small(*, waits: int | None = None, rejoin: bool = True, closes: int = 2_000, preparation: int = 4_000) -> Plan:
    plan = load_exam("heshan-2022").at_scale()
    spans = replace(
        plan.spans,
        preparation=Span(preparation),
        lesson=Span(3_000),
        skill_test=Span(3_000),
        presentation=Span(2_500),
        lesson_start=None if waits is None else Span(waits),
    )
    windows = replace(plan.windows, login_opens=Moment(-7_000), entry_opens=Moment(-4_000), entry_closes=Moment(closes))
    return replace(
        plan,
        windows=windows,
        spans=spans,
        readings=replace(plan.readings, rejoin=rejoin),
        attachments=plan.attachments[:1],
    )


def script(
    page: Page,
    *own: tuple[Step, ...],
    misbehaviour: tuple[Misbehaviour, ...] = (),
    track: Track = "ordinary",
    begins: int = -8_500,
    ends: int = 24_000,
    **exam: Any,
) -> Script:
    """The shortest way to that page, and these threads beside it."""
    plan = small(**exam)
    return Script(
        plan=plan,
        track=track,
        begins=begins,
        ends=ends,
        until=(Wait(pages=(Page.DONE,)), Wait(role=Role.PHONE, pages=(Page.DONE,))),
        threads=(
            *way_to(page, plan, begins, 200),
            *(Thread(f"own-{number}", steps) for number, steps in enumerate(own, 1)),
        ),
        misbehaviour=misbehaviour,
    )


def do(act: Act, at: int, /, role: Role = Role.LAPTOP, **args: str) -> Step:
    return Step(action=Do(role=role, act=act, args=args), at=at)


def killed(role: Role, at: int, for_ms: int) -> tuple[Step, ...]:
    return Step(action=Kill(role=role), at=at), Step(action=Kill(role=role, restart=True), after=for_ms)


STOP: Final = (Step(action=Do(role=Role.PHONE, act=Act.STOP), when=OVER, after=2_700),)
HELP: Final = "听不见"

FOUND: Final[dict[str, Script]] = {
    # rules
    "two pages in one millisecond are no end of the device page": script(Page.DEVICES),
    "another exam's QR code is not what the laptop shows": script(
        Page.BIND, (do(Act.SCAN, -5_000, Role.PHONE, payload="https://example.org/"),)
    ),
    "a second scan while the first is being asked about is not the first": script(
        Page.BIND,
        (
            do(Act.SCAN, -5_800, Role.PHONE, payload="$qr"),
            Step(action=Do(role=Role.PHONE, act=Act.SCAN, args={"payload": "$qr"}), after=1),
        ),
    ),
    "a phone that was killed has not stopped by itself": script(Page.LESSON, killed(Role.PHONE, 2_000, 1_600)),
    "who is not let back in reaches no lesson": script(Page.WAITING, killed(Role.LAPTOP, 1_500, 1_000), rejoin=False),
    "who is not let back in reports no end": script(Page.LESSON, killed(Role.LAPTOP, 7_000, 1_000), STOP, rejoin=False),
    "an answer after the interview's end need not be shown": script(
        Page.WAITING,
        (do(Act.HELP, -500, text=HELP),),
        killed(Role.LAPTOP, 1_500, 1_000),
        (Step(action=DeskAct(action="answer", text=HELP), at=9_000),),
        rejoin=False,
    ),
    "help that is pressed as the page comes has not brought it": script(
        Page.DEVICES,
        (Step(action=Do(role=Role.LAPTOP, act=Act.HELP, args={"text": HELP}), when=Wait(enabled=Act.HELP)),),
    ),
    "a client that is killed after help has not left its page": script(
        Page.DEVICES, (do(Act.HELP, 3_000, text=HELP),), killed(Role.LAPTOP, 3_000, 1), rejoin=False
    ),
    "a phone stopped after an end that the plan made is not stopped early": script(Page.DEVICES, STOP, waits=1_500),
    "a stop that nobody confirmed stops nothing": script(
        Page.BIND, (do(Act.STOP, -4_000, Role.PHONE),), (do(Act.STOP, 5_000, Role.PHONE),)
    ),
    "a microphone that was pulled out is missing to the end": script(
        Page.LESSON,
        (do(Act.CHOOSE, 1_010, id="microphone-2"),),
        (Step(action=Plug(device="microphone-2", present=False), at=1_500),),
        track="art",
    ),
    "a login that is not on offer is no login refused": script(Page.CHECK, (do(Act.LOGIN, -5_000),)),
    "an end that nobody confirmed is no early end": script(Page.WAITING, (do(Act.FINISH, 1_000),), waits=1_500),
    "a device pulled out in the moment that the device page is left need not be listed": script(
        Page.WAITING, (Step(action=Plug(device="camera-2", present=False), at=-4_000),)
    ),
    "who was killed on the device page comes back to it": script(Page.DEVICES, killed(Role.LAPTOP, 0, 1)),
    "a file that the service lost twice was not shown twice": script(
        Page.BIND,
        (do(Act.OPEN, -5_000, id="rules"), do(Act.OPEN, -3_000, id="rules")),
        misbehaviour=(Misbehaviour(kind="lose", operation="attachment", count=2),),
    ),
    "a lesson that the plan began is the last stage": script(Page.WAITING, waits=7_000),
    "a camera that was chosen and pulled out is missing to the end": script(
        Page.LESSON,
        (do(Act.CHOOSE, 4_001, id="camera-2"),),
        (Step(action=Plug(device="camera-2", present=False), at=4_001),),
    ),
    "an entry whose answer comes late is known late": script(
        Page.DEVICES,
        misbehaviour=(Misbehaviour(kind="stall", operation="entry", delay_ms=2_000, from_ms=-5_000, until_ms=-1_000),),
    ),
    "a call for help may be forgotten by a client that is killed": script(
        Page.DEVICES,
        (do(Act.HELP, 0, text=HELP),),
        killed(Role.LAPTOP, 1_000, 1),
        (Step(action=DeskAct(action="answer", text=HELP), at=4_000),),
    ),
    "a scan while a code is asked about may be refused": script(
        Page.BIND,
        (do(Act.TYPE_CODE, -6_100, Role.PHONE, code="ZZZZZZZZZ"),),
        (Step(action=Disturb(kind="timeout", role=Role.PHONE, for_ms=400), at=-6_200),),
    ),
    "a code that was asked for as the page turns need not be shown": script(Page.WAITING, (do(Act.SHOW_CODE, -1),)),
    "who goes back to the binding code has left the lobby": script(Page.LOBBY, (do(Act.SHOW_CODE, -4_000),)),
    "a file that was asked for twice at once may have been lost once": script(
        Page.ATTACHMENTS,
        (do(Act.OPEN, -5_000, id="rules"),),
        (do(Act.OPEN, -4_000, id="rules"), Step(action=Do(role=Role.LAPTOP, act=Act.OPEN, args={"id": "rules"}))),
        misbehaviour=(Misbehaviour(kind="lose", operation="attachment", count=2),),
    ),
    "who presses for the entry where no such button stands is not kept out": script(
        Page.ATTACHMENTS,
        (do(Act.OPEN, -5_000, id="rules"),),
        (do(Act.READ, -4_800, id="rules"),),
        (do(Act.ENTER, 0),),
        closes=3_000,
    ),
    "a laptop that was started again as its phone was bound asks for the check first": script(
        Page.BIND,
        (do(Act.SCAN, -6_050, Role.PHONE, payload="$qr"),),
        (Step(action=Disturb(kind="latency", role=Role.LAPTOP, for_ms=457, value=1), at=-6_500),),
        killed(Role.LAPTOP, -6_050, 1),
    ),
    "who is told once that the upload runs may insist on closing": script(
        Page.DEVICES,
        killed(Role.LAPTOP, 1_999, 2),
        (do(Act.CLOSE, 2_100), Step(action=Do(role=Role.LAPTOP, act=Act.CLOSE), after=1)),
        rejoin=False,
    ),
    "a call for help at the end of an outage is forgotten by a client that is killed": script(
        Page.DEVICES,
        (Step(action=Disturb(kind="down", role=Role.LAPTOP, for_ms=1_501), at=5_500),),
        (do(Act.HELP, 7_001, text=HELP),),
        killed(Role.LAPTOP, 7_001, 1),
        waits=1_500,
    ),
    "who leaves the window as the entry is granted is not known to be in": script(
        Page.DEVICES, (do(Act.LEAVE, -4_000),)
    ),
    "who is not let back in sees no lesson that the plan begins": script(
        Page.DEVICES, killed(Role.LAPTOP, 2_000, 1), waits=1_500, rejoin=False
    ),
    "whoever ends the interview as the lesson's page comes has no lesson to end on time": script(
        Page.WAITING, (do(Act.FINISH, 4_000), do(Act.CONFIRM, 4_000)), waits=1_500, track="art"
    ),
    "a phone that is bound as the interview starts has no time to explain the pan": script(
        Page.ATTACHMENTS,
        misbehaviour=(Misbehaviour(kind="stall", operation="phone-bind", delay_ms=1, from_ms=-451, until_ms=0),),
        begins=-2_451,
    ),
    "who tries again in the instant of a refusal read nothing of it": script(
        Page.LOGIN,
        (Step(action=Do(role=Role.LAPTOP, act=Act.CONSENT), when=Wait(enabled=Act.CONSENT)),),
        (Step(action=Do(role=Role.LAPTOP, act=Act.LOGIN), when=Wait(enabled=Act.LOGIN)),),
        (Step(action=Do(role=Role.LAPTOP, act=Act.LOGIN), when=Wait(enabled=Act.LOGIN)),),
        misbehaviour=(Misbehaviour(kind="refuse-face", reason="mismatch", count=1),),
    ),
    "a code that is scanned with a phone that is off binds nothing": script(
        Page.BIND, (do(Act.SCAN, -5_000, Role.PHONE, payload="$qr"),), killed(Role.PHONE, -5_500, 500)
    ),
    "a client that came back while nothing reached the service does not know when the lesson ends": script(
        Page.LESSON,
        killed(Role.LAPTOP, 5_000, 400),
        (Step(action=Disturb(kind="down", role=Role.LAPTOP, for_ms=4_000), at=4_600),),
    ),
    "a client that came back in the instant of its kill need not record before it reaches the service": script(
        Page.LESSON,
        killed(Role.LAPTOP, 4_500, 1),
        (Step(action=Disturb(kind="down", role=Role.LAPTOP, for_ms=4_351), at=4_000),),
    ),
    "nor need it show the candidate's picture": script(
        Page.LESSON,
        killed(Role.LAPTOP, 4_001, 1),
        (Step(action=Disturb(kind="down", role=Role.LAPTOP, for_ms=4_351), at=4_000),),
    ),
    "who is asked to end preparation as it runs out has nothing left to end": script(
        Page.LESSON, (do(Act.FINISH, 4_000),), begins=-5_500
    ),
    "a device that the candidate chose away from as it was pulled out is not missing": script(
        Page.WAITING,
        (do(Act.CHOOSE, 0, id="microphone-2"),),
        (do(Act.CHOOSE, 1_000, id="microphone-1"),),
        (Step(action=Plug(device="microphone-2", present=False), at=1_000),),
    ),
    "every call for help is a request of its own": script(
        Page.DEVICES,
        *((do(Act.HELP, at, text=HELP),) for at in (0, 30, 40, 40)),
        misbehaviour=(Misbehaviour(kind="fail", operation="help", from_ms=0, until_ms=41),),
    ),
    "a refusal that never came back gives no reason to show": script(
        Page.BIND,
        misbehaviour=(
            Misbehaviour(kind="refuse-face", reason="mismatch", count=1),
            Misbehaviour(kind="stall", operation="login", delay_ms=3_000, from_ms=-8_000, until_ms=-6_199),
        ),
    ),
    "a client that is killed as it enters records from when it is back": script(
        Page.LOBBY, (do(Act.ENTER, 0),), killed(Role.LAPTOP, 0, 3_100)
    ),
    "nobody gets in whose reading the service can't note before entry closes": script(
        Page.DEVICES,
        misbehaviour=(Misbehaviour(kind="fail", operation="read", from_ms=2_000, until_ms=4_651),),
        begins=0,
        closes=5_300,
        preparation=6_000,
    ),
    # the comparison
    "a client that was closed before the interview may be gone": script(
        Page.BIND, (do(Act.CLOSE, -5_000),), (do(Act.SCAN, -4_000, Role.PHONE, payload="$qr"),)
    ),
    "a client that is killed as it enters may not have entered": script(Page.DEVICES, killed(Role.LAPTOP, -3_999, 1)),
    "help in the interview's last moment may be taken or not": script(Page.LESSON, (do(Act.HELP, 7_200, text=HELP),)),
    "a candidate's patience may just miss what comes": script(
        Page.BIND,
        (
            Step(
                action=Do(role=Role.PHONE, act=Act.STOP),
                at=-6_500,
                when=Wait(role=Role.PHONE, enabled=Act.STOP),
                patience=450,
            ),
        ),
    ),
    "a code that is typed while another is asked about may be refused": script(
        Page.ATTACHMENTS,
        (Step(action=Disturb(kind="down", role=Role.PHONE, for_ms=401), at=-6_100),),
        (do(Act.TYPE_CODE, -5_900, Role.PHONE, code="ZZZZZZZZZ"),),
    ),
    "a repeated upload may show its page again": script(
        Page.LESSON, (do(Act.RETRY, 18_000, Role.PHONE),), STOP, track="art", waits=1_500
    ),
    "a login that reaches the service as its window closes may be granted or not": script(
        Page.LOGIN, (do(Act.CONSENT, -5_000),), (do(Act.LOGIN, 1_999),), killed(Role.LAPTOP, 4_000, 1)
    ),
    "a login that reaches the service as its window closes may be too late to be refused for the face": script(
        Page.LOGIN,
        (do(Act.CONSENT, -5_000),),
        (do(Act.LOGIN, 1_999),),
        (do(Act.TYPE_CODE, 4_000, Role.PHONE, code="ZZZZZZZZZ"),),
        misbehaviour=(Misbehaviour(kind="refuse-face", reason="mismatch", count=1),),
    ),
    "a recording that a restart cut in two is not whole after its first part": script(
        Page.DEVICES, killed(Role.LAPTOP, -3_000, 1), (do(Act.HELP, 7_400, text=HELP),)
    ),
    "a file that was asked for twice at once may not have loaded": script(
        Page.LOBBY,
        (do(Act.OPEN, -5_749, id="rules"), Step(action=Do(role=Role.LAPTOP, act=Act.OPEN, args={"id": "rules"}))),
        misbehaviour=(Misbehaviour(kind="lose", operation="attachment", count=2),),
    ),
    "a question that nobody answers goes with the stage that it was asked in": script(
        Page.LESSON, (do(Act.FINISH, 10_100),), track="art"
    ),
    "on the page for the devices no outage at T0 makes the question due": script(
        Page.DEVICES,
        (Step(action=Disturb(kind="reset_peer", role=Role.LAPTOP, for_ms=1), at=0),),
        (do(Act.WAIT, 7_400),),
        preparation=7_400,
    ),
    "a phone that is stopped as the interview ends may not have heard of it": script(
        Page.LESSON, (do(Act.STOP, 7_200, Role.PHONE),)
    ),
    "a camera that was pulled out records nothing before a kill": script(
        Page.LESSON,
        (do(Act.CHOOSE, 0, id="camera-2"),),
        (Step(action=Plug(device="camera-2", present=False), at=0),),
        killed(Role.LAPTOP, 4_000, 1),
    ),
    "a client that was dead all through the skill test may come back after it": script(
        Page.LESSON, killed(Role.LAPTOP, 7_201, 2_964), track="art"
    ),
    "a question need not be fetched once the interview is over": script(
        Page.LESSON,
        (Step(action=Disturb(kind="down", role=Role.LAPTOP, for_ms=2_900), at=4_250),),
        misbehaviour=(Misbehaviour(kind="lose", operation="question", count=2),),
        begins=0,
        closes=4_000,
    ),
    "a slowed reply puts the client's exam clock off": script(
        Page.WAITING,
        (Step(action=Disturb(kind="bandwidth", role=Role.LAPTOP, for_ms=2_100, value=20_000), at=0),),
        killed(Role.LAPTOP, 0, 1),
    ),
    "a binding may just miss the slow answer that the model's has just met": script(
        Page.BIND,
        (do(Act.SCAN, -6_000, Role.PHONE, payload="$qr"),),
        misbehaviour=(
            Misbehaviour(kind="stall", operation="phone-bind", delay_ms=513, from_ms=-6_050, until_ms=-5_999),
        ),
    ),
    "who is refused as entry closes gets no other try": script(
        Page.BIND,
        misbehaviour=(
            Misbehaviour(kind="refuse-face", reason="mismatch", count=1),
            Misbehaviour(kind="drop-guard", operation="login"),
        ),
        begins=-1_316,
        closes=1_000,
    ),
    "a login that an outage holds up until the client is killed is not lost by it": script(
        Page.BIND,
        (Step(action=Disturb(kind="limit_data", role=Role.LAPTOP, for_ms=2_100, value=1), at=-6_500),),
        (Step(action=Kill(role=Role.LAPTOP), at=-4_100),),
    ),
    "what was not recorded before a late return can't lag": script(
        Page.DEVICES,
        killed(Role.LAPTOP, 0, 1_500),
        misbehaviour=(Misbehaviour(kind="fail", operation="entry", from_ms=1_500, until_ms=5_400),),
    ),
    "who has recorded less is done sooner on a slow network": script(
        Page.LESSON,
        (Step(action=Disturb(kind="bandwidth", role=Role.LAPTOP, for_ms=1_500, value=20_000), at=12_700),),
        STOP,
        track="art",
    ),
    # the model
    "a second login takes the place of one that was not answered": script(
        Page.BIND,
        (do(Act.LOGIN, 4_050),),
        misbehaviour=(Misbehaviour(kind="fail", operation="login", from_ms=0, until_ms=2_101),),
        begins=-2_000,
        closes=5_400,
        preparation=5_400,
    ),
    "who enters before the service knows what was read gets in once it does": script(
        Page.DEVICES,
        misbehaviour=(Misbehaviour(kind="fail", operation="read", from_ms=0, until_ms=1_180),),
        begins=-2_000,
        closes=5_300,
        preparation=6_000,
    ),
    "too many requests is not now, and no refusal": script(
        Page.LESSON,
        misbehaviour=(Misbehaviour(kind="fail", operation="stage", status=429, from_ms=0, until_ms=1),),
    ),
    "a device that goes in the moment of the end comes after it": script(
        Page.LESSON, (Step(action=Plug(device="camera-2", present=False), at=7_200),)
    ),
    "a lesson that the plan began is reported when it begins": script(
        Page.DEVICES, killed(Role.LAPTOP, 7_600, 1), waits=1_500, rejoin=False
    ),
    "the interview ends for who stayed on the device page": script(Page.DEVICES, waits=1_500),
    "a consent that is being repeated is no consent yet": script(
        Page.LOGIN,
        (Step(action=Do(role=Role.LAPTOP, act=Act.CONSENT), when=Wait(enabled=Act.CONSENT)),),
        (Step(action=Do(role=Role.LAPTOP, act=Act.LOGIN), when=Wait(enabled=Act.LOGIN)),),
        misbehaviour=(Misbehaviour(kind="fail", operation="consent", from_ms=-8_000, until_ms=-4_000),),
    ),
    "an attachment that the exam doesn't have is not opened": script(
        Page.ATTACHMENTS, (do(Act.OPEN, -4_500, id="nowhere"),), (do(Act.READ, -4_300, id="nowhere"),)
    ),
    "a device that is gone is not chosen": script(
        Page.WAITING,
        (do(Act.CHOOSE, 500, id="camera-2"),),
        (Step(action=Plug(device="camera-2", present=False), at=-1),),
    ),
    "nobody enters an interview that ended while the client was dead": script(
        Page.LESSON,
        killed(Role.LAPTOP, 7_000, 400),
        (Step(action=Disturb(kind="reset_peer", role=Role.LAPTOP, for_ms=522), at=7_100),),
    ),
    "who declines is told who completes the login": script(Page.LOGIN, (do(Act.DECLINE, -6_000),)),
    "where there is no code to scan, the code is typed": script(
        Page.CHECK,
        (do(Act.SCAN, -6_500, Role.PHONE, payload="$qr"),),
        (do(Act.SCAN, -3_000, Role.PHONE, payload="viva-bind:elsewhere:ZZZZZZZZZ"),),
        (do(Act.TYPE_CODE, 0, Role.PHONE, code="ZZZZZZZZZ"),),
    ),
    "what was to be reported as a connection broke is reported over the next one": script(
        Page.LESSON, (Step(action=Disturb(kind="limit_data", role=Role.LAPTOP, for_ms=1, value=1), at=7_200),), STOP
    ),
    # the reference client
    "an end while the client was dead is reported when it is back": script(
        Page.LESSON, killed(Role.LAPTOP, 6_800, 1_500)
    ),
    "an interview that ended before its client was back has its end reported": script(
        Page.LESSON, killed(Role.LAPTOP, 12_660, 10), track="art", waits=1_500
    ),
    "a lesson that the plan began is not begun again": script(
        Page.WAITING, (do(Act.START, 6_500),), waits=1_500, track="art"
    ),
    "the interview's end confirms no stop": script(Page.DEVICES, (do(Act.STOP, 2_000, Role.PHONE),), waits=1_500),
}
