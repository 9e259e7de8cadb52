"""What differs between the model's interview and the one that was played, where both say what has to be.

The model is one honest client among many, so what is compared is what the notice decides, and each comparison has the plan's own limit:

* *Pages*: well inside each of the model's stays the client stands on the same page. It may come late by `reaction` (`lesson_end` for what
  ends with the lesson), by `stall` + `catch_up` more after a trouble, and as late as the press that led there was; it may leave early by the
  error of its exam clock, `countdown`.
* *Presses*: done or refused alike, where the notice decides it (`DECIDED`), and possible as early and late as a page may be.
* *The service*: granted logins, bindings and entries, attachments read, and what was refused, by type of problem.
* *Reports*: the same boundaries of stages and the same leaving of the window, with the exam time they had, ± `report`.
* *Uploads*: what the model's service holds whole at the end, this one does.

One-sided, or not compared, because the notice leaves it open: which page a client shows after a restart before entry, and what a phone shows
after one; controls beyond those that the notice names; how often a client asks; whether a press is sent that the service would refuse. A press
within `RACE_MS` of what decides it may go either way: where the two interviews part there, the rest of them is not compared.

Pure. `outcomes` compares what came of it at the service. Called by `oracles`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.units import show_moment
from harness.core.view import ROLES, Page, Role
from harness.fuzz import outcomes
from harness.fuzz.pairing import Difference, Pairing, decided
from harness.fuzz.stays import Press, Stay, read

_END_WITH_THE_LESSON: Final = frozenset({Page.LESSON, Page.PRESENTATION})


def differences(script: Script, expected: Timeline, observed: Timeline) -> list[Difference]:
    """Everything that differs, earliest first."""
    pairing = Pairing(script, read(expected), read(observed))
    found = [*_presses(pairing), *_pages(pairing), *outcomes.differences(pairing)]
    return sorted(found, key=lambda each: each.at_ms)


# -- presses -----------------------------------------------------------------------------------------------------------


def _presses(pairing: Pairing) -> Iterator[Difference]:
    for model, seen in pairing.pairs:
        if min(model.at_ms, seen.at_ms) < pairing.until:
            yield from _press(pairing, model, seen)
    for press in pairing.missing:
        if pairing.comparable(press.at_ms) and decided(press):
            yield Difference(
                topic=f"late {press.intent.act}",
                at_ms=press.at_ms,
                sentence=f"{_said(press)} is possible at {show_moment(press.at_ms)} in the model, and never was",
            )


def _press(pairing: Pairing, model: Press, seen: Press) -> Iterator[Difference]:
    contested = pairing.contested(model.at_ms) or pairing.contested(seen.at_ms)
    if decided(model) and model.intent.status != seen.intent.status and not contested:
        yield Difference(
            topic=f"press {model.intent.act}",
            at_ms=model.at_ms,
            sentence=f"{_said(model)} at {show_moment(model.at_ms)} is {model.intent.status} in the model, and was "
            f"{seen.intent.status} on page {seen.page} ({seen.intent.reason or 'no reason given'})",
        )
    late = seen.at_ms - model.at_ms
    allowed = pairing.troubles.allowed(model.at_ms) + pairing.carried(model.at_ms - 1)
    if pairing.comparable(model.at_ms) and late > allowed:
        yield Difference(
            topic=f"late {model.intent.act}",
            at_ms=model.at_ms,
            sentence=f"{_said(model)} is possible at {show_moment(model.at_ms)} in the model, and was only at "
            f"{show_moment(seen.at_ms)}",
        )


def _said(press: Press) -> str:
    given = "".join(f" {value[:20]!r}" for value in press.intent.args.values())
    return f"“{press.intent.act}{given}” on the {press.intent.role}"


# -- pages -------------------------------------------------------------------------------------------------------------


def _pages(pairing: Pairing) -> Iterator[Difference]:
    for role in ROLES:
        stays = pairing.model.stays[role]
        for before, stay in zip([None, *stays], stays, strict=False):
            if before is not None and before.page is not None:
                yield from _outstayed(pairing, role, before, stay)
            if stay.page is not None:
                yield from _missed(pairing, role, before, stay)


def _missed(pairing: Pairing, role: Role, before: Stay | None, stay: Stay) -> Iterator[Difference]:
    """Well inside a stay of the model's the client stands on another page."""
    start = stay.from_ms + _late(pairing, before, stay.from_ms)
    end = min(stay.to_ms - pairing.early(stay.to_ms), pairing.until)
    others = (each for each in pairing.seen.stays[role] if each.page is not stay.page and each.to_ms > start)
    # How long an upload takes goes by how much was recorded; that everything is held when the page says so is a rule's to judge.
    others = (each for each in others if stay.page is not Page.UPLOAD or each.page is not Page.DONE)
    # 【重新上传】 may bring the upload's page back until the service has said again that it holds everything.
    others = (
        each for each in others if stay.page is not Page.DONE or each.to_ms - each.from_ms > pairing.allowed(start)
    )
    other = next((each for each in others if each.from_ms < end), None)
    if start < end and other is not None:
        yield _elsewhere(role, stay, other, max(start, other.from_ms))


def _outstayed(pairing: Pairing, role: Role, stay: Stay, following: Stay) -> Iterator[Difference]:
    """The client still stands on a page that the model has left for good, also where the next one stands for a moment only."""
    due = stay.to_ms + _late(pairing, stay, stay.to_ms)
    again = any(each.page is stay.page and each.from_ms >= stay.to_ms for each in pairing.model.stays[role])
    standing = next((each for each in pairing.seen.stays[role] if each.from_ms < stay.to_ms and each.to_ms > due), None)
    if not again and standing is not None and standing.page is stay.page and due < pairing.until:
        yield _elsewhere(role, following, standing, due)


def _late(pairing: Pairing, before: Stay | None, at_ms: int) -> int:
    """How late a page may come: a lesson's end has a bound of its own, which no network excuses who was in when it went."""
    lost = pairing.troubles.stranded(at_ms)
    if before is not None and before.page in _END_WITH_THE_LESSON and not lost:
        return int(pairing.plan.limits.lesson_end) + pairing.carried(at_ms)
    return pairing.allowed(at_ms)


def _elsewhere(role: Role, stay: Stay, other: Stay, at_ms: int) -> Difference:
    where = f"stood on {other.page}" if other.page is not None else "was not there"
    return Difference(
        topic=f"page {stay.page}",
        at_ms=at_ms,
        sentence=f"At {show_moment(at_ms)} the model's {role} stands on {stay.page} (since {show_moment(stay.from_ms)}), "
        f"and the client's {where} (since {show_moment(other.from_ms)})",
    )
