"""Sentences of what only a window shows: the live picture on a page, what its text was got out by, on what machine it ran.

Pure; called by `sentences` alone. What a subject's page gave is bounded here.
"""

from __future__ import annotations

from typing import Final

from harness.core import events as ev
from harness.core.units import show_moment
from reports.text import bounded
from reports.words import ROLES, Words

QUOTE: Final = 80  # characters of a page's own text in a sentence

WAYS: Final[dict[str, Words]] = {
    "select": Words("全选", "selecting"),
    "copy": Words("复制", "copying"),
    "drag": Words("拖动", "dragging"),
    "print": Words("打印", "printing"),
}


def of_window(data: ev.PreviewSeen | ev.Yielded | ev.Searched | ev.Enrolled | ev.Machine) -> Words:
    """What happened, without its time."""
    if isinstance(data, ev.Enrolled):
        name, number = bounded(data.name, QUOTE), bounded(data.admission_number, QUOTE)
        return Words(f"考生{name}，准考证号 {number}", f"the candidate is enrolled under {number}")
    whose = ROLES[data.role]
    match data:
        case ev.PreviewSeen():
            return _preview(data, whose)
        case ev.Yielded():
            way = WAYS[data.by]
            if not data.text:
                return Words(f"在{whose.zh}上{way.zh}一无所得", f"{way.en} on {whose.en} gave nothing")
            said = bounded(data.text, QUOTE)
            return Words(f"在{whose.zh}上{way.zh}得到“{said}”", f"{way.en} on {whose.en} gave “{said}”")
        case ev.Searched():
            return _searched(data, whose)
        case ev.Machine():
            return Words(
                f"{whose.zh}有 {data.cores} 个处理器线程、{data.memory_gib:g} GiB 内存",
                f"{whose.en} has {data.cores} threads and {data.memory_gib:g} GiB of memory",
            )


def _searched(data: ev.Searched, whose: Words) -> Words:
    if not data.found:
        return Words(f"{whose.zh}没有留存试题", f"{whose.en} kept the question nowhere")
    places = bounded("、".join(data.found), QUOTE)
    return Words(f"{whose.zh}留存着试题：{places}", f"{whose.en} kept the question in: {places}")


def _preview(data: ev.PreviewSeen, whose: Words) -> Words:
    if data.device is None or data.frame_ms is None:
        return Words(
            f"{whose.zh}的预览画面里读不出任何标记", f"no mark could be read in the live picture of {whose.en}"
        )
    at = show_moment(data.frame_ms)
    return Words(
        f"{whose.zh}的预览显示 {data.device} 号摄像头 {at} 的画面",
        f"the live picture of {whose.en} showed what camera {data.device} had delivered at {at}",
    )
