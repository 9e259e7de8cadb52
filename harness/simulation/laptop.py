"""The ideal laptop client (智试云): what it does when pressed, when time passes, and when the service answers.

Laws: a stage begins and ends at its due time, whatever the network does; the question is fetched from T0 on and never before; recording runs
from entry to the end; success is shown once the service holds every byte. It looks by itself at the plan's moments and at the ends
of the stages that follow the lesson's start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, Literal

from harness.core.events import Operation, PreviewSeen, Reported, Yielded
from harness.core.view import RUNNING, Act, AlertCode, Page, Role, Stream
from harness.simulation.client import DONE, Outcome
from harness.simulation.laptop_state import LaptopState
from harness.simulation.laptop_view import AFTER, IN_INTERVIEW
from harness.simulation.pages import OFFERS, STAGE_OF, Cause
from harness.simulation.service import Answer
from harness.simulation.uploads import send, send_again, settle
from harness.simulation.world import POLL_MS

_ALWAYS: Final = frozenset({Act.LEAVE, Act.RETURN, Act.CLOSE, Act.SCREENSHOT, Act.COPY})
_REFUSALS: Final = {
    "face-mismatch": AlertCode.FACE_MISMATCH,
    "face-covered": AlertCode.FACE_COVERED,
    "second-session": AlertCode.SECOND_SESSION,
}
_WAYS: Final[tuple[Literal["select", "copy", "drag", "print"], ...]] = ("select", "copy", "drag", "print")
_AT_ONCE: Final = -(10**12)  # something is to be looked at now
_NEVER: Final = 10**12


class Laptop(LaptopState):
    """The laptop's behaviour."""

    _due = _AT_ONCE  # nothing becomes due before this exam time
    _reported = 0  # so many boundaries of stages were reported

    # -- life ----------------------------------------------------------------------------------------------------------

    def watch(self) -> None:
        """From now on it looks at each of the plan's moments."""
        plan = self.world.plan
        windows, waits = plan.windows, plan.spans.lesson_start
        moments = [windows.login_opens, windows.entry_opens, windows.entry_closes, 0, plan.preparation_ends]
        if waits is not None:
            moments.append(plan.preparation_ends + waits)
        for moment in moments:
            if moment > self.world.now:
                self.world.after(moment - self.world.now, self._look)
        if waits is not None:
            self._watch_stages()  # which are known unless the candidate starts before

    def _watch_stages(self) -> None:
        """From now on it looks at the end of each stage from the lesson on."""
        for span in self.course.stages[1:]:
            self.world.after(span.to_ms - self.world.now, self._look)

    def opened(self) -> None:
        """The process is up: fresh, or where it was."""
        self.ask(Operation.EXAM)
        self.ask(Operation.SESSION)
        self.look_at_devices()
        self._choose_first()
        self.forget()
        if self.life == 1:
            self.open_devices(self.chosen[kind] for kind in ("camera", "microphone") if kind in self.chosen)
        elif self.page in IN_INTERVIEW:
            if self._ended_meanwhile():
                self.advance()
            else:
                self.ask(Operation.ENTRY, self._readmitted, rejoined="true")
        else:
            self.turn(Cause.RESTARTED)
            if self.page is Page.BIND:
                self._get_code()
        self._look()

    def _ended_meanwhile(self) -> bool:
        """The interview was over before this client could come back to it: there is nothing to enter, and much to upload."""
        return self.course.ends is not None and self.world.now >= self.course.ends

    def _readmitted(self, answer: Answer) -> None:
        if not answer.granted and not self._ended_meanwhile():
            self.not_readmitted = True
            self.course.finished = self.world.now
            self.turn(Cause.NOT_READMITTED)
            self._over()
            return
        self.report(Reported(what="gap", role=Role.LAPTOP, claimed_ms=self.world.now))
        self.course_changed()
        self.advance()
        if self.page in IN_INTERVIEW:
            self._record()

    # -- time ----------------------------------------------------------------------------------------------------------

    def advance(self) -> None:
        """Does what has become due by exam time."""
        now = self.world.now
        if now < self._due or self.page not in IN_INTERVIEW or not self.alive:
            return
        before = self.page
        while (cause := self._cause(now)) is not None and self.turn(cause):
            pass
        self._report_boundaries(now)
        if self.page is not before:
            self._arrived()
        self._due = self._next_due(now)

    def course_changed(self) -> None:
        """Something may have become due."""
        self._due = _AT_ONCE

    def _look(self) -> None:
        self.advance()
        self.show()

    def _cause(self, now: int) -> Cause | None:
        """Why the page is to be left now."""
        page, course = self.page, self.course
        if page not in RUNNING:
            return self._cause_before(now)
        if course.finished is not None and now >= course.finished:
            return Cause.FINISHED
        stage = STAGE_OF[page]
        over = [span.to_ms for span in course.stages if span.stage is stage]
        if not over or now < over[0]:
            return None
        if page is Page.LESSON:
            return Cause.LESSON_OVER_ART if self.world.script.track == "art" else Cause.LESSON_OVER
        return _OVER[page]

    def _cause_before(self, now: int) -> Cause | None:
        """Why a page before the first stage is to be left now."""
        if self.page is Page.WAITING:
            return Cause.T0 if now >= 0 else None
        return Cause.OVER if self.page is Page.DEVICES and self._ended_meanwhile() else None

    def _next_due(self, now: int) -> int:
        if now < 0:
            return 0
        edges = (edge for span in self.course.stages for edge in (span.from_ms, span.to_ms))
        return min((edge for edge in edges if edge > now), default=_NEVER)

    def _report_boundaries(self, now: int) -> None:
        for index, (stage, what, at_ms) in enumerate(self.course.boundaries(now)):
            if index >= self._reported:
                self._reported = index + 1
                self.report(Reported(what=what, role=Role.LAPTOP, stage=stage, claimed_ms=at_ms))

    def _arrived(self) -> None:
        """Another page of the interview has come."""
        self.asking = False
        if self.page in RUNNING and not self.question:
            self._fetch()
        elif self.page is Page.UPLOAD:
            self._over()
        if self.page is Page.LESSON:
            self._preview(self.life)

    def _preview(self, life: int) -> None:
        """The page shows what the camera sees; somebody looks each second."""
        if self.page is not Page.LESSON or not self.alive or self.life != life:
            return
        camera = self.world.devices.get(self.in_use.get("camera", ""))
        if camera is not None:
            seen = PreviewSeen(role=Role.LAPTOP, device=camera.number, frame_ms=self.world.now)
            self.world.note("laptop", seen)
        self.world.after(POLL_MS, lambda: self._preview(life))

    # -- the question --------------------------------------------------------------------------------------------------

    def _fetch(self) -> None:
        self.ask(Operation.QUESTION, self._question_came)

    def _question_came(self, answer: Answer) -> None:
        if answer.granted and not answer.empty:
            self.question = self.world.plan.tracks[self.world.script.track].question
        else:
            self.world.after(POLL_MS, self._fetch_again)
        self.show()

    def _fetch_again(self) -> None:
        if self.alive and not self.question and self.page in RUNNING:
            self._fetch()

    # -- recording -----------------------------------------------------------------------------------------------------

    def _choose_first(self) -> None:
        """The first device of a kind is chosen, where none is or the chosen one is gone."""
        for each in self.present():
            if self.chosen.get(each.kind) not in self.world.devices:
                self.chosen[each.kind] = each.id
        self._list()

    def _list(self) -> None:
        self.listed = tuple(self.present())
        self._shown_devices = None

    def _record(self) -> None:
        """Camera with microphone, and the screen, from now on."""
        for tape in self.tapes.values():
            segment = tape.start(self.world.now)
            self.world.environment.process(send(self, segment))
        self.in_use = dict(self.chosen)
        self._report_lost(self.lost())
        self._take()

    def _report_lost(self, kinds: Iterable[str]) -> None:
        """The service is told what is not recorded any more, or never was."""
        for kind in kinds:
            what: Literal["capture-stopped", "device-lost"] = "capture-stopped" if kind == "screen" else "device-lost"
            self.report(Reported(what=what, role=Role.LAPTOP, claimed_ms=self.world.now, text=kind))

    def _take(self) -> None:
        """What is recorded is what is in use and there."""
        devices = self.world.devices
        self.open_devices(self.in_use.values())
        number = {kind: devices[each].number for kind, each in self.in_use.items() if each in devices}
        self.tapes[Stream.CAMERA].take(self.world.now, number.get("camera"), number.get("microphone"))
        self.tapes[Stream.SCREEN].take(self.world.now, number.get("screen"), None)

    def devices_changed(self) -> None:
        """Something was plugged in or pulled out."""
        if not self.alive:
            return
        self.advance()
        self.look_at_devices()
        if self.page not in IN_INTERVIEW:
            self._choose_first()
        if self.page in IN_INTERVIEW and self.in_use:
            screens = self.plugged("screen")
            if screens and self.in_use.get("screen") not in self.world.devices:
                self.in_use["screen"] = self.chosen["screen"] = screens[0].id
            self._report_lost(kind for kind in self.lost() if self.in_use.get(kind) in self._opened)
            self._take()
            if self.page in RUNNING:
                self._list()
        if self.refusal is AlertCode.EXTENDED_DISPLAY and not self.extended:
            self.refusal = None
        self.show()

    # -- the end -------------------------------------------------------------------------------------------------------

    def _over(self) -> None:
        """The interview has ended: everything stops, and the question goes."""
        ends = self.course.ends
        self.service.ended_ms = ends
        for tape in self.tapes.values():
            if tape.rolling is not None:
                settle(self.world, tape.rolling)
            tape.stop(self.world.now)
        self.in_use = {}
        self.open_devices(())
        self.question = ""
        due = (self.world.now if ends is None else ends) + self.world.plan.spans.upload_deadline
        self.world.after(max(0, due - self.world.now), self._deadline_came)

    def _deadline_came(self) -> None:
        self.overdue = self.page is Page.UPLOAD
        self.show()

    def held(self) -> None:
        """The service has confirmed one more segment."""
        if self.page is Page.UPLOAD and self.complete:
            self.turn(Cause.HELD)
            self.closing = False
        if self.page in AFTER:
            self.show()

    # -- presses -------------------------------------------------------------------------------------------------------

    def do(self, act: Act, args: dict[str, str]) -> Outcome:
        """The candidate presses a control, or does what needs none."""
        if not self.alive:
            return Outcome("refused", "the client is not running")
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
        self.ask(Operation.READ, subject=name)
        return None

    def _enter(self, args: dict[str, str]) -> None:
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


_OVER: Final = {
    Page.PREPARATION: Cause.PREPARATION_OVER,
    Page.SKILL_TEST: Cause.SKILL_TEST_OVER,
    Page.PRESENTATION: Cause.PRESENTATION_OVER,
}

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
