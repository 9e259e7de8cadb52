"""The suite's bookkeeping: which scripts there are, what was judged on each, and which of them must be played again.

Scenarios that shape the same script share one run. A verdict that fails by no more than the harness's own lateness is no verdict: the
script is played again, alone, once; a second failure of that kind makes the scenario an error. What the first attempt said stays with the
second's judgement. A script in which something could not be observed while the harness was late is played again as well: on a busy machine
a candidate misses what a free one shows, and that says nothing of the client. What a subject declares missing is judged like the rest and
settled by `declared`. Called by the features' plugin.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, cast

import msgspec

from harness.core.errors import HarnessError
from harness.core.events import Misconduct
from harness.core.plan import Track
from harness.core.record import Album, Judgement, Run
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.verdict import Broken, Kept, Outcome, Unobserved, Verdict, name
from harness.rules.catalogue import rule_of
from harness.rules.rule import Need
from harness.session import declared, known
from harness.session.shaped import Shaped, Wanted

# On a quiet machine the suite was at most 0.1 s late; above this a candidate's quarter of a second between seeing and pressing is no more.
UNSETTLING_MS: Final = 150


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """One script played once."""

    run: Run
    timeline: Timeline
    album: Album = Album()

    @classmethod
    def of(
        cls,
        script: Script,
        attempt: int,
        timeline: Timeline,
        *,
        took_ms: int,
        lateness_ms: int = 0,
        blank: bool = False,
        error: str = "",
        album: Album = Album(),  # noqa: B008 - frozen, and empty
    ) -> Played:
        """With the run as the record knows it; `took_ms` and `lateness_ms` are real time."""
        digest = script.digest()
        run = Run(
            digest=digest,
            attempt=attempt,
            track=script.track,
            timeline=f"timelines/{digest}-{attempt}.jsonl",
            began_ms=script.begins,
            ended_ms=max((event.end_ms for event in timeline), default=script.begins),
            length=script.plan.length,
            lateness_ms=lateness_ms,
            took_ms=took_ms,
            blank=blank,
            error=error,
            album=f"albums/{digest}-{attempt}.json" if album.strips or album.shots else "",
        )
        return cls(run=run, timeline=timeline, album=album)


Finished = Callable[[Played], None]  # called as each script is through
Play = Callable[[Sequence[Script], int], Sequence[Played]]  # (scripts, attempt), as many at once as the player sees fit


def judge(requirement: str, script: Script, timeline: Timeline) -> Verdict:
    """What the requirement's rule says of the timeline. A subject's misconduct is the reason where the rule could not observe."""
    verdict = rule_of(requirement).judge(timeline, script)
    misconduct = timeline.first(Misconduct)
    if isinstance(verdict, Unobserved) and misconduct is not None:
        data = cast("Misconduct", misconduct.data)
        return Unobserved(reason=f"the {data.role} client {data.kind}: {data.reason}", evidence=(misconduct,))
    return verdict


def too_late_to_tell(verdict: Verdict, lateness_ms: int) -> bool:
    """The bound was missed by no more than the harness itself was late: no verdict on the client."""
    return (
        isinstance(verdict, Broken)
        and verdict.margin is not None
        and verdict.margin.unit == "ms"
        and lateness_ms > 0
        and lateness_ms >= -verdict.margin.value
    )


class Suite:
    """Collects scripts and questions, has them played, and answers. Made once a run.

    `unsupported` is what the subject declares missing (requirement → why), `failures` what is known to fail on the day `today`, `lacks` what
    this world does not observe, and why: what a rule needs of it is unsupported here, and never guessed.
    """

    def __init__(
        self,
        unsupported: dict[str, str],
        failures: Sequence[known.KnownFailure] = (),
        today: dt.date = dt.date.min,
        lacks: Mapping[Need, str] | None = None,
    ) -> None:
        self._unsupported = unsupported
        self._failures = failures
        self._lacks = lacks or {}
        self._today = today
        self._sought: frozenset[str] | None = None  # what is worth another hour; None: all that is asked
        self._first: dict[tuple[str, str], str] = {}  # what the first attempt said where it decided nothing
        self.scripts: dict[str, Script] = {}
        self.wanted: list[Wanted] = []
        self.scenarios: Counter[tuple[str, str]] = Counter()  # (requirement, scenario), whatever of it this run judges
        self.runs: list[Run] = []
        self.answers: dict[tuple[str, str], Judgement] = {}  # by (digest, requirement), without the scenario's name

    def ask(self, requirement: str, script: Script, *, scenario: str, feature: str, unplayable: str = "") -> None:
        """That scenario wants this judged on that script, which can't be played here for the reason given, if any."""
        digest = script.digest()
        why = unplayable or self._lacking(requirement)
        if not why:
            self.scripts[digest] = script
        else:  # there is nothing to be seen by playing it
            self.answers[digest, requirement] = Judgement(
                requirement=requirement,
                scenario="",
                feature="",
                track=script.track,
                verdict="unsupported",
                reason=why,
                run=digest,
            )
        self.wanted.append(Wanted(requirement=requirement, scenario=scenario, feature=feature, digest=digest))

    def _lacking(self, requirement: str) -> str | None:
        """Why this world can't show what the requirement's rule reads; None: it can."""
        return next((why for need, why in self._lacks.items() if need in rule_of(requirement).needs), None)

    def blank(self) -> frozenset[str]:
        """The scripts on which no rule that reads recordings is asked, by digest: nobody will look at what is recorded there."""
        looked_at = {want.digest for want in self.wanted if Need.RECORDINGS in rule_of(want.requirement).needs}
        return frozenset(self.scripts) - looked_at

    def only(self, tracks: Sequence[Track]) -> None:
        """Leaves out what is not of these tracks."""
        self.scripts = {digest: script for digest, script in self.scripts.items() if script.track in tracks}
        self.answers = {key: answer for key, answer in self.answers.items() if answer.track in tracks}
        self.wanted = [
            want
            for want in self.wanted
            if want.digest in self.scripts or (want.digest, want.requirement) in self.answers
        ]

    def around(self, requirements: Collection[str]) -> None:
        """Leaves the scripts of which one of these is asked, and one whole interview: that of which most is asked. All that is asked of what
        is left stays asked.
        """
        asked = Counter(digest for digest, _ in {(want.digest, want.requirement) for want in self.wanted})
        most = sorted(self.scripts, key=lambda digest: (-asked[digest], digest))[:1]
        left = {want.digest for want in self.wanted if want.requirement in requirements} | set(most)
        self.scripts = {digest: script for digest, script in self.scripts.items() if digest in left}
        self.answers = {key: answer for key, answer in self.answers.items() if key[0] in left}
        self.wanted = [want for want in self.wanted if want.digest in left]

    def those(self, digests: Collection[str], requirements: Collection[str]) -> None:
        """Leaves these scripts. They are played for what they say of these requirements: that others could not be observed is not sought
        again on a free machine.
        """
        self._sought = frozenset(requirements)
        self.scripts = {digest: script for digest, script in self.scripts.items() if digest in digests}
        self.answers = {key: answer for key, answer in self.answers.items() if key[0] in digests}
        self.wanted = [want for want in self.wanted if want.digest in digests]

    def shaped(self) -> Shaped:
        """What was asked so far, for `take` in another process."""
        return Shaped(
            scripts=self.scripts,
            wanted=tuple(self.wanted),
            answers=tuple(self.answers.values()),
            scenarios=tuple((*key, count) for key, count in self.scenarios.items()),
        )

    def take(self, shaped: Shaped) -> None:
        """Asks what was asked there, in a world that observes the same."""
        self.scripts = dict(shaped.scripts)
        self.wanted = list(shaped.wanted)
        self.answers = {(answer.run, answer.requirement): answer for answer in shaped.answers}
        self.scenarios = Counter({(requirement, scenario): count for requirement, scenario, count in shaped.scenarios})

    def play(self, player: Play) -> None:
        """Plays every script once, judges, and plays those again that the harness was too late for."""
        again = self._judge_all(player(list(self.scripts.values()), 1), last=False)
        for script in again:
            self._judge_all(player([script], 2), last=True)
        answers = declared.settled(tuple(self.answers.values()), self._unsupported)
        self.answers = {(answer.run, answer.requirement): answer for answer in answers}

    def _judge_all(self, played: Sequence[Played], *, last: bool) -> list[Script]:
        again = []
        for one in played:
            self.runs.append(one.run)
            script = self.scripts[one.run.digest]
            wanted = {want.requirement for want in self.wanted if want.digest == one.run.digest}
            asked = sorted(each for each in wanted if self._lacking(each) is None)
            judged = [self._one(requirement, script, one) for requirement in asked]
            if not last and self._is_unsettled(judged, one.run.lateness_ms):
                again.append(script)
                self.runs[-1] = msgspec.structs.replace(
                    one.run, error=one.run.error or "played again: the harness was too late to tell"
                )
                undecided = {each.requirement: each.reason for each in judged if each.verdict == "error"}
                self._first |= {(one.run.digest, each): reason for each, reason in undecided.items()}
                continue
            for judgement in judged:
                key = one.run.digest, judgement.requirement
                self.answers[key] = msgspec.structs.replace(judgement, first=self._first.get(key, ""))
        return again

    def _is_unsettled(self, judged: Sequence[Judgement], lateness_ms: int) -> bool:
        """Whether what was judged of one run may be the machine's doing, and is to be sought again on a free one.

        A client of which next to nothing could be observed has itself to blame, and is not given another hour; of a run that was asked a
        single thing nothing of the kind can be said.
        """
        asked = [each for each in judged if each.requirement not in self._unsupported]
        sought = [each for each in asked if self._sought is None or each.requirement in self._sought]
        missed = sum(each.verdict == "unobserved" for each in sought) if lateness_ms >= UNSETTLING_MS else 0
        return any(each.verdict == "error" for each in asked) or 0 < missed <= max(1, len(asked) // 2)

    def _one(self, requirement: str, script: Script, one: Played) -> Judgement:
        def judgement(outcome: Outcome, reason: str, verdict: Verdict | None = None) -> Judgement:
            return Judgement(
                requirement=requirement,
                scenario="",
                feature="",
                track=script.track,
                verdict=outcome,
                reason=reason,
                margin=verdict.margin if isinstance(verdict, Kept | Broken) else None,
                evidence=verdict.evidence if isinstance(verdict, Kept | Broken | Unobserved) else (),
                run=one.run.digest,
            )

        if one.run.error:
            return judgement("error", one.run.error)
        try:
            verdict = judge(requirement, script, one.timeline)
        except HarnessError as error:
            return judgement("error", str(error))
        except Exception as error:  # a slip in one rule is no verdict, and costs no other its own
            return judgement("error", f"the rule of {requirement} failed: {type(error).__name__}: {error}")
        if too_late_to_tell(verdict, one.run.lateness_ms):
            if requirement in self._unsupported:
                return judgement("unobserved", f"{verdict.reason}; the harness was too late to tell")
            return judgement(
                "error", f"{verdict.reason}; the harness was late by {one.run.lateness_ms} ms itself", verdict
            )
        return judgement(name(verdict), verdict.reason, verdict)

    def answer(self, requirement: str, script: Script, scenario: str = "") -> Judgement:
        """What was found, for the scenario of that name; raises `HarnessError` where nothing was."""
        found = self.answers.get((script.digest(), requirement))
        if found is None:
            raise HarnessError(f"{requirement} was not judged on {script.digest()}")
        (named,) = known.marked([msgspec.structs.replace(found, scenario=scenario)], self._failures, self._today)
        return named

    def judgements(self) -> tuple[Judgement, ...]:
        """Every answer under the name of each scenario that asked for it, known failures marked."""
        named = (
            msgspec.structs.replace(
                self.answers[want.digest, want.requirement], scenario=want.scenario, feature=want.feature
            )
            for want in self.wanted
            if (want.digest, want.requirement) in self.answers
        )
        return known.marked(named, self._failures, self._today)
