"""Rules about the binding code itself: that its picture can be read, and that it binds one phone at a time (notice, section three, 佐证绑定).

What the picture says is told by a scanner of the harness, never by the client; what the code stands for by the service that gave it out.
"""

from __future__ import annotations

from harness.core.events import Event, Operation, QrRead, Served
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.units import show, show_moment
from harness.core.verdict import Broken, Kept, Margin, Unobserved, Verdict
from harness.core.view import Act, Role, View
from harness.rules.facts import GLANCE_MS, doubt, faulty, horizon, read, view_of
from harness.rules.rule import Need, rule


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
