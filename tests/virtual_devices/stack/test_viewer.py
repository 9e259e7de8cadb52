"""What a person who watches a stack's display gets to see of it, on a display of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pytest
from Xlib import X
from Xlib import display as xlib
from Xlib.protocol.event import ClientMessage

from virtual_devices.stack import Stack
from virtual_devices.stack.viewer import SLICE, Pixels, slices

SIZE = (640, 480)
PATIENCE = 2_000  # looks, each of which takes some milliseconds


def shown(display: str) -> Pixels:
    """What stands on a display, as BGR."""
    connection = xlib.Display(display)
    try:
        picture = connection.screen().root.get_image(0, 0, *SIZE, X.ZPixmap, 0xFFFFFFFF)
    finally:
        connection.close()
    return np.frombuffer(picture.data, np.uint8).reshape(SIZE[1], SIZE[0], 4)[:, :, :3]


def painted(display: str, colour: int) -> None:
    connection = xlib.Display(display)
    root = connection.screen().root
    root.change_attributes(background_pixel=colour)
    root.clear_area(0, 0, *SIZE)
    connection.sync()
    connection.close()


def close(display: str, title: str) -> None:
    """As a window manager does when its cross is pressed."""
    connection = xlib.Display(display)
    (window,) = [each for each in connection.screen().root.query_tree().children if each.get_wm_name() == title]
    protocols, closing = (connection.intern_atom(f"WM_{name}") for name in ("PROTOCOLS", "DELETE_WINDOW"))
    window.send_event(ClientMessage(window=window, client_type=protocols, data=(32, [closing, X.CurrentTime, 0, 0, 0])))
    connection.sync()
    connection.close()


def soon(holds: Callable[[], bool]) -> bool:
    return any(holds() for _ in range(PATIENCE))


@pytest.mark.usefixtures("packages")
def test_a_watched_display_is_seen_on_the_person_s_and_closing_the_window_harms_nothing(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folders: list[Path] = [tmp_path_factory.mktemp("k") / name for name in ("person", "laptop")]
    with Stack(folders[0], screen=SIZE) as person:
        with Stack(folders[1], screen=SIZE, watched_on={"DISPLAY": person.display}) as laptop:
            for colour in (0x3060C0, 0xC06030):
                painted(laptop.display, colour)
                wanted = list(colour.to_bytes(3, "little"))
                assert soon(lambda wanted=wanted: shown(person.display)[240, 320].tolist() == wanted)  # type: ignore[misc] # mypy can't infer the default's type
            viewer = psutil.Process(laptop.pids["viewer"])
            close(person.display, "Viva: laptop")
            assert soon(lambda: not any(shown(person.display)[240, 320]))
            assert laptop.health() == ()
            assert viewer.is_running()
        assert not viewer.is_running()


def test_only_rows_that_changed_are_sent_and_no_piece_is_larger_than_a_request() -> None:
    before = np.zeros((960, 4 * 1_366), np.uint8)
    now = before.copy()
    assert list(slices(now, before)) == []
    now[100, 7] = now[420, 9] = 1
    pieces = list(slices(now, before))
    assert pieces[0][0] == 100
    assert sum(len(rows) for _, rows in pieces) == 321
    assert all(rows.nbytes <= SLICE for _, rows in pieces)
