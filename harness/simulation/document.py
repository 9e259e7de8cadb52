"""The page that describes the model, drawn from its own tables: `python -m harness.simulation.document > docs/model.md`.

Law: nothing in `docs/model.md` is written by hand, so that it can't say what the model doesn't do; a test compares the two.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Final

from harness.core.view import ROLES, Page, Role
from harness.simulation import world
from harness.simulation.pages import CONDITIONAL, OFFERS, TRANSITIONS, Cause

_TITLES: Final = {Role.LAPTOP: "The laptop (智试云)", Role.PHONE: "The phone (智试通)"}
_FIRST: Final = {Role.LAPTOP: Page.CHECK, Role.PHONE: Page.PAIR}
_CONSTANTS: Final = {
    "POLL_MS": "a push that was lost, or a question that did not load, is made up for by the next poll",
    "PUSH_MS": "from the service to a client that listens",
    "NOTICE_MS": "from the network's return until a client has noticed it",
    "FLUSH_MS": "a recording's last bytes, from its stop until the service holds them",
    "LONGEST_RETRY_MS": "intervals between tries double from the plan's `first_retry` up to this",
    "PER_CHARACTER_MS": "how long one character of a spoken phrase lasts",
}

_HEAD: Final = """\
# The model: the ideal interview

Generated from the tables of `harness/simulation` by `python -m harness.simulation.document > docs/model.md`; a test keeps it up to date.

`harness.simulation.model.expected(script)` plays a frozen script with SimPy processes and returns the timeline that a perfect client and a
perfect service would give. Every rule must keep that timeline, and a client's timeline is compared with it. Time is SimPy's `now`: whole
milliseconds of exam time, T0 being 0.

## How it reads a script

* Parts wait only where they must: the candidate's threads, the laptop's clock, each upload, a network fault, a request that is being
  repeated. The service and the desk answer at once. What is due by exam time is done before anything else happens at that millisecond.
* A window is half-open, `[opens, closes)`: a press at its opening is taken, one at its close is not.
* The client goes by exam time and needs no push for it. A lost push of anything else is made up for by the next poll.
* The network is there or it isn't: `down`, `timeout` and `reset_peer` cut a device off while they stand; `limit_data`
  breaks the uploads that run; `bandwidth` draws out what is sent once a recording has stopped; `latency`, `slicer` and `slow_close` change
  nothing for a client that does everything right.
  Stages go on, reports wait with the time they claim, uploads resume at the offset that the service gives.
* A failing or stalling request is tried again at growing intervals; a press that needs one waits for it.
* Laptop streams go up live, in slices; the phone's film goes up once it is stopped. Bytes are proportional to time.
* A camera that hangs or shows nothing, and a microphone that gives nothing, fail the device check as soon as they are there.
* A second laptop of the same candidate is refused its login while the first one is in; it records nothing.
* A killed laptop comes back to the page where it was, with a new segment of each recording; a killed phone has to be bound again.
"""


def document() -> str:
    """The whole page, Markdown."""
    parts = [_HEAD]
    for role in ROLES:
        parts.append(f"## {_TITLES[role]}\n")
        parts.append("\n".join(_diagram(role)))
        parts.append("\n".join(_table(role)))
    parts.append("## What each page offers to press\n")
    parts.append("\n".join(_offers()))
    parts.append("## Constants\n")
    parts.append("Everything else happens at once.\n")
    parts.append("\n".join(_constants()))
    return "\n".join(parts)


def _diagram(role: Role) -> Iterator[str]:
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield f"    [*] --> {_FIRST[role].value}"
    for (page, following), causes in _grouped(role).items():
        yield f"    {page.value} --> {following.value} : {' / '.join(causes)}"
    yield "```\n"


def _grouped(role: Role) -> dict[tuple[Page, Page], list[str]]:
    """The causes between two pages; not being readmitted can happen on every page of the interview and would only clutter the picture."""
    found: dict[tuple[Page, Page], list[str]] = {}
    for (page, cause), following in TRANSITIONS[role].items():
        if cause is not Cause.NOT_READMITTED:
            found.setdefault((page, following), []).append(cause.value)
    return found


def _table(role: Role) -> Iterator[str]:
    yield "| page | cause | page that follows |"
    yield "|---|---|---|"
    for (page, cause), following in TRANSITIONS[role].items():
        yield f"| `{page.value}` | {cause.value} | `{following.value}` |"
    yield ""


def _offers() -> Iterator[str]:
    yield "A control marked * can be shown without being enabled; 【结束考试】 and the phone's stop ask first (`confirm`, `cancel`).\n"
    yield "| page | controls |"
    yield "|---|---|"
    for page, acts in OFFERS.items():
        names = ", ".join(f"`{act.value}`{'*' if act in CONDITIONAL else ''}" for act in acts)
        yield f"| `{page.value}` | {names} |"
    yield ""


def _constants() -> Iterator[str]:
    yield "| constant | ms | what it stands for |"
    yield "|---|---|---|"
    for name, meaning in _CONSTANTS.items():
        yield f"| `{name}` | {getattr(world, name)} | {meaning} |"
    yield ""


if __name__ == "__main__":
    sys.stdout.write(document())
