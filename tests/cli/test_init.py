"""`viva init`: what it writes runs at once, and it overwrites nothing."""

import shutil
from pathlib import Path

import pytest

from harness.drivers.manifest import load
from tests.cli.conftest import Viva

NODE = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")


@pytest.mark.parametrize("language", ["python", pytest.param("javascript", marks=NODE)])
def test_what_is_written_passes_the_smoke_check_at_once(viva: Viva, tmp_path: Path, language: str) -> None:
    folder = tmp_path / "my client's"
    status, out, _ = viva("init", folder, "--language", language)
    assert status == 0
    assert "next: viva smoke" in out
    status, out, _ = viva("smoke", folder)
    assert status == 0, out
    assert "'check'" in out
    assert "'pair'" in out
    assert load(folder).name == "my client's"


def test_of_a_web_build_the_manifest_alone_is_written(viva: Viva, tmp_path: Path) -> None:
    status, out, _ = viva("init", tmp_path / "pages", "--language", "web")
    assert status == 0
    assert [path.name for path in (tmp_path / "pages").iterdir()] == ["client.toml"]
    assert 'driver = "web"' in (tmp_path / "pages" / "client.toml").read_text(encoding="utf-8")
    assert "addresses and labels" in out


def test_nothing_is_overwritten(viva: Viva, tmp_path: Path) -> None:
    (tmp_path / "client.toml").write_text("mine")
    status, _, err = viva("init", tmp_path)
    assert status == 2
    assert "holds client.toml already" in err
    assert len(err.strip().splitlines()) == 1
    assert (tmp_path / "client.toml").read_text() == "mine"
    assert not (tmp_path / "client.py").exists()


def test_a_folder_that_can_not_be_made_is_one_sentence(viva: Viva, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    status, _, err = viva("init", tmp_path / "file" / "client")
    assert status == 2
    assert "can't be written" in err


def test_a_folder_without_a_name_is_refused(viva: Viva) -> None:
    status, _, err = viva("init", "/")
    assert status == 2
    assert "gives a client no name" in err
