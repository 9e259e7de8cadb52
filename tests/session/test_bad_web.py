"""Web pages that go bad once an interview has begun: the run goes on, says whose fault it was, and leaves no process."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from harness.core.events import Misconduct, Viewed
from harness.core.script import Script
from harness.core.verdict import Broken, Kept
from harness.core.view import Page
from harness.rules.catalogue import RULES
from harness.session.exams import load_exam
from harness.session.interview import careful
from harness.session.subjects import load_subject
from harness.session.suite import judge
from harness.session.web_files import fitted
from harness.session.worlds import play_all
from tests.drivers.web.served import CRASH, MANIFEST, crash, served
from tests.drivers.web.test_driver import needs_chromium

GOES_ON_MS = 6_000


def short() -> Script:
    """Nobody does anything; over a few seconds after it began."""
    interview = careful(load_exam("heshan-2022").at_scale())
    script = interview.only("check").without("check").ending(interview.begins + GOES_ON_MS).script()
    left = fitted(script)
    assert left is not None
    return left


@needs_chromium
def test_a_page_that_crashes_once_it_was_usable_is_told_and_the_other_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIVA_DEVICES", "files")
    before = set(psutil.Process().children(recursive=True))
    with served(lambda: crash("/laptop/")) as address:
        page = f"<h1>人脸登录</h1><script>setTimeout(() => fetch('/{CRASH}'), 3500)</script>"
        (tmp_path / "client.toml").write_text(MANIFEST.format(laptop=address(page), phone=address("<h1>佐证绑定</h1>")))
        script = short()
        (played,) = play_all(
            [script],
            load_subject(str(tmp_path)),
            attempt=1,
            speed="scaled",
            parallel=1,
            finished=lambda _: None,
        )
    assert played.run.error == ""
    assert [fault.reason for fault in played.timeline.data(Misconduct)] == ["the laptop page crashed its renderer"]
    assert {view.view.page for view in played.timeline.data(Viewed)} >= {Page.LOGIN}
    for rule in RULES:
        assert not isinstance(judge(rule.requirement, script, played.timeline), Kept | Broken), rule.requirement
    left = {each for each in psutil.Process().children(recursive=True) if each not in before}
    assert not [each for each in left if "multiprocessing" not in " ".join(each.cmdline())]
