"""The phone client (智试通): binds, films the evidence with the front camera until the candidate stops it, then uploads it.

Laws: nothing is recorded before the binding; filming goes on through outages, a laptop that is gone and the candidate leaving the app; it
stops only when the candidate stops it; success is shown only when the service holds every byte. Killed and started again, it uploads
what it had, films on, reports the gap, and can be bound anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar, Final, Literal

import msgspec

from clients.headless import texts
from clients.headless.core import DONE, Core, Handler
from clients.headless.links import keyed
from clients.headless.recordings import Segment, Source
from clients.headless.uploader import Uploads
from harness.protocol.capture import Capture
from harness.protocol.client import DoResult, Storage
from harness.protocol.exam_api import BindBody, BindReply, SessionState
from harness.protocol.messages import Push, Request, Response, json_body
from harness.protocol.vocabulary import Act, Alert, AlertCode, Page, Role, Stream, View

DOCUMENT: Final = "phone"
PROBLEM_ALERTS: Final[dict[str, AlertCode]] = {
    "wrong-code": AlertCode.WRONG_CODE,
    "code-expired": AlertCode.CODE_EXPIRED,
    "code-used": AlertCode.CODE_USED,
}
REFUSALS: Final = (*PROBLEM_ALERTS.values(), AlertCode.OTHER)


class Kept(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What the phone knows after it was killed."""

    token: str = ""
    stopped: bool = False


class CompleteUploads(Uploads):
    """Evidence goes up when it is complete: while it is filmed, the network is the laptop's."""

    def may_send(self, segment: Segment) -> bool:
        """Not while it grows."""
        return segment.complete


class Phone(Core):
    """The phone client without IO: `Phone(storage=…, capture=…, mint=…)`."""

    role: ClassVar[Role] = Role.PHONE
    uploads_type: ClassVar[type[Uploads]] = CompleteUploads

    def __init__(self, *, storage: Storage, capture: Capture, mint: Callable[[], str]) -> None:
        kept = storage.load(DOCUMENT)
        self.kept = msgspec.json.decode(kept, type=Kept) if kept else Kept()
        super().__init__(storage=storage, capture=capture, mint=mint)
        self.asked_to_stop = False
        self._asked_at = 0
        self.recording_from: int | None = None
        self._gap_reported = not self.journal.interrupted
        self._lost = False

    def save(self) -> None:
        """Keeps what must survive."""
        self.storage.save(DOCUMENT, msgspec.json.encode(self.kept))

    def bearer(self) -> str:
        """The binding's token."""
        return self.kept.token

    def began(self, now: int) -> None:
        """Bound already: the plan is asked for again."""
        if self.kept.token:
            self.ask_exam()
        super().began(now)

    # -- binding -----------------------------------------------------------------------------------------------------

    def bind(self, body: BindBody) -> DoResult:
        """By the code that was typed, or what was scanned."""
        self.unsay(*REFUSALS)
        request = Request(
            method="POST",
            path="/v1/phone/bind",
            headers={"content-type": "application/json"},
            body=json_body(body),
        )
        self.links.ask("bind", keyed(request, self.mint()), self.bind_answered)
        return DONE

    def bind_answered(self, reply: Response, now: int) -> None:
        """Bound, or not and why."""
        if reply.ok:
            self.bound(reply.decode(BindReply), now)
        else:
            problem = reply.problem
            self.say(PROBLEM_ALERTS.get(problem.code if problem is not None else "", AlertCode.OTHER))

    def bound(self, binding: BindReply, now: int) -> None:
        """Filming begins by itself."""
        self.kept.token = binding.token
        self.kept.stopped = False
        self.save()
        self.learn_exam(binding.exam)
        self.links.drop("events")
        self.ask_session(now)

    def rejected(self, now: int) -> None:
        """The desk has released this phone: what was filmed stays, and is uploaded once it is bound again."""
        del now
        self.kept.token = ""
        self.save()

    # -- filming -----------------------------------------------------------------------------------------------------

    def filmed_camera(self) -> str | None:
        """The front camera."""
        return self.first("camera", "user")

    def is_filming(self) -> bool:
        """From the binding until the candidate's stop, whatever else happens."""
        return bool(self.kept.token) and not self.kept.stopped

    def wanted(self) -> dict[Stream, Source]:
        """Evidence: the front camera with the microphone."""
        camera = self.filmed_camera()
        if not self.is_filming() or camera is None:
            return {}
        return {Stream.EVIDENCE: Source(camera, self.first("microphone"))}

    def interview_is_over(self) -> bool:
        """As far as the service has said."""
        return self.session is not None and self.session.ended_ms is not None

    def press_stop(self, now: int) -> DoResult:
        """Before the end of the interview, stopping asks first; meanwhile the service is asked whether it is over."""
        if self.interview_is_over():
            return self.stop()
        self.asked_to_stop = True
        self._asked_at = self.exam_time
        self.ask_session(now)
        return DONE

    def stop(self) -> DoResult:
        """The candidate stops it: the upload follows by itself."""
        self.asked_to_stop = False
        self.kept.stopped = True
        self.save()
        return DONE

    def leave(self, what: Literal["app-left", "gap"]) -> DoResult:
        """The candidate left the app: filming goes on, and it is reported."""
        if self.is_filming():
            self.reports.incident(what, self.exam_time)
        return DONE

    def report_gap(self) -> None:
        """After a kill: the recording has a gap."""
        if not self._gap_reported and self.recordings.running and self.clock.known:
            self._gap_reported = True
            self.reports.incident("gap", self.exam_time, "录制中断，现已继续")

    def tell_lost_camera(self) -> None:
        """A camera or microphone that is not there, or gone, is said and reported."""
        lost = self.is_filming() and (self.filmed_camera() is None or Stream.EVIDENCE in self.recordings.failed)
        self.say(AlertCode.NO_CAMERA) if lost else self.unsay(AlertCode.NO_CAMERA)
        deaf = self.is_filming() and self.first("microphone") is None
        self.say(AlertCode.NO_MICROPHONE) if deaf else self.unsay(AlertCode.NO_MICROPHONE)
        if lost and not self._lost and self.clock.known:
            self.reports.incident("device-lost", self.exam_time)
        self._lost = lost

    # -- uploading ---------------------------------------------------------------------------------------------------

    def upload_is_complete(self) -> bool:
        """The service holds every byte that was filmed."""
        return self.kept.stopped and not self.recordings.running and self.uploads.complete()

    def retry(self) -> DoResult:
        """【重新上传】."""
        self.links.hurry()
        self.uploads.retry()
        return DONE

    def learned(self, session: SessionState, now: int) -> None:
        """An interview that was over when the stop was asked about answers it; once results are published, recordings may go."""
        del now
        if self.asked_to_stop and session.ended_ms is not None and session.ended_ms <= self._asked_at:
            self.stop()
        if session.published and self.upload_is_complete():
            self.discard_recordings()

    def told(self, push: Push, now: int) -> None:
        """Pushes only hurry what polling would find."""
        del push
        self.links.drop("session")
        self.ask_session(now)

    # -- together ----------------------------------------------------------------------------------------------------

    @property
    def page(self) -> Page:
        """Where the phone stands."""
        if self.kept.stopped:
            return Page.DONE if self.upload_is_complete() else Page.UPLOAD
        return Page.FILMING if self.kept.token else Page.PAIR

    def step(self, now: int) -> None:
        """What the phone does by itself."""
        del now
        self.tell_lost_camera()
        self.report_gap()

    def handlers(self) -> Mapping[Act, Handler]:
        """Every act that the phone knows."""
        return {
            Act.SCAN: lambda args, _now: self.bind(BindBody(payload=args.get("payload", ""))),
            Act.TYPE_CODE: lambda args, _now: self.bind(BindBody(code=args.get("code", "").strip())),
            Act.STOP: lambda _args, now: self.press_stop(now),
            Act.CONFIRM: lambda _args, _now: self.stop(),
            Act.CANCEL: lambda _args, _now: self.cancel(),
            Act.RETRY: lambda _args, _now: self.retry(),
            Act.CLOSE: lambda _args, _now: self.close_app(),
            Act.LEAVE: lambda _args, _now: self.leave("app-left"),
            Act.RETURN: lambda _args, _now: DONE,
        }

    def cancel(self) -> DoResult:
        """No: filming goes on."""
        self.asked_to_stop = False
        return DONE

    def close_app(self) -> DoResult:
        """Not while it films or uploads."""
        if self.page in (Page.PAIR, Page.DONE):
            return DONE
        return DoResult("refused", "evidence is being filmed or uploaded")

    def controls(self) -> dict[Act, bool]:
        """What is offered now."""
        free = not self.links.asking("bind")
        match self.page:
            case Page.PAIR:
                return {Act.SCAN: free, Act.TYPE_CODE: free, Act.CLOSE: True}
            case Page.FILMING:
                asking = {Act.CONFIRM: True, Act.CANCEL: True} if self.asked_to_stop else {}
                again = {Act.SCAN: free, Act.TYPE_CODE: free} if self.journal.interrupted else {}
                return {Act.STOP: True, **asking, **again, Act.CLOSE: True}
            case _:
                return {Act.RETRY: True, Act.CLOSE: True}

    def alerts(self) -> tuple[Alert, ...]:
        """Everything that is said now."""
        codes = [AlertCode.CONFIRM_STOP] if self.asked_to_stop else []
        if self.page is Page.DONE:
            codes.append(AlertCode.UPLOAD_DONE)
        elif self.page is Page.UPLOAD and self.uploads.failing():
            codes.append(AlertCode.UPLOAD_FAILED)
        return (*super().alerts(), *(self.sentence(code) for code in codes))

    def compose(self) -> View:
        """The whole view."""
        says = {Page.FILMING: (texts.PAN, texts.PLACE), Page.UPLOAD: (texts.UPLOADING_EVIDENCE,)}
        return View(
            page=self.page,
            controls=self.control_states(),
            alerts=self.alerts(),
            upload=self.uploads.shown() if self.kept.stopped else {},
            network=self.network(),
            recording=bool(self.recordings.running),
            text=says.get(self.page, ()),
        )
