"""The shortest way to a page: the presses of a candidate who does everything right, at fixed times, so that a slow page delays no later one.

Laws: each step waits until its control can be pressed, and none comes before its own moment; a way's threads are named `WAY…`, so that what
a candidate did beyond the shortest way can be counted. Called by `interviews` and whatever tells a script.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from harness.core.plan import Plan
from harness.core.script import Do, Script, Step, Thread, Wait
from harness.core.view import Act, Page, Role

WAY: Final = "way"
# A client may take a moment for its device check, which makes a trial recording; the model takes none.
CHECKED_MS: Final = 2_000
STEP_MS: Final = 150
PAGES: Final = (
    Page.CHECK,
    Page.LOGIN,
    Page.BIND,
    Page.ATTACHMENTS,
    Page.LOBBY,
    Page.DEVICES,
    Page.WAITING,
    Page.LESSON,
)
"""Where a way can lead, in order; a way to the lesson starts it."""


def way_to(page: Page, plan: Plan, begins: int, start_after: int) -> tuple[Thread, ...]:
    """The threads that lead a candidate from the start of the clients, at exam time `begins`, to that page.

    `start_after`: ms from the lesson's page to 【开始】, where the way leads there.
    """
    upto = PAGES.index(page)
    steps = [step for stage, group in enumerate(_groups(plan, start_after), 1) for step in group if stage <= upto]
    timed = [
        Step(action=step.action, when=step.when, after=step.after, at=begins + CHECKED_MS + number * STEP_MS)
        for number, step in enumerate(steps)
    ]
    by_role = {role: tuple(each for each in timed if _role(each) is role) for role in (Role.LAPTOP, Role.PHONE)}
    return tuple(Thread(f"{WAY}-{role}", found) for role, found in by_role.items() if found)


def _role(step: Step) -> Role | None:
    return step.action.role if isinstance(step.action, Do) else None


def _groups(plan: Plan, start_after: int) -> Iterator[tuple[Step, ...]]:
    """The presses that lead from each page of `PAGES` to the one after it."""
    yield (_press(Act.PROCEED, Page.CHECK),)
    yield _press(Act.CONSENT, Page.LOGIN), _press(Act.LOGIN, Page.LOGIN)
    scan = Do(role=Role.PHONE, act=Act.SCAN, args={"payload": "$qr"})
    bound = Wait(pages=(Page.BIND,), bound=True, enabled=Act.PROCEED)
    yield Step(action=scan, when=Wait(pages=(Page.BIND,), qr=True)), Step(action=_do(Act.PROCEED), when=bound)
    files = [_press(act, Page.ATTACHMENTS, id=each.id) for each in plan.attachments for act in (Act.OPEN, Act.READ)]
    yield *files, _press(Act.PROCEED, Page.ATTACHMENTS)
    yield (_press(Act.ENTER, Page.LOBBY),)
    yield (_press(Act.WAIT, Page.DEVICES),)
    yield (_press(Act.START, Page.LESSON, after=start_after),)


def _do(act: Act, **args: str) -> Do:
    return Do(role=Role.LAPTOP, act=act, args=args)


def _press(act: Act, page: Page, /, after: int = 0, **args: str) -> Step:
    return Step(action=_do(act, **args), when=Wait(pages=(page,), enabled=act), after=after)


def way_of(script: Script) -> str:
    """The name of the script's plain way: to which page it leads, or would, had shrinking not cut it short."""
    gone = {thread.name: len(thread.steps) for thread in script.threads if thread.name.startswith(WAY)}
    for page in PAGES:
        whole = {thread.name: len(thread.steps) for thread in way_to(page, script.plan, script.begins, 0)}
        if all(whole.get(name, 0) >= steps for name, steps in gone.items()):
            return f"way to {page}" if whole == gone else f"way towards {page}"
    raise ValueError("the presses of the script's way lead further than any way does")


def presses_of_the_way(script: Script) -> int:
    """How many presses lead to where this script's own ones begin."""
    return sum(len(thread.steps) for thread in script.threads if thread.name.startswith(WAY))
