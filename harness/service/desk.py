"""What technical support does for a candidate: completes a login, releases a phone, answers a call for help, publishes results."""

from __future__ import annotations

import msgspec

from harness.core.errors import VivaError
from harness.core.events import DeskActed
from harness.core.plan import Plan
from harness.service.call import Tools
from harness.service.pushes import BOTH, push
from harness.service.sessions import alive, login_reply
from harness.service.state import Exam, Seat


def act(tools: Tools, exam: Exam, seat: Seat, action: str, text: str, *, now: int) -> None:
    """`now` is the service's clock. Raises `VivaError` where there is nothing to do that to."""
    at = now - exam.origin
    match action:
        case "login":
            _login(tools, seat, exam.plan, now, at)
        case "release":
            _release(tools, seat, at)
        case "answer":
            _answer(tools, seat, text, at)
        case "publish":
            _publish(tools, exam, at)
        case _:
            raise VivaError(f"the desk knows login, release, answer and publish, not {action[:40]!r}")
    tools.registry.save_seat(seat)
    acted = DeskActed(action=action, text=text)
    tools.observer.saw(exam.id, at, acted, candidate=seat.entrant.admission_number, source="desk")


def _login(tools: Tools, seat: Seat, plan: Plan, now: int, at: int) -> None:
    """The push carries the laptop's token; where it is lost, the ticket itself is good as one until a token is used."""
    if not alive(tools, seat, plan, now):
        seat.vouched = True
        seat.had_login = True
        tools.registry.give_token(seat, "laptop", tools.mint())
    push(tools, seat, "login-completed", msgspec.structs.asdict(login_reply(seat)), now=at)


def _release(tools: Tools, seat: Seat, at: int) -> None:
    if not seat.phone:
        raise VivaError(f"no phone is bound to {seat.entrant.ticket[:40]!r}; there is nothing to release")
    seat.phone = ""
    push(tools, seat, "phone-released", {}, now=at, roles=BOTH)


def _answer(tools: Tools, seat: Seat, text: str, at: int) -> None:
    waiting = next((item for item in reversed(seat.helps) if not item.answer), None)
    if waiting is None:
        raise VivaError(f"{seat.entrant.ticket[:40]!r} waits for no answer; the candidate has to ask first")
    waiting.answer = text
    push(tools, seat, "help-answered", {"id": waiting.id, "answer": text}, now=at)


def _publish(tools: Tools, exam: Exam, at: int) -> None:
    progress = tools.registry.progress[exam.id]
    progress.published = True
    tools.registry.save_progress(exam.id, progress)
    for seat in tools.registry.seats_of(exam.id):
        push(tools, seat, "exam-changed", {"published": "true"}, now=at, roles=BOTH)
        tools.registry.save_seat(seat)
