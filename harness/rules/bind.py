"""Rules about binding the phone (notice, section three, 佐证绑定).

Whether the fault of a refused binding is the laptop's (it showed another code than it was given) or the phone's (it sent another than was
typed) is told by the codes in the service's observations, where they are there.
"""

from __future__ import annotations

from typing import Final

from harness.core.events import Event, Intent, Operation, Recorded, Served, Viewed
from harness.core.script import Do, Script
from harness.core.timeline import Timeline
from harness.core.units import show, show_moment
from harness.core.verdict import Broken, Kept, Margin, Unobserved, Verdict, at_most
from harness.core.view import Act, AlertCode, BindingShown, Page, Role, Stream, View
from harness.rules.codes import payloads
from harness.rules.course import at_the_door
from harness.rules.facts import (
    GLANCE_MS,
    bound,
    doubt,
    error_of,
    faulty,
    horizon,
    read,
    squashed,
    view_before,
    view_of,
    views,
)
from harness.rules.media import frame_ms
from harness.rules.rule import Need, rule

REFUSED: Final = ("wrong-code", "code-expired")
SAYS_SO: Final = (AlertCode.WRONG_CODE, AlertCode.CODE_EXPIRED, AlertCode.CODE_USED)


def _plain(code: str) -> str:
    return squashed(code).replace("-", "").upper()


def _code(view: View) -> str:
    return "" if view.binding is None else _plain(view.binding.code)


def _shown(timeline: Timeline, press: Event) -> BindingShown:
    """The code and the QR code that the laptop had shown last when the candidate typed or scanned."""
    given = [
        binding
        for event in views(timeline, Role.LAPTOP, before=press.at_ms + 1)
        if (event.at_ms, event.seq) < (press.at_ms, press.seq) and (binding := view_of(event).binding) is not None
    ]
    code = next((binding.code for binding in reversed(given) if binding.code), "")
    return BindingShown(code=_plain(code), qr_png=next((each.qr_png for each in reversed(given) if each.qr_png), ""))


def _tries(timeline: Timeline, act: Act) -> list[Event]:
    return timeline.of(
        Intent, lambda data: data.role == Role.PHONE and data.act == act and data.status != "unsupported"
    )


def _given(press: Event) -> str:
    data = read(Intent, press)
    return _plain(data.args.get("code", "")) if data.act == Act.TYPE_CODE else data.args.get("payload", "")


def _right(timeline: Timeline, script: Script, press: Event) -> bool:
    """What was typed or scanned is what the laptop showed: a picture that was scanned off the laptop, if it could be read at all."""
    shown, given = _shown(timeline, press), _given(press)
    if read(Intent, press).act == Act.TYPE_CODE:
        return bool(shown.code) and given == shown.code
    scans = [
        step.action.args.get("payload")
        for thread in script.threads
        for step in thread.steps
        if isinstance(step.action, Do) and step.action.act == Act.SCAN
    ]
    return bool(shown.qr_png) and bool(given) and "$qr" in scans and given not in scans


def _answer(timeline: Timeline, press: Event, ok: bool) -> Event | None:
    """How the service answered that try, before the next one."""
    following = timeline.first(
        Intent,
        lambda data: data.role == Role.PHONE and data.act in (Act.TYPE_CODE, Act.SCAN) and data.status == "done",
        after=press.at_ms + 1,
    )
    until = None if following is None else following.at_ms
    found = timeline.served(Operation.PHONE_BIND, ok=ok, after=press.at_ms - press.error_ms, before=until)
    return next(iter(found), None)


@rule("BIND-2", Need.LAPTOP, Need.SERVICE)
def the_code_is_text(timeline: Timeline, script: Script) -> Verdict:
    """【智试通二维码】 shows a code as text, and a phone that was given this code (or the QR code beside it) is bound to this session.

    One run binds once, so each way is judged where it was taken.
    """
    press = timeline.intent(Act.SHOW_CODE)
    if press is None:
        return Unobserved(reason="the candidate did not press 【智试通二维码】")
    shown = timeline.shown(Role.LAPTOP, lambda view: bool(_code(view)), after=press.at_ms)
    if shown is None:
        why = doubt(timeline, Role.LAPTOP, press.at_ms, press.end_ms + script.plan.limits.reaction)
        if why is not None or faulty(script, Operation.BINDING):
            return Unobserved(reason=why or "the service was made to fail binding codes")
        if _turned(timeline, press, press.end_ms + script.plan.limits.reaction):
            return Unobserved(reason="another page came before the code could be shown", evidence=(press,))
        return Broken(
            reason="【智试通二维码】 was pressed and no code was shown as text",
            margin=Margin(-script.plan.limits.reaction),
            evidence=(press,),
        )
    issued = timeline.first(Served, lambda data: "code" in data.detail, operation=Operation.BINDING)
    code = _code(view_of(shown))
    if issued is not None and not _issued(timeline, code):
        return Broken(reason="the code that is shown is none that the service gave out", evidence=(issued, shown))
    for attempt in _all_tries(timeline):
        granted = _answer(timeline, attempt, ok=True)
        if granted is not None and _right(timeline, script, attempt):
            return Kept(
                reason=f"a code was shown as text, and with what was shown a phone was bound at {show_moment(granted.at_ms)}",
                margin=Margin(script.plan.limits.reaction - max(0, shown.at_ms - press.end_ms)),
                evidence=(shown, attempt, granted),
            )
    return Unobserved(reason="no phone was bound with the code that was shown", evidence=(shown,))


def _turned(timeline: Timeline, press: Event, until: int) -> bool:
    """The press was made in the interview, and another page came after it, by its time or another press."""
    before = view_before(timeline, Role.LAPTOP, press)
    page = None if before is None else view_of(before).page
    return page != Page.BIND and any(
        view_of(event).page != page for event in views(timeline, Role.LAPTOP, press.at_ms + 1, until)
    )


def _issued(timeline: Timeline, code: str) -> bool:
    return any(
        _plain(data.detail["code"]) == code
        for data in timeline.data(Served, operation=Operation.BINDING)
        if "code" in data.detail
    )


def _busy(timeline: Timeline, press: Event) -> bool:
    """The phone took no code at that moment, as it showed, and had taken one before: an earlier code was being asked about."""
    data, before = read(Intent, press), view_before(timeline, Role.PHONE, press)
    refused = data.status == "refused" and before is not None and not view_of(before).enabled(data.act)
    taken = any(each.at_ms <= press.at_ms and read(Intent, each).status == "done" for each in _all_tries(timeline))
    return refused and taken


def _all_tries(timeline: Timeline) -> list[Event]:
    return [*_tries(timeline, Act.TYPE_CODE), *_tries(timeline, Act.SCAN)]


def _binds(timeline: Timeline, script: Script, act: Act) -> Verdict:
    how = "typed" if act == Act.TYPE_CODE else "scanned"
    presses = [p for p in _tries(timeline, act) if _right(timeline, script, p) and not _busy(timeline, p)]
    if not presses:
        return Unobserved(reason=f"what the laptop showed was not {how}, or could not be read")
    press = presses[0]
    granted = _answer(timeline, press, ok=True)
    if granted is not None:
        before = view_before(timeline, Role.PHONE, press)
        paired = timeline.shown(Role.PHONE, lambda view: view.page != Page.PAIR, after=granted.at_ms)
        if before is None or view_of(before).page != Page.PAIR:
            return Unobserved(reason="the phone was not waiting for a code")
        if paired is not None:
            return Kept(
                reason=f"{how} at {show_moment(press.at_ms)}, bound at {show_moment(granted.at_ms)}",
                margin=Margin(script.plan.limits.reaction - max(0, paired.at_ms - press.end_ms)),
                evidence=(press, granted, paired),
            )
    until = press.end_ms + script.plan.limits.reaction
    refused = _answer(timeline, press, ok=False)
    if refused is not None and read(Served, refused).problem != "wrong-code" and read(Served, refused).status < 500:
        return Unobserved(
            reason=f"the service refused the code as {read(Served, refused).problem}", evidence=(refused,)
        )
    codes = any("code" in data.detail for data in timeline.data(Served, operation=Operation.BINDING))
    if act == Act.TYPE_CODE and codes and not _issued(timeline, _shown(timeline, press).code):
        return Unobserved(reason="the laptop showed a code that the service had not given out")
    given = payloads(timeline)
    if act == Act.SCAN and given and read(Intent, press).args.get("payload") not in given:
        return Unobserved(reason="the laptop showed a QR code that the service had not given out")
    why = doubt(timeline, Role.PHONE, press.at_ms, until)
    if why is not None or faulty(script, Operation.PHONE_BIND):
        return Unobserved(reason=why or "the service was made to fail bindings")
    return Broken(
        reason=f"what the laptop showed was {how} at {show_moment(press.at_ms)}, and the phone was not bound",
        margin=Margin(-script.plan.limits.reaction),
        evidence=tuple(event for event in (press, refused, granted) if event is not None),
    )


@rule("BIND-3", Need.LAPTOP, Need.PHONE, Need.SERVICE)
def binds_by_scanning(timeline: Timeline, script: Script) -> Verdict:
    """The QR code that the laptop shows is scanned: the service grants the binding and the phone goes on.

    That it can be read is BIND-1's to judge.
    """
    return _binds(timeline, script, Act.SCAN)


@rule("BIND-4", Need.LAPTOP, Need.PHONE, Need.SERVICE)
def binds_by_typing(timeline: Timeline, script: Script) -> Verdict:
    """The code that the laptop shows is typed: the service grants the binding and the phone goes on."""
    return _binds(timeline, script, Act.TYPE_CODE)


@rule("BIND-5", Need.PHONE, Need.SERVICE, Need.RECORDINGS)
def a_wrong_code_binds_nothing(timeline: Timeline, script: Script) -> Verdict:
    """A code that is wrong or has expired is refused with a reason, and until a good one came nothing is recorded.

    The positive is that recording begins after the good one.
    """
    wrong = [
        press
        for press in _all_tries(timeline)
        if not _right(timeline, script, press)
        and _answer(timeline, press, ok=True) is None
        and _refused(timeline, press)
    ]
    if not wrong:
        return Unobserved(reason="no wrong or expired code was tried")
    press, good = wrong[0], bound(timeline)
    until = good.at_ms if good is not None else horizon(timeline, Role.PHONE) or press.end_ms
    early = timeline.first(
        Viewed, lambda data: data.role == Role.PHONE and data.view.recording, after=press.at_ms, before=until
    )
    footage = _footage(timeline)
    begins = None if footage is None else footage[1]
    # A camera's newest picture is up to one of its intervals old when recording begins.
    slack = 1_000 // script.plan.media.frames_per_second + error_of(footage[0] if footage else None, good)
    if early is not None or (begins is not None and begins < until - slack):
        return Broken(
            reason="the phone recorded although its code had been refused",
            evidence=tuple(event for event in (press, early) if event is not None),
        )
    before = view_before(timeline, Role.PHONE, press)
    if before is not None and view_of(before).says(*SAYS_SO):
        return Unobserved(reason="the reason stood there before the wrong code was given")
    told = timeline.shown(Role.PHONE, lambda view: view.says(*SAYS_SO), after=press.at_ms)
    if told is None or told.at_ms >= until:
        return _untold(timeline, script, press, until)
    if good is None or begins is None or not timeline.watched(Role.PHONE, press.at_ms, until):
        return Unobserved(reason="the phone recorded nothing later either, so that not recording shows nothing")
    return Kept(
        reason=f"refused with a reason; recorded only from {show_moment(begins)} on, after a good code",
        margin=Margin(max(0, begins - until)),
        evidence=(press, told, good),
    )


def _refused(timeline: Timeline, press: Event) -> bool:
    """The service refused this try as wrong or expired, or the phone itself took nothing of it to the service."""
    answer = _answer(timeline, press, ok=False)
    return answer is None or read(Served, answer).problem in REFUSED


def _first_mark_error(script: Script, *events: Event | None) -> int:
    """A recorder begins with the picture that its camera delivered last: the first mark is up to one picture older than the recording."""
    return error_of(*events) + frame_ms(script)


def _untold(timeline: Timeline, script: Script, press: Event, until: int) -> Verdict:
    looked = min(until, press.end_ms + script.plan.limits.reaction)
    following = [event.at_ms for event in _tries(timeline, Act.TYPE_CODE) if event.at_ms > press.at_ms]
    looked = min([looked, *following])
    why = doubt(timeline, Role.PHONE, press.at_ms, looked)
    if why is not None or looked - press.end_ms < GLANCE_MS:
        return Unobserved(reason=why or "the candidate tried the next code at once", evidence=(press,))
    return Broken(
        reason=f"a wrong code was given at {show_moment(press.at_ms)}, and in {show(looked - press.end_ms)} no reason was shown",
        margin=Margin(press.end_ms - looked),
        evidence=(press,),
    )


def _footage(timeline: Timeline) -> tuple[Event, int] | None:
    """The evidence as it was inspected, and its first mark."""
    events = timeline.of(Recorded, stream=Stream.EVIDENCE)
    if not events:
        return None
    first = read(Recorded, events[-1]).footage.first_ms
    return None if first is None else (events[-1], first)


@rule("BIND-6", Need.PHONE, Need.SERVICE, Need.RECORDINGS)
def evidence_runs_soon_after_binding(timeline: Timeline, script: Script) -> Verdict:
    """The first mark of the evidence is from at most `limits.evidence_start` after the binding, or after the press of 【开始】 on the phone."""
    granted, footage = bound(timeline), _footage(timeline)
    if granted is None:
        return Unobserved(reason="no phone was bound")
    if footage is None:
        return Unobserved(reason="the service holds no evidence with marks")
    if faulty(script, Operation.PHONE_BIND, to_ms=granted.at_ms):
        return Unobserved(reason="the service was made to answer bindings late")
    pressed = timeline.intent(Act.RECORD, Role.PHONE, after=granted.at_ms)
    since = granted if pressed is None or footage[1] <= pressed.at_ms else pressed
    return at_most(
        script.plan.limits.evidence_start,
        max(0, footage[1] - since.end_ms),
        what="from binding to the first picture of the evidence"
        if since is granted
        else "from the press to the first picture",
        evidence=(since, footage[0]),
        error_ms=_first_mark_error(script, since, footage[0]),
    )


@rule("BIND-7", Need.LAPTOP, Need.SERVICE)
def the_laptop_shows_the_phone(timeline: Timeline, script: Script) -> Verdict:
    """After the service granted a binding the laptop shows that the phone is bound, and not before."""
    granted = bound(timeline)
    if granted is None:
        return Unobserved(reason="no phone was bound")
    shows = [e for e in views(timeline, Role.LAPTOP) if (b := view_of(e).binding) is not None and b.bound]
    if shows and shows[0].at_ms < granted.at_ms - error_of(shows[0], granted):
        return Broken(
            reason=f"shown as bound at {show_moment(shows[0].at_ms)}, {show(granted.at_ms - shows[0].at_ms)} before it was",
            margin=Margin(shows[0].at_ms - granted.at_ms),
            evidence=(shows[0], granted),
        )
    if shows:
        return Kept(
            reason=f"bound at {show_moment(granted.at_ms)}, shown at {show_moment(shows[0].at_ms)}",
            margin=Margin((horizon(timeline, Role.LAPTOP) or shows[0].at_ms) - shows[0].at_ms),
            evidence=(granted, shows[0]),
        )
    until = (
        granted.at_ms + script.plan.limits.catch_up
    )  # no time is set: a lost push, a poll, and it is never seen later either
    why = doubt(timeline, Role.LAPTOP, granted.at_ms, until)
    if why is None and at_the_door(timeline, until - script.plan.limits.reaction):
        why = "the laptop was started again, and the candidate did not come back to its binding"
    if why is not None:
        return Unobserved(reason=why, evidence=(granted,))
    return Broken(
        reason=f"bound at {show_moment(granted.at_ms)}, and the laptop never showed it",
        margin=Margin(granted.at_ms - until),
        evidence=(granted,),
    )
