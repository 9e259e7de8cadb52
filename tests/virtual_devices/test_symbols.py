"""Printed symbols are read where they were drawn, either way round, and nothing else is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.core.errors import VivaError
from virtual_devices import symbols

NAMES = (symbols.SHEET_FRONT, symbols.SHEET_BACK, symbols.DRAWING, *symbols.YAWS)


@pytest.mark.parametrize("name", NAMES)
def test_every_symbol_is_ten_modules_wide_and_read_by_its_name(name: str) -> None:
    luma = np.full((180, 320), 128, np.uint8)
    symbols.draw(luma, name, 160, 90, 4)
    assert symbols.side(4) == 48
    (found,) = symbols.read(luma)
    assert found.text == name
    assert (found.x, found.y) == pytest.approx((160, 90), abs=2)


@pytest.mark.parametrize("mirrored", [None, True])
def test_a_mirrored_symbol_is_read_where_it_stands(mirrored: bool | None) -> None:
    luma = np.full((180, 320), 128, np.uint8)
    symbols.draw(luma, "sheet-back", 60, 90, 4)
    (found,) = symbols.read(np.ascontiguousarray(luma[:, ::-1]), mirrored=mirrored)
    assert found.text == "sheet-back"
    assert (found.x, found.y) == pytest.approx((259, 90), abs=2)


@settings(deadline=None)  # other work shares the cores; how long it takes is no matter here
@given(x=st.integers(-60, 380), y=st.integers(-60, 240))
def test_a_symbol_at_the_edge_is_cut_off_and_never_misread(x: int, y: int) -> None:
    luma = np.full((180, 320), 128, np.uint8)
    symbols.draw(luma, "yaw-345", x, y, 3)
    assert {found.text for found in symbols.read(luma)} <= {"yaw-345"}


def test_texts_of_others_are_not_ours() -> None:
    assert symbols.read(np.random.default_rng(1).integers(0, 256, (180, 320), np.uint8)) == []


def test_a_name_without_a_symbol_is_refused() -> None:
    with pytest.raises(VivaError, match="'yaw-007'"):
        symbols.draw(np.zeros((90, 160), np.uint8), "yaw-007", 50, 50, 3)
