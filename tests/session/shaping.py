"""The suite's scripts without a run: the features are gone through once, as before a certification, and what they ask for is kept.

A plugin for a child process, `python -m pytest features -p tests.session.shaping`, which writes what was shaped where its environment says;
and for tests `shaped()`, which starts that child once a speed.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from harness.core.plan import Speed
from harness.core.script import Script
from harness.session.certification import Certification
from harness.session.exams import ROOT
from harness.session.suite import Wanted

VARIABLE = "VIVA_TEST_SHAPED"


class Shaped(NamedTuple):
    """Every script of the suite by its digest, at one speed, and what is asked of it."""

    scripts: dict[str, Script]
    wanted: list[Wanted]

    def judging(self, requirement: str) -> list[Script]:
        """The scripts on which that requirement is judged."""
        return [
            self.scripts[digest]
            for digest in {want.digest: 0 for want in self.wanted if want.requirement == requirement}
        ]


@cache
def shaped(speed: Speed = "quick") -> Shaped:
    """The suite as it is today, at that speed."""
    with tempfile.TemporaryDirectory(prefix="viva-test-") as folder:
        file = Path(folder) / "shaped"
        command = [sys.executable, "-m", "pytest", "features", "--assert=plain", "-p", "no:cacheprovider"]
        subprocess.run(
            [*command, "-p", "tests.session.shaping", f"--viva-speed={speed}"],
            cwd=ROOT,
            env={**os.environ, VARIABLE: str(file)},
            stdout=subprocess.DEVNULL,
            check=True,
        )
        found: Shaped = pickle.loads(file.read_bytes())  # our own child wrote it
    return found


def pytest_configure(config: pytest.Config) -> None:
    """In the child: what would be played is written down, and nothing is."""

    def write(certification: Certification) -> None:
        suite = certification.suite
        wanted = [want for want in suite.wanted if want.digest in suite.scripts]  # what can't be seen is not played
        Path(os.environ[VARIABLE]).write_bytes(pickle.dumps(Shaped(suite.scripts, wanted)))
        pytest.exit("shaped", returncode=0)

    if VARIABLE in os.environ:
        Certification.play = write  # type: ignore[assignment,method-assign]  # in the child alone
