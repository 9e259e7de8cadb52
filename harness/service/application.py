"""The exam service without IO: a message and the time in, a message out. HTTP is a shell over it; in virtual time it is called directly.

Its laws: `now` is the service's clock in whole ms and never runs backwards; several exams stand side by side and are told apart by
token; nothing is acknowledged before it is durable: `handle` flushes the store itself, whoever calls anything else flushes before
telling of it. Not thread-safe: one thread calls it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence

import msgspec

from harness.core.events import Event, Offered, Operation, Served
from harness.core.plan import Plan
from harness.core.platform import Entrant, FaceMatcher, HeldSegment, HeldStill
from harness.core.script import Misbehaviour
from harness.core.view import Role, Stream
from harness.protocol.messages import EXAM_TIME, Push, Request, Response
from harness.service import desk, routing, sessions
from harness.service.admission import admit, perform, scripted_failure
from harness.service.call import Call, Tools
from harness.service.exposed import exposed
from harness.service.misbehaviour import Faults
from harness.service.observing import Observer
from harness.service.offsets import TUS_HEADERS
from harness.service.patch import Patch
from harness.service.problems import Refused, Result, refusal
from harness.service.pushes import EventStream, announce_entries, next_announcement, pushes_after
from harness.service.registry import Registry
from harness.service.state import Armed, Exam, Progress, Seat
from harness.service.store import Store


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A response, to be sent `delay_ms` after the request was answered (scripted stalls, guessed codes)."""

    response: Response
    delay_ms: int = 0
    exam: str = ""
    candidate: str = ""
    offered: Offered | None = None  # what it tells of an upload; `Application.sent` says whether that got through


class Application:
    """The exam service. `mint` gives unguessable texts: tokens, codes and ids are made of them; `epoch_ms` is Unix time at its clock's 0."""

    def __init__(
        self,
        store: Store,
        *,
        matcher: FaceMatcher | None = None,
        mint: Callable[[], str] = secrets.token_urlsafe,
        epoch_ms: int = 0,
    ) -> None:
        self.store = store
        registry = Registry(store, epoch_ms)
        self._tools = Tools(
            registry=registry, observer=Observer(store), faults=Faults(registry), matcher=matcher, mint=mint
        )
        store.flush()

    # -- exams ---------------------------------------------------------------------------------------------------

    def configure(
        self,
        plan: Plan,
        entrants: Sequence[Entrant],
        *,
        exam_now: int,
        now: int,
        misbehaviour: Sequence[Misbehaviour] = (),
    ) -> str:
        """A new exam that stands at `exam_now` ms when the service's clock says `now`; its id. Raises `VivaError`."""
        registry = self._tools.registry
        exam_id = f"{plan.id}-{len(registry.exams) + 1}"
        exam = Exam(id=exam_id, plan=plan, origin=now - exam_now, epoch=registry.epoch)
        armed = [Armed(what=what, left=what.count) for what in misbehaviour]
        registry.add_exam(exam, Progress(armed=armed), [Seat(exam=exam_id, entrant=entrant) for entrant in entrants])
        self.tick(now)
        return exam_id

    def origin(self, exam: str) -> int:
        """What the service's clock says at T0; exam time is now minus that. Raises `VivaError` for an unknown exam."""
        return self._tools.registry.exam(exam).origin

    def exam_time(self, exam: str, now: int) -> int:
        """Exam ms. Raises `VivaError` for an unknown exam."""
        return now - self.origin(exam)

    def misbehave(self, exam: str, what: Misbehaviour) -> None:
        """One more scripted fault. Raises `VivaError` for an unknown exam."""
        self._tools.registry.exam(exam)
        self._tools.faults.arm(exam, what)

    def desk(self, now: int, exam: str, action: str, ticket: str, text: str = "") -> None:
        """Technical support acts. Raises `VivaError` where there is nothing to do that to."""
        registry = self._tools.registry
        desk.act(self._tools, registry.exam(exam), registry.seat(exam, ticket), action, text, now=now)

    def lose(self, now: int, exam: str, ticket: str, stream: Stream) -> None:
        """What was confirmed of that stream is gone, and so is every answer that told of it. Raises `VivaError` for an unknown entrant."""
        registry = self._tools.registry
        seat = registry.seat(exam, ticket)
        for upload in registry.uploads_of(seat):
            if upload.metadata.stream is stream and upload.held:
                self._tools.end_patch(upload.id, now)
                registry.drop_upload(upload)
        registry.forget_replies(seat)

    def observations(self, exam: str, since: int = 0) -> list[Event]:
        """What was seen of an exam after that `seq`, in exam time."""
        self._tools.registry.exam(exam)
        return self._tools.observer.since(exam, since)

    def recordings(self, exam: str, ticket: str) -> list[HeldSegment]:
        """A candidate's recordings as held, ordered by stream and segment."""
        registry = self._tools.registry
        return [
            HeldSegment(
                upload=upload.id,
                stream=upload.metadata.stream,
                segment=upload.metadata.segment,
                path=str(self.store.path(upload.id)),
                length=upload.offset,
                declared=upload.declared,
                sha256=registry.sha256(upload),
                declared_sha256=upload.declared_sha256,
            )
            for upload in registry.uploads_of(registry.seat(exam, ticket))
        ]

    def stills(self, exam: str, ticket: str) -> list[HeldStill]:
        """A candidate's face pictures as they were sent, in order."""
        registry = self._tools.registry
        found = registry.stills_of(registry.seat(exam, ticket))
        return [HeldStill(**msgspec.structs.asdict(still)) for still in found]

    # -- time and pushes -----------------------------------------------------------------------------------------

    def tick(self, now: int) -> None:
        """Time has passed: sends the pushes that it causes."""
        announce_entries(self._tools, now)

    def next_wakeup(self) -> int | None:
        """When `tick` is wanted next, service's clock; None: not before another exam is configured."""
        return next_announcement(self._tools)

    def pushes(self, token: str, last_id: int = 0) -> list[Push]:
        """What was sent to the device of that token after that id; nothing for an unknown token."""
        found = self._tools.registry.tokens.get(token)
        if found is None:
            return []
        return pushes_after(found[0], Role.PHONE if found[1] == "phone" else Role.LAPTOP, last_id)

    def woken(self) -> set[tuple[str, Role]]:
        """Whose event streams have something new since the last call."""
        woken, self._tools.wake = self._tools.wake, set()
        return woken

    def open_events(self, now: int, request: Request) -> EventStream | Answer:
        """GET /events as a stream that stays open, or the answer where it is refused."""
        call = Call(self._tools, now, request)
        answer = self._run(call)
        if isinstance(answer, Answer) and (answer.response.status != 200 or answer.delay_ms):
            return answer
        return EventStream(self._tools, call.seat, call.role or Role.LAPTOP, sessions.last_event_id(call))

    # -- requests ------------------------------------------------------------------------------------------------

    def handle(self, now: int, request: Request) -> Answer:
        """A whole message; the answer may be sent at once (after its delay): everything it says is durable."""
        begun = self.begin(now, request)
        if isinstance(begun, Patch):
            begun.feed(now, request.body)
            begun = self.end(now, begun)
        self.store.flush()
        self.sent(now, begun)
        return begun

    def begin(self, now: int, request: Request) -> Patch | Answer:
        """Without its flush; an upload's body is then fed to the Patch and ended by `end` (or `Patch.abort`)."""
        return self._run(Call(self._tools, now, request))

    def turn_away(self, now: int, request: Request, code: str, detail: str) -> Answer:
        """The answer to a request that the shell could not take, such as one whose body is too large."""
        call = Call(self._tools, now, request)
        try:
            admit(call)
            refused = Refused(code, detail)
        except Refused as earlier:
            refused = earlier
        return self._answer(call, refusal(refused), now)

    def end(self, now: int, patch: Patch) -> Answer:
        """The answer to a Patch of which everything has arrived. Flush before sending it."""
        return self._answer(patch.call, patch.end(now), now)

    def sent(self, now: int, answer: Answer, *, delivered: bool = True) -> None:
        """The answer has left, or could not be delivered: the observation of what it told about an upload."""
        if answer.offered is not None:
            offered = msgspec.structs.replace(answer.offered, delivered=delivered)
            at = now - self._tools.registry.exams[answer.exam].origin
            self._tools.observer.saw(answer.exam, at, offered, candidate=answer.candidate)

    def stamped(self, answer: Answer, now: int) -> Response:
        """The response with the exam time at which it leaves, where it tells one."""
        response = answer.response
        if EXAM_TIME not in response.headers:
            return response
        exam_now = now - self._tools.registry.exams[answer.exam].origin
        return msgspec.structs.replace(response, headers={**response.headers, EXAM_TIME: str(exam_now)})

    def _run(self, call: Call) -> Patch | Answer:
        exposed(call)
        try:
            admit(call)
            result = scripted_failure(call) or perform(call)
        except Refused as refused:
            result = refusal(refused)
        except OSError as error:
            result = refusal(Refused("unavailable", f"服务端存储故障：{error.strerror}"))
        return result if isinstance(result, Patch) else self._answer(call, result, call.now)

    def _answer(self, call: Call, result: Result, now: int) -> Answer:
        delay = result.delay_ms
        if call.exam is not None:
            faults, exam_now = call.tools.faults, call.exam_now
            stall = faults.on_operation(call.exam.id, "stall", call.operation, exam_now)
            delay += stall.delay_ms if stall is not None else 0
            if result.status == 200 and faults.on_operation(call.exam.id, "lose", call.operation, exam_now):
                result.body = b""
            self._served(call, result, now + delay)
        headers = dict(result.headers)
        if call.of_exam:
            headers[EXAM_TIME] = str(call.exam_time(now + delay))
        if call.operation in routing.TUS:
            headers |= TUS_HEADERS
        body = b"" if call.request.method == "HEAD" else result.body
        return Answer(
            response=Response(status=result.status, headers=headers, body=body),
            delay_ms=delay,
            exam=call.exam.id if call.exam is not None else "",
            candidate=call.seat_or_none.entrant.admission_number if call.seat_or_none is not None else "",
            offered=result.offered,
        )

    def _served(self, call: Call, result: Result, until: int) -> None:
        served = Served(
            operation=call.operation,
            role=Role.PHONE if call.operation is Operation.PHONE_BIND else call.role,
            status=result.status,
            problem=result.problem,
            subject=result.subject or call.subject or call.param,
            detail={**result.detail, "url_holds": call.url_holds} if call.url_holds else result.detail,
        )
        call.saw(served, until_ms=call.exam_time(until) if until > call.now else None)
