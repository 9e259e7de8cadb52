"""What every scene is made of: pictures in I420, their size, and how time moves them.

A scene is a pure function of (ms since the scene began): it renders the same picture for the same time, always. Whatever is costly is drawn
once, when the scene is made, in BGR; a frame is then a crop and a few pastes. Scenes leave the strips at the top and bottom edge free for
`timecode`; whether and how a mark belongs there is the scene's `marking`. Cameras render; nobody else does.
"""

from __future__ import annotations

import math
from typing import Final, Literal, NamedTuple, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8]
Colour = tuple[int, int, int]  # BGR

BLACK: Final = 16  # studio range (ITU-R BT.601), as all of our pictures
NEUTRAL: Final = 128  # chroma of grey
STRIP_SHARE: Final = (
    0.12  # of the height, at the top and at the bottom: a strip takes 0.1, the rest keeps codec blocks apart
)

# plain: a mark of its own in each frame. dim: as dark as the scene. none: the camera shows nothing at all. held: the very picture before it.
Marking = Literal["plain", "dim", "none", "held"]


class Frame:
    """One picture in I420 over one contiguous buffer: `luma` (H, W), `chroma_u` and `chroma_v` (H/2, W/2), all writable views of `data`."""

    __slots__ = ("chroma_u", "chroma_v", "data", "luma")

    def __init__(self, width: int, height: int) -> None:
        area, quarter = width * height, width * height // 4
        self.data: Plane = np.empty(area + 2 * quarter, np.uint8)
        self.luma: Plane = self.data[:area].reshape(height, width)
        self.chroma_u: Plane = self.data[area : area + quarter].reshape(height // 2, width // 2)
        self.chroma_v: Plane = self.data[area + quarter :].reshape(height // 2, width // 2)


class Setting(NamedTuple):
    """What a scene is made for. Sizes are even."""

    width: int
    height: int
    lasts_ms: int = 8_000  # how long a scene with a course of its own (the pan) takes
    person: int = 0  # whose face: a candidate's seed
    module_px: int | None = None  # of printed symbols; None: 4 px at 180 rows, and in proportion

    @property
    def module(self) -> int:
        """Pixels a module of a printed symbol."""
        return self.module_px or max(3, round(self.height * 4 / 180))

    @property
    def top(self) -> int:
        """The first row below the upper strip, even."""
        return _even_up(self.height * STRIP_SHARE)

    @property
    def bottom(self) -> int:
        """The first row of the lower strip, even."""
        return self.height - self.top


class Scene(Protocol):
    """Something that a camera can look at."""

    @property
    def marking(self) -> Marking:
        """Whether and how frames of this scene carry a mark."""
        ...

    def render(self, at_ms: int) -> Frame:
        """The picture `at_ms` after the scene began; the frame is the caller's to write on."""
        ...


class Planes(NamedTuple):
    """A drawn picture in I420 that frames are cut from; even width and height."""

    luma: Plane
    chroma_u: Plane
    chroma_v: Plane

    def crop(self, frame: Frame, x: int, y: int) -> None:
        """Fill `frame` with the part of this picture whose upper left corner is (x, y)."""
        height, width = frame.luma.shape
        frame.luma[:] = self.luma[y : y + height, x : x + width]
        rows, columns = slice(y // 2, y // 2 + height // 2), slice(x // 2, x // 2 + width // 2)
        frame.chroma_u[:] = self.chroma_u[rows, columns]
        frame.chroma_v[:] = self.chroma_v[rows, columns]

    def paste(self, frame: Frame, x: int, y: int) -> None:
        """Put this picture into `frame` with its upper left corner at (x, y), both even."""
        height, width = self.luma.shape
        frame.luma[y : y + height, x : x + width] = self.luma
        rows, columns = slice(y // 2, y // 2 + height // 2), slice(x // 2, x // 2 + width // 2)
        frame.chroma_u[rows, columns] = self.chroma_u
        frame.chroma_v[rows, columns] = self.chroma_v

    def through(self, luma: Plane, chroma: Plane) -> Planes:
        """The same picture with every level replaced by these tables' (256 each)."""
        return Planes(luma[self.luma], chroma[self.chroma_u], chroma[self.chroma_v])


def planes(drawn: Plane) -> Planes:
    """A BGR picture (H, W, 3) of even size as I420 planes."""
    height, width = drawn.shape[:2]
    packed = np.asarray(cv2.cvtColor(drawn, cv2.COLOR_BGR2YUV_I420), np.uint8).reshape(-1)
    area, quarter = width * height, width * height // 4
    return Planes(
        packed[:area].reshape(height, width),
        packed[area : area + quarter].reshape(height // 2, width // 2),
        packed[area + quarter :].reshape(height // 2, width // 2),
    )


SWAY: Final = 4  # pixels that a swaying picture is larger than the frame on each side


def sway(at_ms: int) -> tuple[int, int]:
    """Where the crop of a swaying picture begins: a slow wander of a few pixels, as of a laptop on an unsteady table."""
    seconds = at_ms / 1_000
    return SWAY + round(SWAY * math.sin(seconds * 2.9)), SWAY + round(SWAY / 2 * math.sin(seconds * 2.1))


class Swaying:
    """A picture (drawn `SWAY` larger on each side) that sways, with others that stand still upon it, each at its (x, y)."""

    marking: Marking = "plain"

    def __init__(self, setting: Setting, ground: Planes, still: tuple[tuple[Planes, int, int], ...] = ()) -> None:
        self._setting = setting
        self._ground = ground
        self._still = still

    def through(self, luma: Plane, chroma: Plane) -> Swaying:
        """The same scene with every level replaced by these tables' (256 each)."""
        still = tuple((picture.through(luma, chroma), x, y) for picture, x, y in self._still)
        return Swaying(self._setting, self._ground.through(luma, chroma), still)

    def render(self, at_ms: int) -> Frame:
        """The picture at that time."""
        frame = Frame(self._setting.width, self._setting.height)
        self._ground.crop(frame, *sway(at_ms))
        for picture, x, y in self._still:
            picture.paste(frame, x, y)
        return frame


def margined(setting: Setting) -> tuple[int, int]:
    """Width and height of a picture for `Swaying`."""
    return setting.width + 2 * SWAY, setting.height + 2 * SWAY


def even(value: float) -> int:
    """The even number nearest to `value`."""
    return 2 * round(value / 2)


def _even_up(value: float) -> int:
    return 2 * math.ceil(value / 2)
