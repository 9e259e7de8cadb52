"""The laptop from entry to the end: entering, stages, question, help (the notice's sections five and seven).

Laws: stages follow the exam clock and what the candidate decided, never the network; each is reported with the exam time at which it was due;
the question is asked for from T0 on, and is nowhere but in memory. Base of `laptop.Laptop`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final, Literal

import msgspec

from clients.headless.core import DONE, Handler
from clients.headless.devices import Equipped
from clients.headless.links import keyed
from clients.headless.stages import Course, Schedule
from harness.protocol.client import DoResult
from harness.protocol.exam_api import EntryReply, ExamInfo, HelpReply, QuestionReply, SessionState
from harness.protocol.messages import Push, Request, Response
from harness.protocol.vocabulary import (
    RUNNING,
    Act,
    AlertCode,
    Countdown,
    Page,
    QuestionShown,
)

STEP_MS: Final = 1_000  # by which countdowns are shown
ANSWER_POLL_MS: Final = 2_000  # how often the desk's answer is asked for
# What every page from entry to the end offers.
ALWAYS: Final = {Act.CHOOSE: True, Act.REFRESH_DEVICES: True, Act.HELP: True, Act.SHOW_CODE: True}
CountdownStage = Literal["waiting", "preparation", "lesson", "skill_test", "presentation"]


class Interview(Equipped):
    """Pages devices, waiting, preparation, lesson, skill_test and presentation."""

    schedule_type: ClassVar[type[Schedule]] = Schedule
    schedule: Schedule | None = None
    question = ""
    waiting_for_answer = ""  # the id of a call for help that the desk has not answered
    asked_to_finish = False
    over_meanwhile = False  # the interview ended by its plan before this client, started again, could come back to it
    _question_at = 0
    _answer_at = 0

    def learn_exam(self, info: ExamInfo) -> None:
        """The plan makes the schedule."""
        super().learn_exam(info)
        self.schedule = self.schedule_type(info)

    # -- entering ----------------------------------------------------------------------------------------------------

    @property
    def course(self) -> Course:
        """What the candidate decided so far."""
        return self.kept.course

    def enter(self) -> DoResult:
        """【进入考试】: the service decides."""
        self.unsay(*(AlertCode.TOO_EARLY, AlertCode.TOO_LATE, AlertCode.NOT_READ, AlertCode.OTHER))
        self.links.ask("entry", keyed(Request(method="POST", path="/v1/entry"), self.mint()), self.entry_answered)
        return DONE

    def entry_answered(self, reply: Response, now: int) -> None:
        """Let in, or not and why."""
        if reply.ok:
            self.let_in(reply.decode(EntryReply), now)
        elif self.entered and reply.problem is not None and reply.problem.code == "ended":
            self.came_back_too_late(None, now)
        elif self.entered and reply.problem is not None and reply.problem.code == "too-late":
            self.not_readmitted(now)
        else:
            self.refused(reply.problem)

    def let_in(self, entry: EntryReply, now: int) -> None:
        """The interview's pages begin; recording follows by itself."""
        del now
        self.inside = True
        if not self.entered:
            self.kept.entered_ms = entry.entered_ms
            self.list_devices()
        self.save()

    def not_readmitted(self, now: int) -> None:
        """The service does not take back who left: what was recorded is uploaded."""
        self.say(AlertCode.TOO_LATE)
        self.end(self.exam_time, now)

    def learned(self, session: SessionState, now: int) -> None:
        """Where the session stands, after a restart above all: who had entered rejoins the running stage."""
        super().learned(session, now)
        if session.entered_ms is not None and self.kept.token and not self.inside and not self.ended:
            self.kept.entered_ms = session.entered_ms
            if self.course.lesson_started is None:
                self.course.lesson_started = session.lesson_started_ms
            if session.ended_ms is not None:
                self.came_back_too_late(session.ended_ms, now)
            else:
                self.enter()

    def came_back_too_late(self, ended_ms: int | None, now: int) -> None:
        """The interview was over before this client could come back to it; without `ended_ms` the plan says when."""
        planned = None if self.schedule is None else self.schedule.end(self.course)
        self.end(ended_ms or planned or self.exam_time, now)
        self.say(AlertCode.ENDED)
        self.over_meanwhile = True

    # -- stages ------------------------------------------------------------------------------------------------------

    def current_page(self) -> Page:
        """Where the interview stands: the device page until 【进入待考】, then what the schedule says."""
        if self.schedule is None or not self.clock.known:
            return self.page
        page = self.schedule.page_at(self.exam_time, self.course)
        if page is not Page.UPLOAD and not self.kept.waited:
            return Page.DEVICES
        return page

    def follow_stages(self, now: int) -> None:
        """Turns the page when its time has come, and reports every boundary that has passed."""
        if self.schedule is None or not self.clock.known:
            return
        self.report_boundaries()
        if self.ended:
            return
        page = self.current_page()
        if page is not self.page:
            self.page = page
            self.asked_to_finish = False
        if page is Page.UPLOAD:
            self.end(self.schedule.end(self.course) or self.exam_time, now)

    def report_boundaries(self) -> None:
        """Each beginning and end of a stage, once, with its exam time."""
        assert self.schedule is not None
        for boundary in self.schedule.boundaries(self.exam_time, self.course):
            if boundary.name not in self.kept.reported:
                self.kept.reported.append(boundary.name)
                self.save()
                at = max(boundary.at, self.kept.entered_ms or boundary.at) if boundary.at == 0 else boundary.at
                self.reports.stage(boundary.stage, boundary.kind, at)

    def end(self, at: int, now: int) -> None:
        """The interview is over: the question is forgotten, the upload page comes."""
        del now
        self.kept.ended_ms = at
        self.save()
        self.forget_question()
        self.asked_to_finish = False
        self.unsay(AlertCode.DEVICE_LOST, AlertCode.NO_SCREEN, AlertCode.HELP_SENT, AlertCode.HELP_ANSWER)
        self.unsay(AlertCode.NOT_LOADED)
        self.page = Page.UPLOAD

    def lesson_runs(self) -> bool:
        """The lesson has begun: the candidate began it, or the plan ended the wait."""
        began = None if self.schedule is None else self.schedule.lesson_started(self.course)
        return began is not None and began <= self.exam_time

    def start_lesson(self) -> DoResult:
        """【开始】: the candidate begins the lesson."""
        self.course.lesson_started = self.exam_time
        self.save()
        return DONE

    def may_finish(self) -> bool:
        """【结束考试】 is there while a stage runs; in art a lesson is ended once."""
        return self.page in RUNNING and not (self.page is Page.LESSON and self.course.lesson_ended is not None)

    def confirm_finish(self) -> DoResult:
        """Yes: in art the lesson alone ends early and the skill test waits for its time, anything else ends the interview."""
        self.asked_to_finish = False
        art = self.schedule is not None and self.schedule.art
        if art and self.page is Page.LESSON and self.course.lesson_started is not None:
            self.course.lesson_ended = self.exam_time
        else:
            self.course.finished = self.exam_time
        self.save()
        return DONE

    def remaining(self, until: int) -> int:
        """What a countdown shows: the time left, up to its step."""
        return max(0, -(-(until - self.exam_time) // STEP_MS) * STEP_MS)

    def countdown(self) -> tuple[CountdownStage, int] | None:
        """The countdown of this page and the exam time at which it runs out."""
        if self.schedule is None or not self.clock.known:
            return None
        if self.page is Page.WAITING:
            return ("waiting", 0)
        stages: dict[str, CountdownStage] = {
            "preparation": "preparation",
            "lesson": "lesson",
            "skill_test": "skill_test",
            "presentation": "presentation",
        }
        for stage, start, until in self.schedule.spans_of(self.course):
            if self.page == stage.value and start <= self.exam_time:
                return (stages[stage.value], until)
        return None

    def countdowns_shown(self) -> tuple[Countdown, ...]:
        """The running countdown, if this page has one."""
        running = self.countdown()
        if running is None:
            return ()
        return (Countdown(stage=running[0], remaining_ms=self.remaining(running[1]), resolution_ms=STEP_MS),)

    # -- the question ------------------------------------------------------------------------------------------------

    def may_fetch_question(self) -> bool:
        """From T0 on, whatever the uncertainty of the clock."""
        return self.entered and not self.ended and self.clock.known and self.clock.surely(self.now) >= 0

    def follow_question(self) -> None:
        """The question comes by itself."""
        if self.may_fetch_question() and self.kept.waited and not self.question:
            self.fetch_question()

    def fetch_question(self) -> DoResult:
        """Asks for it until it is there."""

        def done(reply: Response, now: int) -> None:
            text = _question(reply)
            if text and not self.ended:
                self.question = text
                self.unsay(AlertCode.NOT_LOADED)
            elif not self.ended:
                self.say(AlertCode.NOT_LOADED)
                self._question_at = now + self.links.first_retry_ms * 4

        if self.now >= self._question_at:
            self.links.ask("question", Request(method="GET", path="/v1/question"), done)
        return DONE

    def forget_question(self) -> None:
        """After the end it is not readable any more."""
        self.question = ""
        self.links.drop("question")

    def question_shown(self) -> QuestionShown | None:
        """On the pages of the running stages."""
        if self.page not in RUNNING:
            return None
        return QuestionShown(present=bool(self.question), text=self.question)

    # -- help, leaving -----------------------------------------------------------------------------------------------

    def help(self, text: str) -> DoResult:
        """【求助】: the interview goes on."""
        self.reports.help(text)
        return DONE

    def report_answered(self, path: str, reply: Response, now: int) -> None:
        """The call for help has arrived."""
        if path == "/v1/help" and reply.ok:
            self.say(AlertCode.HELP_SENT)
            self.waiting_for_answer = reply.decode(HelpReply).id
            self._answer_at = now + ANSWER_POLL_MS

    def ask_answer(self, now: int) -> None:
        """Looks whether the desk has answered."""
        self._answer_at = now + ANSWER_POLL_MS

        def done(reply: Response, _now: int) -> None:
            answer = reply.decode(HelpReply).answer if reply.ok else ""
            if answer and not self.ended:
                self.waiting_for_answer = ""
                self.unsay(AlertCode.HELP_SENT)
                self.notes[AlertCode.HELP_ANSWER] = f"技术服务回复：{answer}"

        self.links.ask("answer", Request(method="GET", path=f"/v1/help/{self.waiting_for_answer}"), done)

    def told(self, push: Push, now: int) -> None:
        """The desk's answer is fetched at once."""
        if push.event == "help-answered":
            if self.waiting_for_answer:
                self.ask_answer(now)
        else:
            super().told(push, now)

    def leave(self, what: Literal["focus-lost", "focus-regained"]) -> DoResult:
        """The window lost the candidate's attention, or has it again: between entry and end that is reported."""
        if self.entered and not self.ended:
            self.reports.incident(what, self.exam_time)
        return DONE

    # -- together ----------------------------------------------------------------------------------------------------

    def step(self, now: int) -> None:
        """What these pages do by themselves."""
        super().step(now)
        self.reports.answered = self.report_answered
        if self.over_meanwhile:
            self.follow_stages(now)  # what changed while this client did not run is reported all the same
        if not self.inside:
            return
        self.follow_stages(now)
        self.tell_lost_devices()
        self.follow_question()
        if self.waiting_for_answer and not self.ended and now >= self._answer_at:
            self.ask_answer(now)

    def wakeups(self) -> list[int | None]:
        """The next step of the countdown, the next change of stage, the end of recording."""
        due = super().wakeups()
        if not self.inside or self.schedule is None or not self.clock.known:
            return due
        now, exam = self.now, self.exam_time
        moments = [at for _, start, until in self.schedule.spans_of(self.course) for at in (start, until)]
        moments += [at for at in (self.schedule.end(self.course), self.recording_stops_at()) if at is not None]
        running = self.countdown()
        if running is not None:
            moments.append(running[1] - self.remaining(running[1]) + STEP_MS)
        due += [self.clock.when(at) for at in moments if at > exam]
        if not self.question and not self.ended and self.kept.waited and not self.links.asking("question"):
            due.append(max(self._question_at, self.clock.when(0) + self.clock.error(now) + 1))
        if self.waiting_for_answer and not self.ended and not self.links.asking("answer"):
            due.append(self._answer_at)
        return due

    def interview_handlers(self) -> Mapping[Act, Handler]:
        """What the acts of these pages do."""
        return {
            Act.ENTER: lambda _args, _now: self.enter(),
            Act.CHOOSE: lambda args, _now: self.choose(args.get("id", "")),
            Act.REFRESH_DEVICES: lambda _args, _now: self.refresh_devices(),
            Act.WAIT: lambda _args, _now: self.wait(),
            Act.START: lambda _args, _now: self.start_lesson(),
            Act.FINISH: lambda _args, _now: self.ask_to_finish(),
            Act.HELP: lambda args, _now: self.help(args.get("text", "")),
            Act.FETCH_QUESTION: lambda _args, _now: self.press_fetch(),
            Act.LEAVE: lambda _args, _now: self.leave("focus-lost"),
            Act.RETURN: lambda _args, _now: self.leave("focus-regained"),
        }

    def interview_controls(self) -> dict[Act, bool]:
        """What these pages offer."""
        if self.page is Page.DEVICES:
            return {**ALWAYS, Act.WAIT: True}
        if self.page is Page.WAITING:
            return dict(ALWAYS)
        if self.page not in RUNNING:
            return {}
        controls = {**ALWAYS, Act.FINISH: self.may_finish(), Act.FETCH_QUESTION: not self.question}
        if self.page is Page.LESSON:
            controls[Act.START] = not self.lesson_runs()
        return controls

    def wait(self) -> DoResult:
        """【进入待考】."""
        self.kept.waited = True
        self.save()
        return DONE

    def ask_to_finish(self) -> DoResult:
        """【结束考试】 asks first."""
        self.asked_to_finish = True
        return DONE

    def press_fetch(self) -> DoResult:
        """【获取题目】: at once."""
        self._question_at = 0
        if not self.may_fetch_question():
            return DoResult("refused", "the question is not to be had before T0")
        return self.fetch_question()


def _question(reply: Response) -> str:
    if not reply.ok:
        return ""
    try:
        return reply.decode(QuestionReply).text
    except msgspec.DecodeError:
        return ""
