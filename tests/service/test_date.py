"""The date on what the service answers: this computer's, or so far ahead of it as it is started to be."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest

from harness.service.bundled import BundledPlatform
from harness.wallclock import WallClock


@pytest.mark.parametrize("ahead_s", [0, 97])
def test_every_answer_bears_one_date(tmp_path: Path, ahead_s: int) -> None:
    with (
        BundledPlatform(tmp_path, ahead_s=ahead_s) as platform,
        httpx.Client(base_url=platform.url, trust_env=False) as client,
    ):
        before = WallClock().unix_ms() // 1_000
        replies = [client.get("/v1/time"), client.get("/v1/openapi.json"), client.get("/nowhere")]
        after = WallClock().unix_ms() // 1_000
    for reply in replies:
        (date,) = reply.headers.get_list("date")
        assert before <= parsedate_to_datetime(date).timestamp() - ahead_s <= after
