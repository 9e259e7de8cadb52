"""Scenes: what cameras see, by name. A scene is a pure function of time; see `base` for what each owes."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from harness.core.errors import VivaError
from virtual_devices.scenes.base import Frame, Scene, Setting
from virtual_devices.scenes.panorama import panorama
from virtual_devices.scenes.paper import drawing, sheet_back, sheet_front
from virtual_devices.scenes.picture import PREFIX, picture
from virtual_devices.scenes.portrait import covered, frozen, lights_out, portrait, stranger
from virtual_devices.scenes.programme import Programme, Showing, always, programme
from virtual_devices.scenes.room import Black, empty_room
from virtual_devices.scenes.screen import screen

__all__ = ["SCENES", "Frame", "Programme", "Scene", "Setting", "Showing", "always", "make", "programme"]

SCENES: Final[dict[str, Callable[[Setting], Scene]]] = {
    "portrait": portrait,
    "stranger": stranger,
    "covered": covered,
    "sheet-front": sheet_front,
    "sheet-back": sheet_back,
    "drawing": drawing,
    "panorama": panorama,
    "empty-room": empty_room,
    "lights-out": lights_out,
    "black": Black,
    "frozen": frozen,
    "screen": screen,
}


@lru_cache(maxsize=64)
def make(name: str, setting: Setting) -> Scene:
    """The scene of that name, drawn for that setting; scenes do not change, so that all cameras of a process share what is drawn.

    Raises `VivaError` for a name that is none of `SCENES` and carries no picture of its own (see `picture`).
    """
    if name.startswith(PREFIX):
        return picture(name, setting)
    if name not in SCENES:
        raise VivaError(f"no scene is called {name!r}: use one of {', '.join(SCENES)}")
    return SCENES[name](setting)
