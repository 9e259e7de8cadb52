"""kill -9 while recordings upload. `VIVA_KILLS=50` for as many seeded moments."""

from __future__ import annotations

import os
from pathlib import Path

from tests.service.killing import killed_at_random_moments


def test_every_recording_is_byte_identical_after_kill_9_at_random_moments(tmp_path: Path) -> None:
    kills = int(os.environ.get("VIVA_KILLS", "5"))
    report = killed_at_random_moments(tmp_path, kills, seed=2022)
    print(report)
    assert report.faults == []
    assert report.kills == kills
    assert report.recordings > 0
    assert report.breaks >= kills  # the kills hit something
