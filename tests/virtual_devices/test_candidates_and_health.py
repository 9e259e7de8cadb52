"""Made-up candidates, and what a machine says of itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.errors import HarnessError
from virtual_devices import backends, candidates, health
from virtual_devices.backends import v4l2
from virtual_devices.display import displays


def test_a_seed_always_gives_the_same_candidate() -> None:
    assert candidates.candidate(7) == candidates.candidate(7)
    assert candidates.candidate(7).name == candidates.candidate(7, art=True).name
    assert len({candidates.candidate(seed).id_number for seed in range(200)}) == 200


def test_no_identity_number_can_be_a_real_ones_and_each_has_its_check_character() -> None:
    for seed in range(50):
        number = candidates.candidate(seed).id_number
        assert number.startswith("999999")
        assert len(number) == 18
        values = [10 if digit == "X" else int(digit) for digit in number]
        assert sum(value * pow(2, 17 - place, 11) for place, value in enumerate(values)) % 11 == 1


def test_personal_details_are_all_that_names_a_candidate() -> None:
    who = candidates.candidate(3)
    assert who.personal == (who.name, who.id_number, who.admission_number, who.phone)
    assert candidates.candidate(3, art=True).subject in candidates.ART_SUBJECTS
    assert who.subject in candidates.SUBJECTS


def test_every_route_is_told_once_and_says_what_is_missing_where_it_does_not_work() -> None:
    routes = health.routes()
    assert [route.name for route in routes] == ["memory", "y4m", "stack", "v4l2loopback", "screen", "speech"]
    for route in routes:
        assert route.available or route.missing or route.note
    assert next(route for route in routes if route.name == "memory").available


def test_a_machine_without_loopback_cameras_is_told_the_package_and_the_command(tmp_path: Path) -> None:
    assert v4l2.devices(tmp_path / "none") == ()
    with pytest.raises(HarnessError, match=r"v4l2loopback-dkms.*modprobe v4l2loopback"):
        v4l2.require(tmp_path)


def test_only_loopback_cameras_are_counted_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for name in ("video10", "video2", "video3"):
        (tmp_path / name).mkdir()
    for name in ("video10", "video2"):
        (tmp_path / name / "max_openers").touch()
    assert v4l2.require(tmp_path) == ("/dev/video2", "/dev/video10")


def test_displays_are_told_by_the_environment() -> None:
    assert displays({"DISPLAY": ":7"}).display == ":7"
    assert displays({"DISPLAY": ""}).display is None


def test_our_backends_stand_beside_those_of_pyvirtualcam() -> None:
    assert {"memory", "y4m"} <= set(backends.known())
