"""What a subject says of itself, held against what it does: `[unsupported]` of its manifest, and `initialize` of its clients.

The policy, in one place (in words for people: docs/readings.md). Every requirement that a manifest declares missing is judged all the same:

* no scenario shows that the client has it: it is `unsupported`, for the reason given. What a client lacks it can't do right, so that
  a rule's `broken` alone shows nothing beyond the declaration;
* a scenario shows it kept: the declaration is disproved. Where another scenario shows it broken, the declaration hid that: `broken`.
  Where none does it stays `unsupported`, and every scenario says what was seen: a certificate must not rest on what the vendor itself
  says is not there;
* it forbids something (`forbids` in the catalogue): nothing can be missing there, and what was seen to be broken is `broken`.

Laws: pure; a fault of the harness stays an error. Called by the suite's bookkeeping.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

import msgspec

from harness.core.events import Intent, Introduced, Viewed
from harness.core.record import Judgement
from harness.core.timeline import Timeline
from harness.core.view import Role, View
from harness.rules.requirement import requirement

# What every view has, whether or not `initialize` names it.
_ALWAYS = frozenset({"seq", "page"})


def settled(judgements: Sequence[Judgement], unsupported: dict[str, str]) -> tuple[Judgement, ...]:
    """The judgements of one run, as the rules gave them, with those settled that the manifest declares missing."""
    had = {each.requirement for each in judgements if each.verdict == "kept"}
    return tuple(
        _settled(each, unsupported[each.requirement], disproved=each.requirement in had)
        if each.requirement in unsupported
        else each
        for each in judgements
    )


def _settled(judgement: Judgement, why: str, *, disproved: bool) -> Judgement:
    match judgement.verdict:
        case "kept":
            reason = f"declared missing ({why}), but was seen to be kept: {judgement.reason or 'as asked'}"
            return msgspec.structs.replace(judgement, verdict="unsupported", seen="kept", reason=reason)
        case "broken" if disproved or requirement(judgement.requirement).forbids:
            reason = f"declared missing ({why}), but was seen to be broken: {judgement.reason}"
            return msgspec.structs.replace(judgement, seen="broken", reason=reason)
        case "broken" | "unobserved":
            return msgspec.structs.replace(judgement, verdict="unsupported", reason=why, margin=None, evidence=())
        case _:
            return judgement


def contradictions(timelines: Iterable[Timeline]) -> tuple[str, ...]:
    """Where a client did otherwise than its `initialize` says: one sentence each, in the order in which they were first seen."""
    found: dict[str, None] = {}
    for timeline in timelines:
        said: dict[Role, Introduced] = {}
        for event in timeline:
            match event.data:
                case Introduced() as introduced:
                    said[introduced.role] = introduced
                case Intent() as intent if intent.role in said:
                    found.update(dict.fromkeys(_of_intent(intent, said[intent.role])))
                case Viewed(role=role, view=view) if role in said:
                    found.update(dict.fromkeys(_of_view(role, view, said[role])))
    return tuple(found)


def _of_intent(intent: Intent, said: Introduced) -> Iterable[str]:
    declared = intent.act.value in said.intents
    if declared and intent.status == "unsupported":
        yield f"the {intent.role.value} client names the intent {intent.act.value!r} in `initialize`, and answered it with unsupported"
    if not declared and intent.status == "done":
        yield f"the {intent.role.value} client does not name the intent {intent.act.value!r} in `initialize`, and did it"


def _of_view(role: Role, view: View, said: Introduced) -> Iterable[str]:
    shown = cast("dict[str, object]", msgspec.to_builtins(view)).keys() - _ALWAYS - set(said.views)
    for key in sorted(shown):
        yield f"the {role.value} client does not name {key!r} among the views in `initialize`, and showed it"
