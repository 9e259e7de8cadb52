"""What stood before the laptop while its devices were checked: which cameras and microphones were plugged in, what they saw and heard.

Facts are the script's devices and what the harness did to them, never what a client says of them. Pure; called by the rules of this package
alone.
"""

from __future__ import annotations

import itertools
from typing import Final, Literal

import msgspec

from harness.core.events import DeviceChanged, Scene
from harness.core.script import SILENT, DeviceSpec, Script
from harness.core.timeline import Timeline
from harness.core.view import Role
from harness.rules.facts import first_seen, horizon, read

Kind = Literal["camera", "microphone"]
QUIET: Final = "room"  # what a microphone hears while nobody speaks


class Stand(msgspec.Struct, frozen=True, kw_only=True):
    """From `from_ms` to `to_ms` (exam ms) exactly these devices of one kind were plugged in, each before its scene."""

    from_ms: int
    to_ms: int
    present: tuple[tuple[str, str], ...]  # device, scene

    @property
    def lasted_ms(self) -> int:
        """How long."""
        return self.to_ms - self.from_ms

    @property
    def scene(self) -> str:
        """The scene, where one device alone was there: a client that has several may have used another."""
        return self.present[0][1] if len(self.present) == 1 else ""


def stands(timeline: Timeline, script: Script, kind: Kind) -> list[Stand]:
    """How the laptop's devices of that kind stood, one span after the other, for as long as the laptop was watched."""
    since, until = first_seen(timeline, Role.LAPTOP), horizon(timeline, Role.LAPTOP)
    if since is None or until is None:
        return []
    specs = [spec for spec in script.devices if spec.role == Role.LAPTOP and spec.kind == kind]
    plugs = [(e.at_ms, read(DeviceChanged, e)) for e in timeline.of(DeviceChanged)]
    scenes = [(e.at_ms, e.until_ms, read(Scene, e)) for e in timeline.of(Scene)] if kind == "camera" else []
    moments = {at for at, _ in plugs} | {at for start, end, _ in scenes for at in (start, end) if at is not None}
    edges = [since, *sorted(at for at in moments if since < at < until), until]

    def present(at: int) -> tuple[tuple[str, str], ...]:
        return tuple((spec.id, _scene(spec, scenes, at)) for spec in specs if _plugged(spec, plugs, at))

    found: list[Stand] = []
    for start, end in itertools.pairwise(edges):
        there = present(start)
        if found and found[-1].present == there:
            found[-1] = msgspec.structs.replace(found[-1], to_ms=end)
        else:
            found.append(Stand(from_ms=start, to_ms=end, present=there))
    return found


def _plugged(spec: DeviceSpec, plugs: list[tuple[int, DeviceChanged]], at: int) -> bool:
    changes = [data.change for when, data in plugs if data.device == spec.id and when <= at]
    kept = [change for change in changes if change in ("plugged", "unplugged")]
    return kept[-1] == "plugged" if kept else spec.plugged


def _scene(spec: DeviceSpec, scenes: list[tuple[int, int | None, Scene]], at: int) -> str:
    shown = [
        data.scene
        for start, end, data in scenes
        if data.device == spec.id and start <= at and (end is None or at < end)
    ]
    return shown[-1] if shown else spec.scene


def spoken(timeline: Timeline, stand: Stand) -> list[tuple[int, int]]:
    """When somebody spoke before a microphone that was there, exam ms."""
    heard = {device for device, _ in stand.present}
    said = [event for event in timeline.of(Scene) if read(Scene, event).device in heard]
    return [(event.at_ms, event.end_ms) for event in said if event.at_ms < stand.to_ms and event.end_ms > stand.from_ms]


def dead(stand: Stand) -> bool:
    """The only microphone gives digital silence."""
    return stand.scene == SILENT
