"""The lanes of a timeline's picture: the network, what the candidate did, the pages shown, each stream, and what went otherwise.

Pure. A lane is laid out from its own top, y = 0. However many events there are, it holds at most one mark a pixel, so that a page stays small.
Called by the picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, TypeVar, cast

import msgspec

from harness.core import events as ev
from harness.core.timeline import Timeline
from harness.core.units import show, show_moment
from harness.core.view import Page, Role, Stream
from reports.sentences import describe, size, when
from reports.shapes import LEFT, WIDTH, Area, Bar, Lane, Scale, Tick, fitting, text_width
from reports.text import bounded
from reports.words import ACTS, CHANGES, DESK, FAULTS, PAGES, REPORTS, STREAMS, Words

ROW: Final = 13.0
CROWDED: Final = 6.0  # the row of ticks without words
PEAK: Final = 16.0  # height of the most bytes a bin
BINS: Final = 240  # of arriving bytes
NAMES: Final = {  # of the lanes of pages; as short as the margin is narrow
    Role.LAPTOP: Words("笔记本", "laptop"),
    Role.PHONE: Words("手机", "phone"),
    Role.RIVAL_LAPTOP: Words("另一笔记本", "2nd laptop"),
    Role.RIVAL_PHONE: Words("另一手机", "2nd phone"),
}

D = TypeVar("D", bound=ev.Data)


def _of(timeline: Timeline, kind: type[D], role: Role | None = None) -> list[tuple[ev.Event, D]]:
    found = timeline.of(kind) if role is None else timeline.of(kind, role=role)
    return [(event, cast("D", event.data)) for event in found]


def network(timeline: Timeline, scale: Scale) -> Lane | None:
    """The faults that stood, as spans; None where there was none."""
    bars = []
    for event, data in _of(timeline, ev.Disturbed):
        x, right = scale.x(event.at_ms), scale.x(event.end_ms)
        word = FAULTS.get(data.kind, Words(data.kind, data.kind))
        bars.append(
            Bar(
                x=x,
                y=0,
                width=max(1.5, round(right - x, 1)),
                height=14,
                kind="down" if data.kind == "down" else "fault",
                label=fitting(word.zh, right - x),
                title=f"{when(event)} {describe(event).zh}",
            )
        )
    return Lane(name=Words("网络", "network"), y=0, height=14, bars=tuple(bars)) if bars else None


# -- pages -----------------------------------------------------------------------------------------------------------


def pages(timeline: Timeline, role: Role, scale: Scale) -> Lane | None:
    """The pages that a client showed, as spans that end where its process does; alerts below as they come up."""
    views = _of(timeline, ev.Viewed, role)
    if not views:
        return None
    stops = [event.at_ms for event, data in _of(timeline, ev.ProcessChanged, role) if data.change != "started"]
    shown: list[tuple[int, int, Page]] = []
    ends = [event.at_ms for event, _ in views[1:]] + [scale.to_ms]
    for (event, data), until in zip(views, ends, strict=True):
        end = min((stop for stop in stops if event.at_ms <= stop < until), default=until)
        if shown and shown[-1][1:] == (event.at_ms, data.view.page):
            shown[-1] = (shown[-1][0], end, data.view.page)
        else:
            shown.append((event.at_ms, end, data.view.page))
    alerts = _alerts(views, scale)
    return Lane(
        name=NAMES[role],
        y=0,
        height=27 if alerts else 18,
        bars=_one_a_pixel(_page(*span, scale) for span in shown),
        ticks=alerts,
    )


def _page(start: int, end: int, page: Page, scale: Scale) -> Bar:
    x, word = scale.x(start), PAGES[page]
    width = round(scale.x(end) - x, 1)
    return Bar(
        x=x,
        y=0,
        width=max(0.7, width),
        height=18,
        kind=f"page-{page}",
        label=fitting(word.zh, width),
        title=f"{word.zh} {word.en}: {show_moment(start)} – {show_moment(end)}",
    )


def _alerts(views: Sequence[tuple[ev.Event, ev.Viewed]], scale: Scale) -> tuple[Tick, ...]:
    """One mark for each alert when it comes up."""
    ticks: list[Tick] = []
    standing: set[str] = set()
    for event, data in views:
        alerts: dict[str, str] = {alert.code: alert.text for alert in data.view.alerts}
        x = scale.x(event.at_ms)
        risen = [f"{code}: {bounded(alerts[code], 120)}" for code in alerts if code not in standing]
        if risen and (not ticks or x - ticks[-1].x >= 1):
            title = f"{show_moment(event.at_ms)} 提示 {'; '.join(risen[:3])}"
            ticks.append(Tick(x=x, y=22, kind="alert", title=title))
        standing = set(alerts)
    return tuple(ticks)


# -- streams ---------------------------------------------------------------------------------------------------------


def stream(timeline: Timeline, which: Stream, scale: Scale) -> Lane | None:
    """What a recording shows, with its gaps and its sound; below it its bytes as they arrived."""
    spans: list[Bar] = []
    recorded = timeline.recording(which)
    if recorded is not None:
        footage = recorded.footage
        spans += [_span("seen", "画面 picture", each.from_ms, each.to_ms, scale) for each in footage.seen]
        spans += [_span("heard", "声音 sound", each.from_ms, each.to_ms, scale) for each in footage.heard]
        spans += [_span("gap", "间断 gap", each.from_ms, each.to_ms, scale) for each in footage.gaps]
    areas = _arrivals([pair for pair in _of(timeline, ev.Arrived) if pair[1].stream is which], scale, base=31)
    if not spans and not areas:
        return None
    return Lane(name=STREAMS[which], y=0, height=31, bars=_one_a_pixel(spans), areas=areas)


def _span(kind: str, name: str, start: int, end: int, scale: Scale) -> Bar:
    x = scale.x(start)
    y, height = (10.0, 2.5) if kind == "heard" else (0.0, 9.0)
    return Bar(
        x=x,
        y=y,
        width=max(0.8, round(scale.x(end) - x, 1)),
        height=height,
        kind=kind,
        title=f"{name}: {show_moment(start)} – {show_moment(end)} ({show(end - start)})",
    )


def _arrivals(arrived: Sequence[tuple[ev.Event, ev.Arrived]], scale: Scale, base: float) -> tuple[Area, ...]:
    """Bytes a bin as an outline of steps that stands on `base`; a chunk is spread over the time in which it arrived."""
    if not arrived:
        return ()
    width = max(1, scale.to_ms - scale.from_ms) / BINS
    bins = [0.0] * BINS
    for event, data in arrived:
        first, last = (min(BINS - 1, max(0, int((at - scale.from_ms) / width))) for at in (event.at_ms, event.end_ms))
        for each in range(first, last + 1):
            bins[each] += data.length / (last - first + 1)
    peak = max(1.0, *bins)
    path = [f"M{scale.x(scale.from_ms)} {base:g}"]
    before = 0.0
    for number, count in enumerate(bins):
        if count != before:
            path.append(f"H{scale.x(scale.from_ms + number * width)}V{base - PEAK * count / peak:.1f}")
        before = count
    path.append(f"H{scale.x(scale.to_ms)}V{base:g}Z")
    total, rate = size(sum(data.length for _, data in arrived)), size(int(peak * 1_000 / width))
    return (Area(path="".join(path), title=f"收到 {total}，峰值 {rate}/s · {total} arrived, at most {rate}/s"),)


# -- moments ---------------------------------------------------------------------------------------------------------


def candidate(timeline: Timeline, scale: Scale) -> Lane | None:
    """What the candidate did."""
    return _moments(timeline.of(ev.Intent), scale, Words("考生", "candidate"))


def incidents(timeline: Timeline, scale: Scale) -> Lane | None:
    """What went otherwise: refusals, the client's reports, the desk, devices, deaths, and the harness's own lateness."""
    events = [
        event
        for kind in (ev.Reported, ev.DeskActed, ev.DeviceChanged, ev.Misconduct, ev.Lateness)
        for event in timeline.of(kind)
    ]
    events += timeline.of(ev.Served, lambda data: data.status >= 400)
    events += timeline.of(ev.ProcessChanged, lambda data: data.change in ("killed", "died"))
    return _moments(sorted(events, key=lambda event: (event.at_ms, event.seq)), scale, Words("事件", "incidents"))


def _moments(events: Sequence[ev.Event], scale: Scale, name: Words) -> Lane | None:
    """Ticks with their words in as many rows as need be, three at most; what finds no room stands below them without its word."""
    if not events:
        return None
    free = [LEFT, LEFT, LEFT]  # where each row is free from
    ticks: list[Tick] = []
    crowded: list[Tick] = []
    for event in events:
        x = scale.x(event.at_ms)
        kind, word = _moment(event.data)
        end = x + text_width(word) + 10
        row = next((number for number, start in enumerate(free) if x >= start), None)
        title = f"{when(event)} {describe(event).zh}"
        if row is not None and end <= WIDTH:
            free[row] = end
            ticks.append(Tick(x=x, y=row * ROW, kind=kind, label=word, title=title))
        elif not crowded or x - crowded[-1].x >= 1:
            crowded.append(Tick(x=x, y=0, kind=kind, height=CROWDED - 1, title=title))
    rows = ROW * sum(start > LEFT for start in free)
    ticks += [msgspec.structs.replace(each, y=rows) for each in crowded]
    return Lane(name=name, y=0, height=rows + (CROWDED if crowded else 0), ticks=tuple(ticks))


def _moment(data: ev.Data) -> tuple[str, str]:  # noqa: PLR0911 - one return for each kind that has a mark
    """The colour and the word of what takes no time."""
    match data:
        case ev.Intent(role=role, act=act, status=status):
            return f"act-{role}" if status == "done" else "refused", ACTS[act].zh
        case ev.Served(operation=operation, status=status):
            return "refused", f"{operation} {status}"
        case ev.Reported(what=what):
            return "note", REPORTS[what].zh
        case ev.DeskActed(action=action):
            return "note", DESK[action].zh
        case ev.DeviceChanged(device=device, change=change):
            return "note", f"{device} {CHANGES[change].zh}"
        case ev.ProcessChanged(change=change) | ev.Misconduct(kind=change):
            return "bad", CHANGES[change].zh
        case ev.Lateness(late_ms=late):
            return "bad", f"迟 {show(late)}"
        case _:
            return "note", ""


def _one_a_pixel(bars: Iterable[Bar]) -> tuple[Bar, ...]:
    """Of the bars of one kind that begin in the same pixel the widest."""
    widest: dict[tuple[str, int], Bar] = {}
    for bar in bars:
        place = (bar.kind, int(bar.x))
        if place not in widest or widest[place].width < bar.width:
            widest[place] = bar
    return tuple(widest.values())
