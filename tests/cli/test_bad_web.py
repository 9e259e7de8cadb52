"""Web builds that can't be driven, and machines that can't drive them: `viva smoke` says so in one sentence, by the documented status."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.cli.conftest import Viva
from tests.drivers.web.served import CRASH, MANIFEST, NEVER, Address, crash, served
from tests.drivers.web.test_driver import needs_chromium

PHONE = "<h1>佐证绑定</h1>"
LOGIN = "<h1>人脸登录</h1>"


@pytest.fixture(scope="module")
def address() -> Iterator[Address]:
    with served(lambda: crash("/laptop/")) as made:
        yield made


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a test is short, and on any machine."""
    monkeypatch.setenv("VIVA_DEVICES", "files")
    monkeypatch.setattr("harness.drivers.web.reach.LOADS_MS", 4_000)
    monkeypatch.setattr("harness.drivers.web.driver.SHOWS_S", 4.0)
    monkeypatch.setattr("harness.drivers.web.dialogs.PATIENCE_S", 0.3)
    monkeypatch.setattr("harness.drivers.web.eye.PROBE_S", 0.5)
    monkeypatch.setattr("harness.drivers.web.eye.ANSWERS_S", 2.0)


def manifest(folder: Path, laptop: str, phone: str) -> Path:
    (folder / "client.toml").write_text(MANIFEST.format(laptop=laptop, phone=phone))
    return folder


@needs_chromium
@pytest.mark.parametrize(
    ("body", "said"),
    [
        (NEVER, "page did not load"),
        (f"{LOGIN}<script>for (;;);</script>", "its scripts don't return"),
        (f"{LOGIN}<script>for (;;) alert('again')</script>", "opened more than 20 dialogs"),
        (f"{LOGIN}<script>document.write('<script src=/{CRASH}><\\/script>')</script>", "page crashed its renderer"),
        ("<h1>Willkommen</h1>", "'Willkommen'"),
    ],
    ids=["never loads", "loops", "dialogs", "crashes", "in no known words"],
)
def test_a_bad_page_is_not_sound(*, body: str, said: str, address: Address, viva: Viva, tmp_path: Path) -> None:
    before = set(psutil.Process().children(recursive=True))
    status, out, err = viva("smoke", manifest(tmp_path, address(body), address(PHONE)), "--json")
    assert status == 1
    assert said in out
    assert err.count("\n") == 1  # what this machine leaves out
    assert set(psutil.Process().children(recursive=True)) <= before


@needs_chromium
def test_pages_on_test_devices_are_sound_and_what_is_left_out_is_said_in_one_line(
    address: Address, viva: Viva, tmp_path: Path
) -> None:
    status, out, err = viva("smoke", manifest(tmp_path, address(LOGIN), address(PHONE)), "--json")
    assert (status, '"ok": false' in out) == (0, False)
    assert err == (
        "viva: pages have Chromium's test devices for want of a device stack, so that recordings, several or changing devices, the window"
        " and the battery are not judged: VIVA_DEVICES is 'files'; unset it\n"
    )


def test_a_browser_that_is_too_old_ends_the_command(
    viva: Viva, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    binary = tmp_path / "chromium"
    binary.write_text("#!/bin/sh\necho Chromium 90.0.4430.72\n")
    binary.chmod(0o755)
    monkeypatch.setenv("VIVA_CHROMIUM", str(binary))
    for command in (("smoke",), ("certify", "--out", tmp_path / "out")):
        status, out, err = viva(*command, "clients/web")
        assert (status, out) == (2, "")
        assert "the browser is Chromium 90.0.4430.72, and 124 or later is needed; install" in err


def test_no_browser_at_all_ends_the_command(viva: Viva, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIVA_CHROMIUM", raising=False)
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    status, _, err = viva("smoke", "clients/web")
    assert status == 2
    assert "no Chromium was found; install Debian's package chromium" in err


def test_a_word_for_devices_that_means_nothing_is_refused(viva: Viva, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIVA_DEVICES", "magic")
    status, _, err = viva("smoke", "clients/web")
    assert status == 2
    assert "VIVA_DEVICES is 'magic'; set it to 'files'" in err


@needs_chromium
def test_no_folder_to_write_in_ends_the_command(viva: Viva, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/proc/nowhere")
    status, _, err = viva("smoke", "clients/web")
    assert status == 2
    assert "/proc/nowhere can't be written" in err
    assert "TMPDIR" in err
