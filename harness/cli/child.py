"""Parts that run as processes of their own: started in Viva's root, followed, and stopped on the way out whatever happens.

The suite is pytest's and the load is Locust's: both reshape the process they run in, so the command never imports them. A child gets a process
group of its own; an interrupt of the command reaches it as SIGINT first, so that it can stop what it started itself.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Final

ROOT: Final = Path(__file__).resolve().parents[2]
# The suite kills its clients and its service when it is interrupted, which takes it a second or two on two cores.
PATIENCE_S: Final = (15.0, 3.0)


@contextlib.contextmanager
def child(
    module: str,
    arguments: Sequence[str],
    *,
    cwd: Path | None = ROOT,
    stdout: IO[bytes] | int | None = None,
    stderr: IO[bytes] | int | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Runs `python -m module arguments` in Viva's root, or in another folder; it has ended when the block is left."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))},
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ends a child and its group: asked first, then told, then killed."""
    for number, patience in zip((signal.SIGINT, signal.SIGTERM), PATIENCE_S, strict=True):
        if process.poll() is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def passed_through(module: str, arguments: Sequence[str]) -> int:
    """Runs a part whose folder, stdout, stderr and exit status are the command's own."""
    with child(module, arguments, cwd=None) as process:
        status = process.wait()
    return status if 0 <= status <= 2 else 2


def from_root(path: str) -> str:
    """A path as a child in Viva's root finds it: what lies in the root keeps its short name, which results then carry."""
    whole = Path(path).resolve()
    return str(whole.relative_to(ROOT) if whole.is_relative_to(ROOT) else whole)


def exam_argument(exam: str) -> str:
    """An exam's name as it is, a plan's path as a child finds it."""
    return from_root(exam) if exam.endswith(".toml") else exam
