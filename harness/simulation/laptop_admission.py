"""The ideal laptop client up to the entry: consent, the face, the code for the phone, and what must have been read.

Laws: no picture is taken before the service knows of the consent; a code is asked for whenever there is none. Part of `laptop`.
"""

from __future__ import annotations

from typing import Final

from harness.core.events import Operation
from harness.core.view import AlertCode, Page
from harness.simulation.client import Outcome
from harness.simulation.laptop_state import LaptopState
from harness.simulation.pages import Cause
from harness.simulation.service import Answer

_REFUSALS: Final = {
    "face-mismatch": AlertCode.FACE_MISMATCH,
    "face-covered": AlertCode.FACE_COVERED,
    "second-session": AlertCode.SECOND_SESSION,
}


class LaptopAdmission(LaptopState):
    """What is pressed before the entry, and what the service answers to it."""

    def _proceed(self, args: dict[str, str]) -> None:
        self.turn(Cause.PROCEED)
        if self.page is Page.LOGIN and self.logged_in:
            self.logged_in_now()

    def _consent(self, args: dict[str, str]) -> None:
        self.refusal = None
        self.ask(Operation.CONSENT, self._consent_taken, given="true")

    def _consent_taken(self, answer: Answer) -> None:
        """The picture may be taken once the service knows of the consent, and not if it was taken back meanwhile."""
        self.consented = answer.granted and self.refusal is None
        self.show()

    def _decline(self, args: dict[str, str]) -> None:
        self.consented = False
        self.refusal = AlertCode.OTHER
        self.ask(Operation.CONSENT, given="false")

    def _login(self, args: dict[str, str]) -> None:
        if self.extended:
            self.refusal = AlertCode.EXTENDED_DISPLAY
            return
        camera = self.world.devices[self.chosen["camera"]].number
        self.ask(Operation.LOGIN, self._login_answered, device=str(camera), captured_ms=str(self.world.now))

    def _login_answered(self, answer: Answer) -> None:
        self.refusal = None if answer.granted else _REFUSALS.get(answer.problem)
        if answer.granted:
            self.logged_in_now()
        else:
            self.show()

    def logged_in_now(self) -> None:
        """The face matched, or the desk has completed the login."""
        self.logged_in, self.refusal = True, None
        if self.turn(Cause.LOGGED_IN):
            self._get_code()
        self.show()

    def _get_code(self) -> None:
        self.ask(Operation.BINDING, self._code_came)

    def _code_came(self, answer: Answer) -> None:
        self.code = self.service.code if answer.granted else ""
        self.show()

    def _show_code(self, args: dict[str, str]) -> None:
        self.code_shown = True
        self._get_code()

    def binding_changed(self) -> None:
        """The service told us that a phone was bound, or released."""
        self.bound, self.code_shown = self.service.bound is not None, False
        if not self.bound:
            self._get_code()
        self.show()

    def _open(self, args: dict[str, str]) -> Outcome | None:
        name = args.get("id", "")
        if all(each.id != name for each in self.world.plan.attachments):
            return Outcome("refused", f"no attachment is called {name!r}")
        self.ask(Operation.ATTACHMENT, lambda answer: self._file_came(name, answer), subject=name)
        return None

    def _file_came(self, name: str, answer: Answer) -> None:
        self.not_loaded = not answer.granted or answer.empty
        if not self.not_loaded:
            self.opened_files = tuple(dict.fromkeys((*self.opened_files, name)))
        self.show()

    def _read(self, args: dict[str, str]) -> Outcome | None:
        name = args.get("id", "")
        if name not in self.opened_files:
            return Outcome("refused", f"{name} was not opened")
        self.read_files = tuple(dict.fromkeys((*self.read_files, name)))
        self.not_read = False
        self.untold |= {name}
        self.ask(Operation.READ, lambda _answer: self._told_read(name), subject=name)
        return None

    def _told_read(self, name: str) -> None:
        self.untold -= {name}
        if not self.untold:
            self.all_told()

    def all_told(self) -> None:
        """The service knows of everything that was read."""
