"""What a rehearsal says of the service: LOAD-1 … LOAD-7, each judged where the run shows it. Pure.

Laws: one scenario a rush and track; the limits are the plan's. A bound that was missed by no more than the generator was late at its worst is
an error of the harness, and so is one that was kept under a generator that was late altogether; missed by more, it is the service's. What
this run does not play (a kill, a wave) is `unjudged`. Called by the rehearsal once, after the bytes were checked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import msgspec

from harness.core.events import Event, Served
from harness.core.plan import TRACKS, Plan, Track
from harness.core.units import show
from harness.core.verdict import Margin, Outcome, worst
from harness.core.view import Stream
from harness.rules.requirement import requirements
from load.check import Fate
from load.outcome import GENERATOR_LATE_MS, RUSHES, Findings, spread
from load.uploads import Sent
from reports.results import RequirementResult, ScenarioResult, Summary

FEATURE: Final = "rehearsal"


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a judgement looks at."""

    plan: Plan
    tracks: dict[str, Track]  # by ticket
    findings: Findings
    fates: Sequence[Fate]

    @property
    def present(self) -> tuple[Track, ...]:
        """The tracks that somebody was of."""
        return tuple(track for track in TRACKS if track in self.tracks.values())

    def sents(self, track: Track, *, live: bool = False) -> list[Sent]:
        """The recordings of a track, the live ones alone if asked."""
        mine = [each for each in self.findings.sents if self.tracks[each.ticket] == track]
        return [each for each in mine if not live or each.stream is not Stream.EVIDENCE]


def judge(run: Run) -> tuple[RequirementResult, ...]:
    """Every requirement of a service, in the catalogue's order."""
    judges: dict[str, Callable[[Run], list[ScenarioResult]]] = {
        "LOAD-1": _rushes,
        "LOAD-2": _keeps_up,
        "LOAD-3": _nothing_lost,
        "LOAD-4": _complete_in_time,
        "LOAD-7": _trespass_refused,
    }
    found = []
    for asked in requirements():
        if asked.judged_of == "service":
            scenarios = tuple(judges[asked.id](run)) if asked.id in judges else ()
            margins = [each.margin for each in scenarios if each.margin is not None]
            found.append(
                RequirementResult(
                    id=asked.id,
                    level=asked.level,
                    verdict=worst([each.verdict for each in scenarios]),
                    margin=min(margins, key=lambda margin: margin.value, default=None),
                    scenarios=scenarios,
                )
            )
    return tuple(found)


def summary(results: Sequence[RequirementResult]) -> Summary:
    """How many came out how."""
    verdicts = [each.verdict for each in results]
    return Summary(**{word: verdicts.count(word) for word in Summary.__struct_fields__})  # type: ignore[arg-type] # its fields are the verdicts' words, and nothing is known of a service


# -- one requirement each ----------------------------------------------------------------------------------------------


def _rushes(run: Run) -> list[ScenarioResult]:
    found = []
    for rush, (operation, name) in RUSHES.items():
        for track in run.present:
            came = [each for each in run.findings.arrivals if each.phase == rush and each.track == track]
            if not came:
                found.append(_Case(name, track).says("unobserved", "nobody got so far"))
                continue
            refused = [each for each in came if not each.served]
            slowest = max(refused or came, key=lambda each: each.took_ms)
            served = Served(operation=operation, status=slowest.status, problem=slowest.problem)
            event = Event(1, slowest.due_ms, "service", served, until_ms=slowest.done_ms, candidate=slowest.ticket)
            if refused:
                why = slowest.problem or (f"status {slowest.status}" if slowest.status else "no reply")
                reason = f"{len(refused)} of {len(came)} were not served (last: {why})"
                found.append(_Case(name, track).says("broken", reason, Margin(-len(refused), "count"), event))
            else:
                what = f"the slowest of {len(came)} was served after"
                found.append(
                    _Case(name, track).within(
                        run.plan.limits.reaction, slowest.took_ms, what=what, run=run, evidence=event
                    )
                )
    return found


def _keeps_up(run: Run) -> list[ScenarioResult]:
    name, limit = "实时上传跟得上录制", run.plan.limits.upload_lag
    found = []
    for track in run.present:
        sents = run.sents(track, live=True)
        dropped = [each for each in sents if each.acknowledged < each.length]
        lags = [lag for each in sents for lag in each.lag]
        if dropped:
            reason = f"{len(dropped)} of {len(sents)} live recordings never caught up"
            found.append(_Case(name, track).says("broken", reason, Margin(-len(dropped), "count")))
        elif not lags:
            found.append(_Case(name, track).says("unobserved", "nobody recorded anything live"))
        else:
            what = f"over {len(sents)} live recordings the service was behind by at most"
            found.append(_Case(name, track).within(limit, max(lags), what=what, run=run))
    return found


def _nothing_lost(run: Run) -> list[ScenarioResult]:
    name = "确认过的字节全部持有"
    found = []
    for track in run.present:
        mine = [each for each in run.fates if run.tracks[each.ticket] == track]
        acknowledged, lost = sum(each.acknowledged for each in mine), sum(each.lost for each in mine)
        if not acknowledged:
            found.append(_Case(name, track).says("unobserved", "nothing was acknowledged"))
        elif lost:
            reason = f"{lost:,} of {acknowledged:,} acknowledged bytes are not held, or are other bytes"
            found.append(_Case(name, track).says("broken", reason, Margin(-lost, "bytes")))
        else:
            reason = f"all {acknowledged:,} acknowledged bytes of {len(mine)} recordings are held as they were sent"
            found.append(_Case(name, track).says("kept", reason, Margin(0, "bytes")))
    return found


def _complete_in_time(run: Run) -> list[ScenarioResult]:
    name = "包括佐证视频在内的全部上传按时完成"
    complete = {(each.ticket, each.stream) for each in run.fates if each.complete}
    found = []
    for track in run.present:
        mine = run.sents(track)
        late = [each for each in mine if (each.ticket, each.stream) not in complete]
        absent = {ticket: why for ticket, why in run.findings.given_up.items() if run.tracks[ticket] == track}
        if late or absent:
            first = next((f" (first: {why[:200]})" for why in absent.values()), "")
            reason = f"{len(late)} of {len(mine)} recordings are not complete, {len(absent)} candidates gave up{first}"
            found.append(_Case(name, track).says("broken", reason, Margin(-len(late) - len(absent), "count")))
        elif not mine:
            found.append(_Case(name, track).says("unobserved", "nobody recorded anything"))
        else:
            allowed = run.plan.spans.upload_deadline
            took = max((each.held_ms or 0) - each.deadline_ms + allowed for each in mine)
            what = f"the last of {len(mine)} recordings was held after its candidate's end by"
            found.append(_Case(name, track).within(allowed, took, what=what, run=run))
    return found


def _trespass_refused(run: Run) -> list[ScenarioResult]:
    name = "猜测绑定码、冒用令牌在负载下被拒绝"
    tried = run.findings.trespasses
    granted = [each for each in tried if 200 <= each.status < 400]
    unanswered = [each for each in tried if each.status == 0 or each.status >= 500]
    track = run.present[0]  # intruders are of no track; a scenario names one
    if granted:
        reason = f"{len(granted)} of {len(tried)} trespasses were let in (first: {granted[0].what})"
        return [_Case(name, track).says("broken", reason, Margin(-len(granted), "count"))]
    if unanswered or not tried:
        reason = f"{len(unanswered)} of {len(tried)} trespasses were not answered"
        return [_Case(name, track).says("unobserved", reason)]
    return [_Case(name, track).says("kept", f"all {len(tried)} trespasses were refused", Margin(0, "count"))]


# -- common ------------------------------------------------------------------------------------------------------------


class _Case(NamedTuple):
    """One scenario of one requirement."""

    name: str
    track: Track

    def says(
        self, verdict: Outcome, reason: str, margin: Margin | None = None, evidence: Event | None = None
    ) -> ScenarioResult:
        """As it stands in the results."""
        return ScenarioResult(
            name=self.name,
            feature=FEATURE,
            track=self.track,
            verdict=verdict,
            reason=reason,
            margin=margin,
            evidence=() if evidence is None else (evidence,),
            run="",
        )

    def within(self, limit: int, took: int, *, what: str, run: Run, evidence: Event | None = None) -> ScenarioResult:
        """Kept when `took` ≤ `limit`, ms. An error where the generator's own lateness could have made the difference, either way."""
        late = spread(run.findings.woke_late)
        kept = took <= limit
        verdict: Outcome = "kept" if kept else "broken"
        reason = f"{what} {show(took)}, at most {show(limit)} asked"
        if late.p99 > GENERATOR_LATE_MS:
            reason += f"; the load generator itself was late, by {show(late.p99)} (p99)"
            verdict = "error" if kept else verdict  # the rush that was kept up with was not the plan's
        if not kept and took - limit <= late.max:
            reason += f"; the load generator itself was late by up to {show(late.max)}"
            verdict = "error"
        return self.says(verdict, reason, Margin(limit - took), evidence)
