"""The candidates as Locust users: laptop and phone of one candidate are one user.

Laws: everything happens at its exam time, by the service's own clock, whether or not the service was quick before; what is recorded is sent
while it is recorded, and the phone's film at the end; what happened is brought home in `Findings`. Importing this module patches the
process for gevent: only `load.rehearsal` does, in a process of its own.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import msgspec
from gevent.pool import Group
from locust import FastHttpUser, task
from locust.exception import StopUser

from harness.core.view import Stage, Stream
from harness.protocol.exam_api import (
    BindBody,
    BindingReply,
    BindReply,
    ConsentBody,
    ExamInfo,
    LoginReply,
    StageBody,
)
from harness.protocol.messages import Response
from load.hall import Device, Hall, Seat
from load.material import Material
from load.outcome import Arrival, Phase
from load.pacing import recorded, slices
from load.timetable import Timetable
from load.uploads import GivenUp, PacedUpload, Sent


class Interview:
    """One candidate's day, from opening the page to the last byte held."""

    def __init__(self, hall: Hall, seat: Seat, client: Any, group: Group) -> None:
        self._hall = hall
        self._seat = seat
        self._group = group
        self._laptop = Device(hall, client, seat.ticket)
        self._phone = Device(hall, client)

    def play(self) -> None:
        """Raises `GivenUp` where the day can't go on."""
        table = self._seat.timetable
        self._open(table)
        self._log_in(table)
        self._bind(table)
        self._meet("read", table.read, self._read)
        self._meet("entry", table.entry, lambda: self._laptop.insist("POST", "/v1/entry"))
        for stream in (Stream.CAMERA, Stream.SCREEN):
            self._record(stream)
        self._meet("start", table.question, lambda: self._laptop.insist("GET", "/v1/question"))
        for number, boundary in enumerate(table.boundaries, 1):
            body = StageBody(stage=boundary.stage, boundary=boundary.kind, at_ms=boundary.at_ms)
            last = number == len(table.boundaries)
            begins = boundary.stage is Stage.LESSON and boundary.kind == "started"
            self._meet(
                "end" if last else "lesson" if begins else None,
                boundary.at_ms,
                lambda body=body: self._laptop.insist("POST", "/v1/stages", body),  # type: ignore[misc] # a lambda's default has no annotation
            )

    # -- before the interview ----------------------------------------------------------------------------------------

    def _open(self, table: Timetable) -> None:
        info = self._meet("open", table.opens, lambda: self._laptop.insist("GET", "/v1/exam")).decode(ExamInfo)
        self._attachments = [each.id for each in info.attachments]
        self._laptop.insist("POST", "/v1/consent", ConsentBody(given=True))

    def _log_in(self, table: Timetable) -> None:
        def log_in() -> Response:
            headers = {"content-type": "image/jpeg", "captured-ms": str(self._hall.now())}
            return self._laptop.insist("POST", "/v1/login", self._hall.settings.still, headers)

        self._laptop.token = self._meet("login", table.login, log_in).decode(LoginReply).token
        self._hall.tokens[self._seat.ticket] = self._laptop.token

    def _bind(self, table: Timetable) -> None:
        def bind() -> Response:
            shown = self._laptop.insist("POST", "/v1/binding")
            if not shown.ok:
                return shown
            return self._phone.insist("POST", "/v1/phone/bind", BindBody(payload=shown.decode(BindingReply).payload))

        self._phone.token = self._meet("bind", table.bind, bind).decode(BindReply).token
        self._start(self._film, self._recording(Stream.EVIDENCE))

    def _read(self) -> Response:
        for attachment in self._attachments:
            self._laptop.insist("GET", f"/v1/attachments/{attachment}")
            reply = self._laptop.insist("PUT", f"/v1/attachments/{attachment}/read")
        return reply

    def _meet(self, phase: Phase | None, due_ms: int, ask: Callable[[], Response]) -> Response:
        """Comes at that time and is served, or gives up. `phase`: None where nobody counts it."""
        self._hall.wait_until(due_ms)
        reply: Response | None = None
        try:
            reply = ask()
        finally:
            if phase is not None:
                self._came(phase, due_ms, reply)
        if not reply.ok:
            problem = reply.problem.code if reply.problem is not None else f"status {reply.status}"
            raise GivenUp(f"{phase or 'a change of stage'} was refused: {problem}")
        return reply

    def _came(self, phase: Phase, due_ms: int, reply: Response | None) -> None:
        self._hall.findings.arrivals.append(
            Arrival(
                phase=phase,
                ticket=self._seat.ticket,
                track=self._seat.timetable.track,
                due_ms=due_ms,
                done_ms=self._hall.now(),
                status=0 if reply is None else reply.status,
                problem=reply.problem.code if reply is not None and reply.problem is not None else "",
            )
        )

    # -- recordings --------------------------------------------------------------------------------------------------

    def _recording(self, stream: Stream) -> Sent:
        plan, ticket = self._hall.settings.plan, self._seat.ticket
        label = f"{self._seat.timetable.number}/{stream}"
        name = uuid.UUID(int=random.Random(f"{self._hall.settings.seed}/{label}").getrandbits(128), version=4)
        sent = Sent(
            ticket=ticket,
            stream=stream,
            recording=str(name),
            label=label,
            started_ms=self._hall.now(),
            deadline_ms=self._seat.timetable.ends + plan.spans.upload_deadline,
        )
        self._hall.findings.sents.append(sent)
        return sent

    def _upload(self, device: Device, sent: Sent) -> PacedUpload:
        settings = self._hall.settings
        return PacedUpload(
            device,
            sent,
            Material(settings.seed, sent.label),
            exam=settings.exam,
            first_retry_ms=settings.plan.limits.first_retry,
            give_up_ms=settings.give_up_ms,
        )

    def _record(self, stream: Stream) -> None:
        sent = self._recording(stream)
        settings = self._hall.settings
        kbps = settings.kbps[stream]
        schedule = slices(sent.started_ms, self._seat.timetable.ends, settings.slice_ms, kbps)

        def live() -> None:
            upload = self._upload(self._laptop, sent)
            upload.live(schedule)
            self._meet("finish", self._seat.timetable.ends, upload.finish)

        self._start(live)

    def _film(self, sent: Sent) -> None:
        """The phone: records until it is stopped, then uploads everything."""
        stops = self._seat.timetable.stops_phone
        upload = self._upload(self._phone, sent)

        def everything() -> Response:
            upload.whole(recorded(sent.started_ms, stops, self._hall.settings.kbps[Stream.EVIDENCE]))
            return upload.finish()

        self._meet("evidence", stops, everything)

    def _start(self, doing: Callable[..., None], *args: Any) -> None:
        def guarded() -> None:
            with ending(self._hall, self._seat):
                doing(*args)

        self._group.spawn(guarded)


class Candidate(FastHttpUser):
    """Laptop and phone of one candidate."""

    abstract = True
    max_retries = 0
    concurrency = 8  # camera, screen, evidence, and what the candidate does
    hall: ClassVar[Hall]

    @task
    def interview(self) -> None:
        """The whole day, once."""
        seat = next(self.hall.seats)
        group = Group()
        try:
            with ending(self.hall, seat):
                Interview(self.hall, seat, self.client, group).play()
            group.join()
        finally:
            group.kill()
        raise StopUser


@contextmanager
def ending(hall: Hall, seat: Seat) -> Iterator[None]:
    """What ends a candidate's day early is written down: the service's fault as given up, ours as a fault of the generator."""
    try:
        yield
    except (GivenUp, msgspec.MsgspecError) as reason:
        hall.findings.given_up.setdefault(seat.ticket, str(reason))
    except Exception as error:  # whatever it is, it must not end as a candidate who merely stayed away
        hall.findings.faults.append(f"{type(error).__name__}: {error}")
