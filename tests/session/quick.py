"""What the session's tests share: a short exam, short interviews, and runs of them in virtual time."""

from __future__ import annotations

from functools import cache

import msgspec

from harness.core.plan import Plan, encode_number
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.units import Limit, Moment, Span
from harness.drivers.manifest import Subject
from harness.session import virtual
from harness.session.exams import load_exam
from harness.session.interview import Interview, careful
from harness.session.subjects import load_subject

SESSION = 7
HONEST = "clients/headless"


@cache
def plan() -> Plan:
    """The exam at a scale that a person could not sit, and a client can: about 11 s from the first page to the last."""
    small = load_exam("heshan-2022").at_scale()
    windows = msgspec.structs.replace(
        small.windows, login_opens=Moment(-4_500), entry_opens=Moment(-1_500), entry_closes=Moment(1_000)
    )
    spans = msgspec.structs.replace(small.spans, preparation=Span(2_000), lesson=Span(2_000))
    limits = msgspec.structs.replace(small.limits, evidence_after_end=Limit(500))
    return msgspec.structs.replace(small, windows=windows, spans=spans, limits=limits)


def short(interview: Interview | None = None) -> Interview:
    """A careful candidate's interview on that exam."""
    return (careful(plan()) if interview is None else interview).without("teach", "phrase")


def subject(name: str = HONEST) -> Subject:
    """A client by its name."""
    return load_subject(name)


def played(script: Script, client: str | Subject = HONEST, *, blank: bool = False) -> Timeline:
    """The script's run in virtual time, in this process; `blank`: over sources that nobody will look at."""
    return virtual.play(script, subject(client) if isinstance(client, str) else client, session=SESSION, blank=blank)


def text(timeline: Timeline) -> str:
    """The timeline as it is written down."""
    return "\n".join(msgspec.json.encode(event, enc_hook=encode_number).decode() for event in timeline)
