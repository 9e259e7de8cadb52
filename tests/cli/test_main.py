"""The command itself: fast help, one sentence for whatever was wrong, and nothing left running."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import psutil
import pytest

from harness.cli import BROKEN_PIPE, COMMANDS, INTERRUPTED, TERMINATED, Commands
from harness.cli.child import ROOT, child
from harness.core.errors import HarnessError
from tests.cli.conftest import Viva


def test_help_names_every_command_and_loads_no_part() -> None:
    script = (
        "import sys; from harness.cli import run; run(['--help']);"
        "parts = ('av', 'numpy', 'simpy', 'pytest', 'starlette', 'rich', 'harness.session', 'harness.inspection', 'reports');"
        "sys.exit(' '.join(part for part in parts if part in sys.modules) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for name in COMMANDS:
        assert f"\n  {name} " in done.stdout


def test_without_a_command_help_goes_to_stderr(viva: Viva) -> None:
    status, out, err = viva()
    assert (status, out) == (2, "")
    assert "Commands:" in err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("certfy", "x"), "No command is called 'certfy'; did you mean 'certify'?"),
        (("zzz",), "No command is called 'zzz'; `viva --help` lists them all"),
        (("verify",), "Missing argument 'BUNDLE'."),
        (("verify", "a", "--isuer", "x"), "--isuer"),
        (("compare", "nowhere", "nowhere"), "nowhere is not there"),
        (("verify", "nowhere.json"), "nowhere.json can't be read"),
    ],
)
def test_bad_input_is_one_sentence_on_stderr_and_status_2(
    arguments: tuple[str, ...], sentence: str, viva: Viva
) -> None:
    status, out, err = viva(*arguments)
    assert (status, out) == (2, "")
    assert sentence in err
    assert err.startswith("viva: ")
    assert err.count("\n") == 1


def failing(error: BaseException) -> Callable[..., click.Command]:
    @click.command("verify")
    def command() -> None:
        raise error

    return lambda *_: command


def test_a_fault_of_ours_is_one_line_even_where_it_was_several(viva: Viva, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Commands, "get_command", failing(HarnessError("one\n  two")))
    assert viva("verify") == (2, "", "viva: one two\n")


def test_an_interrupt_is_status_130(viva: Viva, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Commands, "get_command", failing(KeyboardInterrupt()))
    status, out, err = viva("verify")
    assert (status, out) == (INTERRUPTED, "")
    assert "interrupted" in err


def test_a_reader_that_goes_away_is_no_traceback() -> None:
    script = "import sys; from harness.cli import main; sys.argv = ['viva', '--help']; main()"
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as closed:
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, stdout=closed, stderr=subprocess.PIPE, check=False
        )
    assert (done.returncode, done.stderr) == (BROKEN_PIPE, b"")


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, INTERRUPTED), (signal.SIGTERM, TERMINATED)])
def test_a_command_that_is_stopped_stops_its_suite(
    number: signal.Signals, status: int, client: Callable[[str], Path], tmp_path: Path
) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    command = [
        sys.executable,
        "-m",
        "tests.cli.patched",
        "certify",
        str(client("hangs")),
        "--out",
        str(tmp_path / "out"),
    ]
    environment = {**os.environ, "VIVA_TEST_FIFO": str(fifo)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE) as process:
        suite = int(fifo.read_text())  # blocks until the suite runs
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
    assert process.returncode == status, err
    assert b"Traceback" not in err
    assert not psutil.pid_exists(suite)


def test_a_child_that_ignores_every_question_is_killed_with_its_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.cli.child.PATIENCE_S", (0.05, 0.05))
    with child("tests.cli.stubborn", [], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        grandchild = int(process.stdout.readline())
        waiting = psutil.Process(grandchild)
    assert process.returncode == -signal.SIGKILL
    psutil.wait_procs([waiting], timeout=10)
    assert not waiting.is_running() or waiting.status() == psutil.STATUS_ZOMBIE
