"""The suite's scripts without a run, for tests: `shaped()` has the features gone through once a speed, as before a certification."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

from harness.core.plan import Speed
from harness.core.script import Script
from harness.session import shaped as suites
from harness.session.exams import ROOT
from harness.session.shaped import Wanted


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
    """The suite as it is today, at that speed; what can't be seen there is left out."""
    with tempfile.TemporaryDirectory(prefix="viva-test-") as folder:
        command = [sys.executable, "-m", "pytest", "features", "--assert=plain", "-p", "no:cacheprovider"]
        subprocess.run(
            [*command, "--viva-shape", f"--viva-speed={speed}", f"--viva-out={folder}"],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        found = suites.read(Path(folder) / suites.FILE)
    return Shaped(found.scripts, [want for want in found.wanted if want.digest in found.scripts])
