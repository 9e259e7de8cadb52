"""The ideal phone client (智试通): binds by code or QR code, films from then on, uploads once the candidate has stopped it.

Laws: filming starts with the binding and stops only when the candidate says so (who is asked first while the interview runs), whatever the
laptop or the network do, and in the background too; success is shown once the service holds every byte. It waits for nothing by itself: its
upload is its only process.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from harness.core.events import Operation, Reported
from harness.core.view import Act, AlertCode, Page, Role, Stream, UploadShown, View
from harness.simulation.client import DONE, Client, Outcome
from harness.simulation.network import Network
from harness.simulation.pages import ASKING, OFFERS, Cause, controls
from harness.simulation.service import Answer, Service
from harness.simulation.uploads import send, send_again
from harness.simulation.wording import alert
from harness.simulation.world import World

_REFUSALS: Final = {
    "wrong-code": AlertCode.WRONG_CODE,
    "code-expired": AlertCode.CODE_EXPIRED,
    "code-used": AlertCode.CODE_USED,
}
_ADVICE: Final = ("请用前置摄像头环拍360度，确保本人在镜头内；随后将手机固定在侧后方45度位置。",)
_AFTER: Final = frozenset((Page.UPLOAD, Page.DONE))


class Phone(Client):
    """The phone."""

    role = Role.PHONE
    source = "phone"
    first_page = Page.PAIR

    def __init__(self, world: World, network: Network, service: Service) -> None:
        super().__init__(world, network, service, (Stream.EVIDENCE,))
        self.refusal: AlertCode | None = None
        self.asking = False
        self._killed_ms: int | None = None
        self._sent = 0  # so many segments are on their way, or there

    # -- the view ------------------------------------------------------------------------------------------------------

    def facts(self) -> tuple[Any, ...]:
        """Every fact that the view depends on."""
        page = self.page
        progress = self.tapes[Stream.EVIDENCE].progress() if page in _AFTER else None
        retries = (self._can_retry,) if page in _AFTER else ()
        return page, self.asking, tuple(self._codes()), retries, self.online, progress

    def picture(self, facts: Any) -> View:
        """The view of these facts."""
        return _draw(facts, self.contact)

    @property
    def _can_retry(self) -> bool:
        return self.trouble if self.page is Page.UPLOAD else not self.published

    def _codes(self) -> list[AlertCode]:
        codes = [] if self.refusal is None else [self.refusal]
        if self.asking:
            codes.append(AlertCode.CONFIRM_STOP)
        if self.page is Page.UPLOAD and self.trouble:
            codes.append(AlertCode.UPLOAD_FAILED)
        if self.page is Page.DONE:
            codes.append(AlertCode.UPLOAD_DONE)
        return codes

    # -- what happens to it --------------------------------------------------------------------------------------------

    def opened(self) -> None:
        """The process is up: fresh, or to be bound again."""
        self.refusal, self.asking = None, False
        self.turn(Cause.RESTARTED)
        self._upload()
        self.show()

    def kill(self) -> None:
        """SIGKILL, with all that it was doing."""
        if self.alive and self.page is Page.FILMING:
            self._killed_ms = self.world.now
        super().kill()

    def devices_changed(self) -> None:
        """A camera or microphone of the phone was plugged in or pulled out."""
        if self.alive and self.page is Page.FILMING:
            self._take()

    def held(self) -> None:
        """The service has confirmed one more segment."""
        if self.page is Page.UPLOAD and all(each.finished for each in self.tapes[Stream.EVIDENCE].segments):
            self.turn(Cause.HELD)
        self.show()

    def released(self) -> None:
        """The desk has released this phone from its binding."""
        if self.turn(Cause.RELEASED):
            self._stop()
            self.show()

    # -- presses -------------------------------------------------------------------------------------------------------

    def do(self, act: Act, args: dict[str, str]) -> Outcome:
        """The candidate presses a control; leaving the app and coming back need none."""
        if act in (Act.LEAVE, Act.RETURN):
            return DONE  # filming goes on in the background
        offered = act in OFFERS[self.page] or (self.asking and act in ASKING)
        if not offered or (act is Act.RETRY and not self._can_retry):
            return Outcome("refused", f"{act.value} can't be pressed on page {self.page.value}")
        self.pressed = True
        match act:
            case Act.SCAN:
                self.ask(Operation.PHONE_BIND, self._bound, payload=args.get("payload", ""))
            case Act.TYPE_CODE:
                self.ask(Operation.PHONE_BIND, self._bound, code=args.get("code", ""))
            case Act.STOP if self.service.ended_ms is None:
                self.asking = True
            case Act.STOP | Act.CONFIRM:
                self.turn(Cause.STOPPED)
                self._stop()
            case Act.CANCEL:
                self.asking = False
            case _:
                send_again(self)
        self.pressed = False
        self.show()
        return DONE

    def _bound(self, answer: Answer) -> None:
        self.refusal = None if answer.granted else _REFUSALS.get(answer.problem)
        if answer.granted and self.turn(Cause.BOUND):
            self.tapes[Stream.EVIDENCE].start(self.world.now)
            self._take()
            if self._killed_ms is not None:
                self.report(Reported(what="gap", role=Role.PHONE, claimed_ms=self._killed_ms))
                self._killed_ms = None
        self.show()

    def _take(self) -> None:
        """The front camera films, with the phone's microphone."""
        mine = [each for each in self.world.devices.values() if each.role is Role.PHONE]
        camera = next((each for each in mine if each.kind == "camera" and each.facing == "user"), None)
        microphone = next((each for each in mine if each.kind == "microphone"), None)
        self.open_devices(each.id for each in (camera, microphone) if each is not None)
        picture, sound = (None if each is None else each.number for each in (camera, microphone))
        self.tapes[Stream.EVIDENCE].take(self.world.now, picture, sound)

    def _stop(self) -> None:
        self.asking = False
        self.tapes[Stream.EVIDENCE].stop(self.world.now)
        self.open_devices(())
        self._upload()

    def _upload(self) -> None:
        """Sends what was recorded and is not on its way yet."""
        segments = self.tapes[Stream.EVIDENCE].segments
        for segment in segments[self._sent :]:
            self.world.environment.process(send(self, segment))
        self._sent = len(segments)


@lru_cache(maxsize=1_024)
def _draw(facts: tuple[Any, ...], contact: str) -> View:
    page, asking, codes, retries, online, progress = facts
    told = tuple(alert(code, contact) for code in codes)
    upload = {}
    if progress is not None:
        stream, sent, total, done = progress
        upload[stream] = UploadShown(sent, total, "done" if done else "sending")
    return View(
        page=page,
        controls=controls(page, retries, asking),
        alerts=told if online else (*told, alert(AlertCode.OFFLINE)),
        upload=upload,
        network="online" if online else "offline",
        recording=page is Page.FILMING,
        text=_ADVICE if page is Page.FILMING else (),
    )
