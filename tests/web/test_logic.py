"""What the pages decide without a browser: their modules, run by Node.js, case by case (logic.mjs)."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from harness.session.exams import ROOT

LOGIC: Final = Path(__file__).with_name("logic.mjs")
PAGES: Final = ROOT / "clients" / "web"
CASES: Final = re.findall(r'^  async "(.+)"\(\) \{$', LOGIC.read_text(encoding="utf-8"), re.MULTILINE)

pytestmark = pytest.mark.skipif(
    shutil.which("node") is None, reason="Node.js, which runs the modules, is not installed"
)


def _run(case: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    # Node takes a module for one by its folder's package.json, which a page has no use for.
    pages = tmp_path / "pages"
    shutil.copytree(PAGES, pages)
    (pages / "package.json").write_text('{"type": "module"}')
    return subprocess.run(
        ["node", str(LOGIC), str(pages), case], capture_output=True, text=True, check=False, timeout=60
    )


def test_every_case_is_run(tmp_path: Path) -> None:
    assert json.loads(_run("--list", tmp_path).stdout) == CASES


@pytest.mark.parametrize("case", CASES)
def test_it_holds_that(case: str, tmp_path: Path) -> None:
    done = _run(case, tmp_path)
    assert done.returncode == 0, done.stderr
