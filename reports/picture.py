"""One interview as a picture: a timeline's lanes over exam time, with the plan's moments through them.

Pure: events and a plan in, numbers and words out; x grows with exam time. Called by the page.
"""

from __future__ import annotations

from typing import Final

import msgspec

from harness.core.plan import Plan
from harness.core.timeline import Timeline
from harness.core.units import show_moment
from harness.core.view import Role, Stream
from reports import lanes
from reports.shapes import LEFT, WIDTH, Guide, Lane, Picture, Scale, text_width

MOMENT: Final = 14.0  # a row of the plan's moments
SPACE: Final = 7.0  # between lanes
AXIS: Final = 18.0
TICKS: Final = 12

_STEPS: Final = tuple(
    unit * count
    for unit, counts in ((1_000, (1, 2, 5, 10, 20, 30)), (60_000, (1, 2, 5, 10, 20, 30, 60)))
    for count in counts
)


def draw(timeline: Timeline, plan: Plan, from_ms: int, to_ms: int) -> Picture:
    """The picture of one run that lasted from `from_ms` to `to_ms` of exam time. `plan` is at the run's own length."""
    scale = Scale(from_ms, to_ms)
    wanted = (
        lanes.network(timeline, scale),
        lanes.candidate(timeline, scale),
        *(lanes.pages(timeline, role, scale) for role in Role),
        *(lanes.stream(timeline, each, scale) for each in Stream),
        lanes.incidents(timeline, scale),
    )
    guides = _guides(plan, scale)
    placed: list[Lane] = []
    top = y = MOMENT * (1 + max((guide.row for guide in guides), default=0)) + 12
    for lane in wanted:
        if lane is not None:
            placed.append(msgspec.structs.replace(lane, y=y))
            y += lane.height + SPACE
    return Picture(
        width=WIDTH, top=top, height=y + AXIS, lanes=tuple(placed), guides=guides, axis=_axis(scale), scale=scale
    )


def _guides(plan: Plan, scale: Scale) -> tuple[Guide, ...]:
    """The plan's moments that lie in the picture, their names in two rows where they would touch."""
    moments = (
        (plan.windows.login_opens, "开放登录"),
        (plan.windows.entry_opens, "开放进入"),
        (0, "开考"),
        (plan.windows.entry_closes, "停止进入"),
        (plan.preparation_ends, "备课结束"),
    )
    guides: list[Guide] = []
    free = [LEFT - 60, LEFT - 60]
    for at, name in moments:
        if not scale.from_ms <= at <= scale.to_ms:
            continue
        x, moment = scale.x(at), show_moment(at)
        half = (text_width(f"{name} {moment}") + 10) / 2
        row = 0 if x - half >= free[0] else 1
        free[row] = x + half
        guides.append(Guide(x=x, row=row, name=name, moment=moment))
    return tuple(guides)


def _axis(scale: Scale) -> tuple[tuple[float, str], ...]:
    length = scale.to_ms - scale.from_ms
    step = next((each for each in _STEPS if length / each <= TICKS), _STEPS[-1])
    first = -(-scale.from_ms // step) * step
    return tuple((scale.x(at), show_moment(at)) for at in range(first, scale.to_ms + 1, step))
