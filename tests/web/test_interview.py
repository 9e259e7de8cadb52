"""A whole interview on the reference pages, the laptop's browser killed in its middle: nothing complains, nothing is lost."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from harness.session.exams import load_exam
from tests.web.walking import CHROMIUM, TICKET, Walk, short

pytestmark = pytest.mark.skipif(
    not os.access(CHROMIUM, os.X_OK), reason=f"{CHROMIUM} is not installed (Debian's package chromium)"
)


def test_an_interview_with_a_killed_browser_is_whole_and_quiet(tmp_path: Path) -> None:
    plan = short(load_exam("heshan-2022"), before_ms=6_000, stage_ms=5_000, entry_ms=120_000, lease_ms=1_000)
    with Walk(tmp_path, plan) as walk:
        for part in (walk.arrive, walk.bind, walk.read, walk.go_in):
            part()
        walk.press("进入待考")
        expect(walk.laptop.get_by_role("region", name="试题")).not_to_be_empty(timeout=30_000)
        for _slice in range(4):  # two of each stream, more or less
            walk.laptop.wait_for_event("response", lambda reply: reply.request.method == "PATCH" and reply.ok)
        before = walk.held()
        walk.kill("laptop")
        walk.laptop = walk.open("laptop")
        walk.press("开始")
        expect(walk.laptop.get_by_role("timer")).to_be_visible()
        walk.finish()
        assert walk.complaints == []
        assert walk.origins == {walk.platform.url}
        held = walk.platform.recordings(walk.exam, TICKET)
        for segment in held:
            assert hashlib.sha256(Path(segment.path).read_bytes()).hexdigest() == segment.declared_sha256
        cameras = [segment for segment in held if segment.stream == "camera"]
        assert len(cameras) == 2
        assert cameras[0].length >= before.get("camera", 0)
        assert {segment.stream for segment in held} == {"camera", "screen", "evidence"}
