"""What every test and feature shares: exams by name, and searches that find the same on every machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from harness.core.plan import Plan, parse_plan

ROOT = Path(__file__).parent

# Two loaded cores make single examples slow now and then: a deadline would fail a test for the machine's sake.
settings.register_profile("viva", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("viva")


@pytest.fixture(scope="session")
def exam() -> Callable[[str], Plan]:
    """An exam's plan by its name, at full length."""

    def load(name: str) -> Plan:
        path = ROOT / "exams" / f"{name}.toml"
        return parse_plan(path.read_text(encoding="utf-8"), str(path))

    return load
