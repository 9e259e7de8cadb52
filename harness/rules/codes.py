"""Rules about the binding code itself: that its picture can be read, and that it binds one phone at a time (notice, section three, 佐证绑定).

What the picture says is told by a scanner of the harness, never by the client; what the code stands for by the service that gave it out.
"""

from __future__ import annotations

from typing import Final

from harness.core.events import DeskActed, Event, Intent, Operation, QrRead, Served
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.units import show, show_moment
from harness.core.verdict import Broken, Kept, Margin, Unobserved, Verdict
from harness.core.view import Act, Page, Role, View
from harness.rules.facts import (
    GLANCE_MS,
    doubt,
    faulty,
    horizon,
    read,
    refusals,
    seen_throughout,
    view_of,
    views,
)
from harness.rules.rule import Need, rule
from harness.rules.weigh import every

SECOND: Final = Role.RIVAL_PHONE


def payloads(timeline: Timeline) -> set[str]:
    """What the QR codes that the service gave out to this session say; empty where the platform does not tell."""
    return {
        data.detail["payload"]
        for data in timeline.data(Served, operation=Operation.BINDING)
        if data.status < 400 and data.detail.get("payload")
    }


def _picture(view: View) -> str:
    return "" if view.binding is None else view.binding.qr_png


@rule("BIND-1", Need.LAPTOP, Need.SERVICE)
def the_qr_code_can_be_read(timeline: Timeline, script: Script) -> Verdict:
    """Whatever QR code the laptop shows can be read, and says what the service gave out to this session; one is shown once it is asked for.

    A picture that did not stand for a glance (half a second) could not have been held a phone to, and is not judged.
    """
    given = payloads(timeline)
    stood = [(event, _stood(timeline, event)) for event in timeline.of(QrRead, role=Role.LAPTOP)]
    seen = [(event, ms) for event, ms in stood if ms >= GLANCE_MS]
    for event, ms in seen:
        text = read(QrRead, event).text
        if not text:
            return Broken(
                reason=f"the QR code that was shown at {show_moment(event.at_ms)} can't be read",
                margin=Margin(-ms),
                evidence=(event,),
            )
        if given and text not in given:
            return Broken(
                reason=f"the QR code that was shown at {show_moment(event.at_ms)} is of no binding of this session",
                margin=Margin(-ms),
                evidence=(event,),
            )
    if not seen:
        return _never_shown(timeline, script)
    if not given:
        return Unobserved(reason="the platform does not tell which binding it gave out")
    shortest, ms = min(seen, key=lambda each: each[1])
    return Kept(
        reason=f"{len(seen)} QR code(s) of this session's binding, each readable for {show(ms)} and more",
        margin=Margin(ms - GLANCE_MS),
        evidence=(shortest,),
    )


def _stood(timeline: Timeline, event: Event) -> int:
    """For how long the picture stood that began to be shown then, ms."""
    first = timeline.view_at(Role.LAPTOP, event.at_ms)
    until = horizon(timeline, Role.LAPTOP)
    if first is None or until is None or not _picture(view_of(first)):
        return 0
    picture = _picture(view_of(first))
    spans = timeline.standing(Role.LAPTOP, lambda view: _picture(view) == picture, event.at_ms, until)
    return spans[0][1] - spans[0][0] if spans else 0


def _never_shown(timeline: Timeline, script: Script) -> Verdict:
    press = timeline.intent(Act.SHOW_CODE)
    if press is None:
        return Unobserved(reason="no QR code was shown for as long as a glance, and the candidate asked for none")
    until = press.end_ms + script.plan.limits.reaction
    why = doubt(timeline, Role.LAPTOP, press.at_ms, until)
    if why is not None or faulty(script, Operation.BINDING):
        return Unobserved(reason=why or "the service was made to fail binding codes")
    if timeline.shown(Role.LAPTOP, lambda view: bool(_picture(view)), after=press.at_ms, before=until) is not None:
        return Unobserved(reason="the QR code stood there too shortly to be read")
    return Broken(
        reason=f"【智试通二维码】 was pressed at {show_moment(press.at_ms)}, and no QR code was shown",
        margin=Margin(-script.plan.limits.reaction),
        evidence=(press,),
    )


# -- one phone at a time -----------------------------------------------------------------------------------------------


@rule("BIND-8", Need.PHONE, Need.SERVICE)
def one_phone_at_a_time(timeline: Timeline, script: Script) -> Verdict:
    """A second phone that is given the code of a bound one is not bound and records nothing, and the first goes on; once the desk has released
    the first, the second is bound with what the laptop shows.

    What a platform grants is its own doing; of a client it is asked that a refusal is one, and that it ends with the release.
    """
    released = timeline.first(DeskActed, action="release")
    first = next(iter(timeline.served(Operation.PHONE_BIND)), None)
    if released is None or first is None:
        return Unobserved(reason="no phone was bound, or the desk released none")
    tries = timeline.of(Intent, _gives_a_code, after=first.at_ms)
    refused = [
        event
        for event in refusals(timeline, Operation.PHONE_BIND, "code-used")
        if event.at_ms < released.at_ms and any(press.at_ms <= event.at_ms + event.error_ms for press in tries)
    ]
    if not refused:
        return Unobserved(reason="no second phone was refused the code of a phone that was bound")
    again = timeline.served(Operation.PHONE_BIND, after=refused[0].at_ms)
    until = min(event.at_ms for event in (released, *again[:1]))
    return every(
        [
            _stays_out(timeline, refused[0], until),
            _goes_on(timeline, refused[0], until),
            _is_let_in(timeline, script, released),
        ],
        "",
    )


def _gives_a_code(data: Intent) -> bool:
    return data.role == SECOND and data.act in (Act.TYPE_CODE, Act.SCAN) and data.status == "done"


def _stays_out(timeline: Timeline, refusal: Event, end: int) -> Verdict:
    """Up to its being bound, or the release of the first."""
    inside = timeline.shown(
        SECOND, lambda view: view.recording or view.page == Page.FILMING, after=refusal.at_ms, before=end
    )
    if inside is not None:
        return Broken(
            reason="the second phone was refused the code that was in use, and filmed all the same",
            margin=Margin(inside.at_ms - end),
            evidence=(refusal, inside),
        )
    if not seen_throughout(timeline, SECOND, refusal.at_ms, end) or end - refusal.at_ms < GLANCE_MS:
        return Unobserved(reason="nobody watched the second phone for long enough after it was refused")
    return Kept(
        reason=f"the second phone was refused at {show_moment(refusal.at_ms)}, and recorded nothing for {show(end - refusal.at_ms)}",
        margin=Margin(end - refusal.at_ms),
        evidence=(refusal,),
    )


def _goes_on(timeline: Timeline, refusal: Event, end: int) -> Verdict:
    """The first phone films as before, up to its release."""
    standing = timeline.view_at(Role.PHONE, refusal.at_ms)
    if standing is None or not view_of(standing).recording:
        return Unobserved(reason="the first phone did not film when the second one tried")
    off = next((e for e in views(timeline, Role.PHONE, refusal.at_ms, end) if not view_of(e).recording), None)
    why = doubt(timeline, Role.PHONE, refusal.at_ms, end, network=False)
    if off is not None and why is None:
        return Broken(
            reason=f"the first phone stopped filming at {show_moment(off.at_ms)}, after a second one had tried its code",
            margin=Margin(off.at_ms - end),
            evidence=(refusal, off),
        )
    if why is not None:
        return Unobserved(reason=why)
    return Kept(reason="the first phone filmed on", margin=Margin(end - refusal.at_ms), evidence=(standing,))


def _is_let_in(timeline: Timeline, script: Script, released: Event) -> Verdict:
    press = timeline.first(Intent, _gives_a_code, after=released.at_ms)
    if press is None:
        return Unobserved(reason="the second phone was given no code after the release", evidence=(released,))
    until = press.end_ms + script.plan.limits.reaction
    granted = next(iter(timeline.served(Operation.PHONE_BIND, after=press.at_ms - press.error_ms)), None)
    if granted is not None:
        inside = timeline.shown(SECOND, lambda view: view.page != Page.PAIR, after=granted.at_ms)
        if inside is not None:
            return Kept(
                reason=f"released at {show_moment(released.at_ms)}, the second phone was bound at {show_moment(granted.at_ms)}",
                margin=Margin(max(0, until - granted.at_ms)),
                evidence=(released, press, granted),
            )
    why = doubt(timeline, SECOND, press.at_ms, until)
    if granted is None and timeline.served(Operation.PHONE_BIND, ok=False, after=press.at_ms - press.error_ms):
        why = why or "the service refused the code after the release as well"
    if why is not None or faulty(script, Operation.PHONE_BIND):
        return Unobserved(reason=why or "the service was made to fail bindings")
    return Broken(
        reason=f"the first phone was released at {show_moment(released.at_ms)}, and the second was not bound with the code that it was given "
        f"at {show_moment(press.at_ms)}",
        margin=Margin(press.end_ms - until),
        evidence=(released, press) if granted is None else (released, press, granted),
    )
