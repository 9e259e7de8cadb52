"""JUnit's XML, for CI: a test suite for each section of the interview, a test case for each requirement on each scenario.

Broken and unobserved are failures (the latter of type `unobserved`), an error is an error; what is unsupported, unjudged or a failure known
beforehand (of type `known`) is skipped with the reason; a known failure that is stale is a failure of a suite of its own.
Laws: the counts agree with the cases, and the file is well-formed whatever a subject said. Called by the command.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal
from xml.etree import ElementTree as ET

import msgspec

from harness.core.record import Known
from harness.core.verdict import Outcome
from harness.rules.requirement import requirement
from reports.results import RequirementResult, Results
from reports.sentences import describe, when
from reports.text import bounded, clean

FILE: Final = "junit.xml"
EVIDENCE: Final = 20  # lines a case
STALE: Final = "known-failures"

_TAGS: Final[dict[Outcome | Literal["known", "stale"], str]] = {
    "broken": "failure",
    "unobserved": "failure",
    "error": "error",
    "unsupported": "skipped",
    "unjudged": "skipped",
    "known": "skipped",
    "stale": "failure",
}


class _Case(msgspec.Struct, frozen=True, kw_only=True):
    section: str
    name: str
    feature: str
    verdict: Outcome | Literal["known", "stale"]
    reason: str
    evidence: tuple[str, ...]


def junit(results: Results) -> bytes:
    """The file's text, UTF-8."""
    cases = [case for result in results.requirements for case in _cases(result)]
    for number, sentence in enumerate(results.suite.stale, start=1):
        cases.append(
            _Case(section=STALE, name=f"entry {number}", feature="", verdict="stale", reason=sentence, evidence=())
        )
    root = ET.Element("testsuites", {"name": f"viva {clean(results.subject.name)}", **_counts(cases)})
    for section in dict.fromkeys(case.section for case in cases):
        own = [case for case in cases if case.section == section]
        suite = ET.SubElement(root, "testsuite", {"name": section, "timestamp": results.suite.started, **_counts(own)})
        for case in own:
            suite.append(_element(case))
    ET.indent(root)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode").encode() + b"\n"


def _cases(result: RequirementResult) -> Iterable[_Case]:
    section = requirement(result.id).stage
    if not result.scenarios or isinstance(result.reason, str):
        why = result.reason if isinstance(result.reason, str) else "no scenario judged it in this run"
        verdict: Outcome = "unsupported" if isinstance(result.reason, str) else "unjudged"
        yield _Case(section=section, name=result.id, feature="", verdict=verdict, reason=why, evidence=())
    for each in result.scenarios:
        known = f"known until {each.known.until} ({each.known.reason}): " if isinstance(each.known, Known) else ""
        yield _Case(
            section=section,
            name=f"{result.id} {each.name} [{each.track}]",
            feature=each.feature,
            verdict="known" if known else each.verdict,
            reason=f"{known}{each.reason}",
            evidence=tuple(f"{when(event)}  {describe(event).en}" for event in each.evidence[:EVIDENCE]),
        )


def _counts(cases: list[_Case]) -> dict[str, str]:
    tags = [_TAGS.get(case.verdict) for case in cases]
    return {
        "tests": str(len(cases)),
        "failures": str(tags.count("failure")),
        "errors": str(tags.count("error")),
        "skipped": str(tags.count("skipped")),
    }


def _element(case: _Case) -> ET.Element:
    element = ET.Element("testcase", {"classname": f"viva.{case.section}", "name": bounded(case.name)})
    if case.feature:
        element.set("file", bounded(case.feature))
    tag = _TAGS.get(case.verdict)
    if tag is not None:
        outcome = ET.SubElement(element, tag, {"type": case.verdict, "message": bounded(case.reason, 600)})
        if case.evidence:
            outcome.text = "\n".join(case.evidence)
    return element
