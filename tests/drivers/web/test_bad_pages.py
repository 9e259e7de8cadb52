"""Pages that no candidate could use: each ends with one sentence that says what is wrong and what to do, soon, and leaves no process."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.core.errors import HarnessError, SubjectError
from harness.core.view import Act
from harness.drivers.web.chromium import OLDEST, fit_chromium
from harness.protocol.control import Open
from harness.wallclock import WallClock
from tests.drivers.web.served import CRASH, NEVER, Address, crash, served
from tests.drivers.web.test_driver import driven, needs_chromium

LOGIN = "<h1>人脸登录</h1>"
OPENING = Open(service_url="http://127.0.0.1:9", ticket="", devices=())


@pytest.fixture(scope="module")
def address() -> Iterator[Address]:
    with served(crash) as made:
        yield made


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a test is short: an honest page takes a tenth of it."""
    monkeypatch.setattr("harness.drivers.web.reach.LOADS_MS", 3_000)
    monkeypatch.setattr("harness.drivers.web.driver.SHOWS_S", 3.0)
    monkeypatch.setattr("harness.drivers.web.dialogs.PATIENCE_S", 0.3)
    monkeypatch.setattr("harness.drivers.web.eye.PROBE_S", 0.3)
    monkeypatch.setattr("harness.drivers.web.eye.ANSWERS_S", 2.0)


def fault_of(url: str, tmp_path: Path) -> str:
    """What is said of a page that fails, while it is opened or afterwards; said once."""

    async def run() -> str:
        async with asyncio.timeout(40), driven(url, tmp_path, {}) as (driver, watched):
            began = WallClock().now()
            with contextlib.suppress(SubjectError):  # it may take a while to fail
                await driver.open(OPENING)
            await watched.until(lambda: bool(watched.faults))
            assert WallClock().now() - began < 15_000  # of a loaded machine
            assert not driver.alive
            with pytest.raises(SubjectError):
                await driver.view()
            assert len(watched.faults) == 1
            return str(watched.faults[0])

    return asyncio.run(run())


@needs_chromium
@pytest.mark.parametrize(
    ("body", "said"),
    [
        (NEVER, "the laptop page did not load: .*Timeout.*; open it by hand"),
        (f"{LOGIN}<script>for (;;);</script>", "did not answer for 2 s: its scripts don't return"),
        (
            f"{LOGIN}<script>setTimeout(() => {{ for (;;); }}, 900)</script>",
            "did not answer for 2 s: its scripts don't",
        ),
        (f"{LOGIN}<script>for (;;) alert('again')</script>", "opened more than 20 dialogs of the browser's"),
        (f"{LOGIN}<script>fetch('/{CRASH}')</script>", "the laptop page crashed its renderer"),
        ("<h1>Willkommen</h1>", "shows the headings .*Willkommen.* map it in the labels"),
        ("", "shows the headings .* map it in the labels"),
    ],
    ids=["never loads", "loops as it loads", "loops later", "dialogs", "crashes", "in no known words", "empty"],
)
def test_a_bad_page_is_said_to_be_what_it_is(body: str, said: str, address: Address, tmp_path: Path) -> None:
    told = fault_of(address(body), tmp_path)
    assert re.search(said, told), told
    assert "\n" not in told


@needs_chromium
def test_a_page_that_was_usable_until_its_renderer_crashed_takes_no_more_acts(address: Address, tmp_path: Path) -> None:
    async def run() -> None:
        async with asyncio.timeout(40), driven(address(LOGIN), tmp_path, {}) as (driver, watched):
            await driver.open(OPENING)
            crash()
            await watched.until(lambda: bool(watched.faults))
            with pytest.raises(SubjectError, match="crashed its renderer"):
                await driver.do(Act.LOGIN, {})

    asyncio.run(run())


@needs_chromium
def test_a_name_that_two_buttons_have_is_refused_with_what_is_on_the_page(address: Address, tmp_path: Path) -> None:
    body = f"{LOGIN}<button>求助</button><button>求助</button><button>刷新</button>"

    async def run() -> None:
        async with asyncio.timeout(40), driven(address(body), tmp_path, {}) as (driver, _):
            await driver.open(OPENING)
            twice = await driver.do(Act.HELP, {"text": "?"})
            assert twice.status == "refused"
            assert (
                "'求助' stands on the page 2 times; on the page: 求助、求助、刷新; give each a name of" in twice.reason
            )

    asyncio.run(run())


@pytest.mark.parametrize(
    ("says", "told"),
    [
        ("echo 'Chromium 90.0.4430.72 built on Debian'", f"is Chromium 90.0.4430.72, and {OLDEST} or later is needed"),
        ("echo hello", f"of no known version, and {OLDEST} or later is needed; install"),
    ],
)
def test_a_browser_that_is_too_old_is_refused_before_it_is_started(
    says: str, told: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    binary = tmp_path / "chromium"
    binary.write_text(f"#!/bin/sh\n{says}\n")
    binary.chmod(0o755)
    monkeypatch.setenv("VIVA_CHROMIUM", str(binary))
    with pytest.raises(HarnessError, match=told):
        fit_chromium()
