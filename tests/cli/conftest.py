"""What the command's tests share: running it, and clients that are there without doing anything."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.cli import matrix, orders, run
from harness.cli.faulty_clients import FaultyClient
from tests.cli.patched import fake_child

MANIFEST = """
name = "Stand-in"
vendor = "nobody"
version = "1"
[laptop]
driver = "process"
command = ["{python}", "-c", "pass"]
[phone]
driver = "process"
command = ["{python}", "-c", "pass"]
"""

Viva = Callable[..., tuple[int, str, str]]


@pytest.fixture
def viva(capsys: pytest.CaptureFixture[str]) -> Viva:
    """Runs one command line in this process: status, stdout, stderr."""

    def call(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        status = run([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return status, out, err

    return call


@pytest.fixture
def client(tmp_path: Path) -> Callable[[str], Path]:
    """A client's folder of that name, with a manifest."""

    def make(name: str) -> Path:
        folder = tmp_path / "clients" / name
        folder.mkdir(parents=True)
        (folder / "client.toml").write_text(MANIFEST)
        return folder

    return make


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> None:
    """The suite's child is the stand-in, and every client is sound."""
    for module in ("suite", "orders"):
        monkeypatch.setattr(f"harness.cli.{module}.child", fake_child)
    monkeypatch.setattr("harness.cli.certify.smoke", lambda _: {})


@pytest.fixture
def catalogue(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Replaces the faulty clients, and keeps their matrix in a folder of the test's."""
    monkeypatch.setattr(matrix, "KEPT_FILE", tmp_path / "matrix.json")
    monkeypatch.setattr(orders, "LIMIT_MS", 30_000)

    def fill(*clients: FaultyClient) -> None:
        for module in ("faulty_clients", "faulty"):
            monkeypatch.setattr(f"harness.cli.{module}.faulty_clients", lambda: clients)
        monkeypatch.setattr("harness.cli.faulty_clients.faulty_web_clients", tuple)

    return fill
