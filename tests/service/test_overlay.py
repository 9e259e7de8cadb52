"""Web clients below `/pages`: as they are, or with single files of an overlay in their place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from harness.core.errors import VivaError
from harness.service.__main__ import load_pages
from harness.service.bundled import BundledPlatform


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Two pages, one of them replaced, and a file of the overlay that replaces nothing."""
    folder = tmp_path_factory.mktemp("served")
    for name, text in {
        "pages/laptop/index.html": "own page",
        "pages/common/clock.js": "own clock",
        "overlay/common/clock.js": "another clock",
        "overlay/fault.toml": "what it is about",
    }.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    platform = BundledPlatform(folder / "service", pages=folder / "pages", overlay=folder / "overlay")
    with platform, httpx.Client(base_url=platform.url, trust_env=False) as client:
        yield client


def test_a_file_of_the_overlay_is_served_in_place_of_the_pages_own(client: httpx.Client) -> None:
    reply = client.get("/pages/common/clock.js")
    assert reply.text == "another clock"
    assert reply.headers["content-type"].startswith("text/javascript")


def test_the_pages_own_file_is_served_where_it_is_asked_for_as_built(client: httpx.Client) -> None:
    assert client.get("/pages/common/clock.js?as-built").text == "own clock"


def test_what_the_overlay_has_not_is_served_as_it_is(client: httpx.Client) -> None:
    assert client.get("/pages/laptop/").text == "own page"


def test_an_overlay_adds_no_address(client: httpx.Client) -> None:
    assert client.get("/pages/fault.toml").status_code == 404


def test_a_folder_that_is_none_and_an_overlay_of_nothing_are_told(tmp_path: Path) -> None:
    assert load_pages(None, None) is None
    with pytest.raises(VivaError, match=r"--pages .*nowhere is no folder"):
        load_pages(tmp_path / "nowhere", None)
    with pytest.raises(VivaError, match=r"--overlay .* name their folder by --pages"):
        load_pages(None, tmp_path)
