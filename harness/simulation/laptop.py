"""The ideal laptop client (智试云): what it does when pressed. What is pressed before the entry stands in `laptop_admission`, and what happens
without a press in `laptop_course`.

Laws: a press that is not offered is refused and says why; what is due by the time of a press comes before it, and what a press makes due
comes with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from harness.core.events import Operation, Reported, Yielded
from harness.core.view import RUNNING, Act, Page, Role
from harness.simulation.client import DONE, Outcome
from harness.simulation.laptop_course import LaptopCourse
from harness.simulation.laptop_view import AFTER, IN_INTERVIEW
from harness.simulation.pages import OFFERS, Cause
from harness.simulation.service import Answer
from harness.simulation.uploads import send_again

_ALWAYS: Final = frozenset({Act.LEAVE, Act.RETURN, Act.CLOSE, Act.SCREENSHOT, Act.COPY})
_WAYS: Final[tuple[Literal["select", "copy", "drag", "print"], ...]] = ("select", "copy", "drag", "print")


class Laptop(LaptopCourse):
    """The laptop's behaviour."""

    def do(self, act: Act, args: dict[str, str]) -> Outcome:
        """The candidate presses a control, or does what needs none."""
        self.advance()
        asked = self.asking and act in (Act.CONFIRM, Act.CANCEL)
        offered = asked or act in OFFERS[self.page] or act in _ALWAYS
        if not offered or (act not in _ALWAYS and not asked and not self.can(act)):
            self.not_read = self.page is Page.ATTACHMENTS and act is Act.PROCEED
            self.entering_again = self.page in AFTER and act is Act.ENTER
            self.show()
            return Outcome("refused", f"{act.value} can't be pressed on page {self.page.value}")
        self.pressed = True
        handler = _PRESSES.get(act)
        outcome = DONE if handler is None else handler(self, args) or DONE
        self.advance()
        self.pressed = False
        self.show()
        return outcome

    def _enter(self, args: dict[str, str]) -> None:
        self.entering = True
        if not self.untold:  # whoever has not told yet what was read would be sent back for that
            self.all_told()

    def all_told(self) -> None:
        """The entry that waited for it is asked for."""
        if self.entering:
            self.entering = False
            self.ask(Operation.ENTRY, self._entry_answered)

    def _entry_answered(self, answer: Answer) -> None:
        if answer.granted and self.entered_ms is None:
            self.entered_ms = self.world.now
            self.turn(Cause.ENTERED)
            self._choose_first()
            self._record()
        self.show()

    def _wait(self, args: dict[str, str]) -> None:
        self.turn(Cause.WAIT)
        self.course_changed()
        self.in_use = dict(self.chosen)
        self._take()

    def _choose(self, args: dict[str, str]) -> Outcome | None:
        spec = next((each for each in self.listed if each.id == args.get("id")), None)
        if spec is None or spec.id not in self.world.devices:
            return Outcome("refused", f"{args.get('id')!r} is not listed, or gone")
        self.chosen[spec.kind] = spec.id
        self._shown_devices = None
        if self.page in RUNNING:
            self.in_use = dict(self.chosen)
            self._take()
        return None

    def _refresh_devices(self, args: dict[str, str]) -> None:
        self._choose_first()

    def _start(self, args: dict[str, str]) -> None:
        self.course.start(self.world.now)
        self.course_changed()
        self._watch_stages()

    def _finish(self, args: dict[str, str]) -> None:
        self.asking = True

    def _confirm(self, args: dict[str, str]) -> None:
        self.asking = False
        art, course = self.world.script.track == "art", self.course
        if art and self.page is Page.LESSON and course.lesson_from is not None:
            course.lesson_ended = self.world.now
        else:
            course.finished = self.world.now
        self.course_changed()

    def _cancel(self, args: dict[str, str]) -> None:
        self.asking = False

    def _help(self, args: dict[str, str]) -> None:
        self.ask(Operation.HELP, self._help_sent, text=args.get("text", ""))

    def _help_sent(self, answer: Answer) -> None:
        self.help = self.help or ""
        self.show()

    def answered(self, text: str) -> None:
        """The desk has answered the call for help."""
        self.help = text or self.help
        self.show()

    def _fetch_question(self, args: dict[str, str]) -> None:
        self._fetch()

    def _retry(self, args: dict[str, str]) -> None:
        send_again(self)

    def _leave(self, args: dict[str, str]) -> None:
        if self.page in IN_INTERVIEW:
            self.report(Reported(what="focus-lost", role=Role.LAPTOP, claimed_ms=self.world.now))

    def _return(self, args: dict[str, str]) -> None:
        if self.page in IN_INTERVIEW:
            self.report(Reported(what="focus-regained", role=Role.LAPTOP, claimed_ms=self.world.now))

    def _screenshot(self, args: dict[str, str]) -> None:
        if self.page in IN_INTERVIEW:
            self.report(Reported(what="screenshot", role=Role.LAPTOP, claimed_ms=self.world.now))

    def _copy(self, args: dict[str, str]) -> None:
        for way in _WAYS:
            self.world.note("laptop", Yielded(role=Role.LAPTOP, by=way))

    def _close(self, args: dict[str, str]) -> Outcome | None:
        if self.page in IN_INTERVIEW or self.page is Page.UPLOAD:
            self.closing = True
            return Outcome("refused", "the upload is not complete")
        self.close()
        return None


_PRESSES: Final[dict[Act, Callable[[Laptop, dict[str, str]], Outcome | None]]] = {
    Act.PROCEED: Laptop._proceed,
    Act.CONSENT: Laptop._consent,
    Act.DECLINE: Laptop._decline,
    Act.LOGIN: Laptop._login,
    Act.SHOW_CODE: Laptop._show_code,
    Act.OPEN: Laptop._open,
    Act.READ: Laptop._read,
    Act.ENTER: Laptop._enter,
    Act.WAIT: Laptop._wait,
    Act.CHOOSE: Laptop._choose,
    Act.REFRESH_DEVICES: Laptop._refresh_devices,
    Act.START: Laptop._start,
    Act.FINISH: Laptop._finish,
    Act.CONFIRM: Laptop._confirm,
    Act.CANCEL: Laptop._cancel,
    Act.HELP: Laptop._help,
    Act.FETCH_QUESTION: Laptop._fetch_question,
    Act.RETRY: Laptop._retry,
    Act.LEAVE: Laptop._leave,
    Act.RETURN: Laptop._return,
    Act.CLOSE: Laptop._close,
    Act.SCREENSHOT: Laptop._screenshot,
    Act.COPY: Laptop._copy,
}
