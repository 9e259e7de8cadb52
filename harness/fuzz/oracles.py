"""The oracles: one script is foretold by the model, played with the client, and everything that should agree is held together.

Three questions, each with its own word: does every rule keep the model's own interview (`rules`: model and rules check each other), does the
interview that was played agree with the model's (`model`), and does every rule keep it (`client`: for an honest client)? A rule that says
`Unobserved` is content. Whatever raises instead of answering is a finding as well (`crash`). Recordings are blank, and
there is no window: rules that look at either are asked of the model alone. Called by `search`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

import msgspec

from harness.core.events import Misconduct
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.verdict import Broken
from harness.drivers.manifest import Subject
from harness.fuzz.comparison import differences
from harness.rules.catalogue import RULES
from harness.rules.rule import Need
from harness.session import virtual
from harness.simulation.model import expected

Oracle = Literal["rules", "model", "client", "crash"]
_NOT_SEEN: Final = frozenset({Need.RECORDINGS, Need.WINDOW, Need.POWER})
SESSION: Final = 7  # stands in the marks of every run's devices


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that does not agree: `sentence` says both sides; `topic` is the same for the same cause, as far as that can be known."""

    oracle: Oracle
    topic: str
    sentence: str

    @property
    def key(self) -> str:
        """What shrinking holds on to."""
        return f"{self.oracle}: {self.topic}"


def examine(script: Script, subject: Subject) -> tuple[Finding, ...]:
    """Everything that does not agree about one script, the model's own troubles first."""
    found: list[Finding] = []
    try:
        model = expected(script)
        found += _judged(model, script, "rules")
        seen = virtual.play(script, subject, session=SESSION, blank=True)
        found += [
            Finding(oracle="client", topic="misconduct", sentence=event.reason) for event in seen.data(Misconduct)
        ]
        found += [
            Finding(oracle="model", topic=each.topic, sentence=each.sentence)
            for each in differences(script, model, seen)
        ]
        found += _judged(seen, script, "client")
    except Exception as error:  # any part of ours that raises has been found out
        found.append(_crash(error))
    return tuple(found)


def _crash(error: Exception) -> Finding:
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = "" if place is None else f" in {place.tb_frame.f_code.co_qualname}"
    return Finding(
        oracle="crash", topic=f"{type(error).__name__}{where}", sentence=f"{type(error).__name__}{where}: {error}"
    )


def _judged(timeline: Timeline, script: Script, oracle: Literal["rules", "client"]) -> Iterator[Finding]:
    """What rules break."""
    for rule in RULES:
        if oracle == "client" and rule.needs & _NOT_SEEN:
            continue
        verdict = rule.judge(timeline, script)
        if isinstance(verdict, Broken):
            whose = "the model's own interview" if oracle == "rules" else "the interview that was played"
            yield Finding(
                oracle=oracle,
                topic=rule.requirement,
                sentence=f"{rule.requirement} is broken by {whose}: {verdict.reason}",
            )
