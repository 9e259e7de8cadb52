"""Pushes: kept per seat and role, numbered from 1, replayed after Last-Event-ID; and those that time alone causes."""

from __future__ import annotations

from harness.core.view import Role
from harness.protocol.messages import Push, json_body
from harness.service.call import Tools
from harness.service.state import Seat

LAPTOP = (Role.LAPTOP,)
BOTH = (Role.LAPTOP, Role.PHONE)


def push(
    tools: Tools, seat: Seat, event: str, data: dict[str, str], *, now: int, roles: tuple[Role, ...] = LAPTOP
) -> None:
    """Sends a push to the seat's devices, unless it is scripted to be lost: then it was never sent, and no replay has it.

    `now` is exam time. The caller saves the seat.
    """
    for role in roles:
        if tools.faults.loses_push(seat.exam, event, now):
            continue
        sent = seat.pushes.setdefault(role, [])
        sent.append(Push(id=len(sent) + 1, event=event, data=data))
        tools.wake.add((seat.key, role))


def pushes_after(seat: Seat, role: Role, last_id: int) -> list[Push]:
    """What came after that id."""
    return seat.pushes.get(role, [])[max(0, last_id) :]


def encode_event(push: Push) -> bytes:
    """A push as a server-sent event."""
    return f"id: {push.id}\nevent: {push.event}\ndata: {json_body(push.data).decode()}\n\n".encode()


def announce_entries(tools: Tools, now: int) -> None:
    """`entry-opened` to every candidate of each exam whose entry has opened; `now` is the service's clock."""
    registry = tools.registry
    for exam in registry.exams.values():
        progress = registry.progress[exam.id]
        exam_now = now - exam.origin
        if progress.announced or exam_now < exam.plan.windows.entry_opens:
            continue
        progress.announced = True
        registry.save_progress(exam.id, progress)
        for seat in registry.seats_of(exam.id):
            push(tools, seat, "entry-opened", {}, now=exam_now)
            registry.save_seat(seat)


def next_announcement(tools: Tools) -> int | None:
    """When the next entry opens, service's clock; None where all have."""
    registry = tools.registry
    waiting = [
        exam.origin + exam.plan.windows.entry_opens
        for exam in registry.exams.values()
        if not registry.progress[exam.id].announced
    ]
    return min(waiting, default=None)


class EventStream:
    """An open event stream of one device. The shell takes what is new, and closes it when the client is gone."""

    def __init__(self, tools: Tools, seat: Seat, role: Role, last_id: int) -> None:
        self._tools = tools
        self._seat = seat
        self._last = last_id
        self.subscriber = (seat.key, role)
        self.exam = seat.exam
        self._open = True
        if role is Role.LAPTOP:
            tools.streams[seat.key] = tools.streams.get(seat.key, 0) + 1

    def take(self) -> list[Push]:
        """The pushes since the last call."""
        new = pushes_after(self._seat, self.subscriber[1], self._last)
        self._last += len(new)
        return new

    def close(self, now: int) -> None:
        """The client is gone; the laptop's lease counts from here."""
        if self._open and self.subscriber[1] is Role.LAPTOP:
            self._tools.streams[self._seat.key] -= 1
            self._tools.seen[self._seat.key] = now
        self._open = False
