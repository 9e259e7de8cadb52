"""The ideal laptop client as time passes: its life, the stages, the question, what is recorded, and the end.

Laws: a stage begins and ends at its due time, whatever the network does; the question is fetched from T0 on and never before; recording runs
from entry to the end; success is shown once the service holds every byte. It looks by itself at the plan's moments and at the ends
of the stages that follow the lesson's start. Part of `laptop`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from harness.core.events import Operation, PreviewSeen, Reported
from harness.core.view import RUNNING, AlertCode, Page, Role, Stream
from harness.simulation.laptop_admission import LaptopAdmission
from harness.simulation.laptop_view import AFTER, IN_INTERVIEW
from harness.simulation.pages import STAGE_OF, Cause
from harness.simulation.service import Answer
from harness.simulation.uploads import send, settle
from harness.simulation.world import POLL_MS

_AT_ONCE: Final = -(10**12)  # something is to be looked at now
_NEVER: Final = 10**12
_OVER: Final = {
    Page.PREPARATION: Cause.PREPARATION_OVER,
    Page.SKILL_TEST: Cause.SKILL_TEST_OVER,
    Page.PRESENTATION: Cause.PRESENTATION_OVER,
}


class LaptopCourse(LaptopAdmission):
    """What nobody presses for."""

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
        before = self.page
        self.advance()
        if self.page in IN_INTERVIEW:
            self._record()
        if self.page is before:  # where it was killed; any other page it has come to by now
            self._look_at_the_preview()

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
        self._look_at_the_preview()

    def _look_at_the_preview(self) -> None:
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
