"""Portraits: a candidate before a laptop, shown as a face tile with its scrambled twin beside it.

The tiles stand still at `tiles()`, so that whoever looks for a face, a filter or a replaced background knows where to look; the room behind
them sways. The candidate's seed gives the face, so that another person's is another tile.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2

from virtual_devices.scenes.base import Frame, Marking, Plane, Scene, Setting, Swaying, even, margined, planes
from virtual_devices.scenes.faces import BLOCKS, STRANGER, face, scrambled
from virtual_devices.scenes.room import Dark, room


class Tiles(NamedTuple):
    """Where the two tiles stand, in pixels: `side` wide and high, at (`face_x`, `y`) and (`scrambled_x`, `y`)."""

    side: int
    face_x: int
    scrambled_x: int
    y: int


def tiles(width: int, height: int) -> Tiles:
    """The place of the tiles in a picture of that size; every number is even."""
    side = 2 * BLOCKS * round(min(height * 0.54, width * 0.32) / (2 * BLOCKS))
    return Tiles(side, even(width * 0.34 - side / 2), even(width * 0.72 - side / 2), even(height / 2 - side / 2))


def portrait(setting: Setting) -> Scene:
    """The candidate, facing the camera."""
    return _sitter(setting, face(setting.person, _side(setting)))


def stranger(setting: Setting) -> Scene:
    """Somebody else in the candidate's place: a face that does not match."""
    return _sitter(setting, face(setting.person ^ STRANGER, _side(setting)))


def covered(setting: Setting) -> Scene:
    """The candidate behind a mask and dark glasses."""
    return _sitter(setting, face(setting.person, _side(setting), covered=True))


def lights_out(setting: Setting) -> Scene:
    """The candidate in a dim room: dark, noisy, and still a working camera."""
    return Dark(_sitter(setting, face(setting.person, _side(setting))), setting)


class Still:
    """A camera that hangs: it sends the picture before it again and again, mark and all; hung from the start, its first one."""

    marking: Marking = "held"

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def render(self, at_ms: int) -> Frame:
        """The same picture always."""
        return self._scene.render(0)


def frozen(setting: Setting) -> Scene:
    """The camera hangs."""
    return Still(portrait(setting))


def _side(setting: Setting) -> int:
    return tiles(setting.width, setting.height).side


def _sitter(setting: Setting, tile: Plane) -> Swaying:
    place = tiles(setting.width, setting.height)
    ground = room(*margined(setting))
    edge = max(2, place.side // 40)
    for x in (place.face_x, place.scrambled_x):  # a pale card behind each tile
        cv2.rectangle(
            ground,
            (x - edge, place.y - edge),
            (x + place.side + 3 * edge, place.y + place.side + 3 * edge),
            (222, 224, 226),
            -1,
        )
    return Swaying(
        setting,
        planes(ground),
        ((planes(tile), place.face_x, place.y), (planes(scrambled(tile)), place.scrambled_x, place.y)),
    )
