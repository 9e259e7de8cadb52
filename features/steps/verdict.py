"""Steps: a rule is asked what the run showed."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_bdd import parsers, then
from pytest_bdd.parser import Feature, Scenario

from features.conftest import FeatureRun
from harness.session.interview import Interview


@pytest.fixture
def playing() -> dict[str, str]:
    """Which scenario this is; filled by the hook before its first step."""
    return {}


@pytest.hookimpl
def pytest_bdd_before_scenario(request: pytest.FixtureRequest, feature: Feature, scenario: Scenario) -> None:
    playing: dict[str, str] = request.getfixturevalue("playing")
    playing.update(scenario=scenario.name, feature=Path(feature.filename).name)


@then(parsers.parse("符合要求 {requirement}"))
def requirement_is_kept(suite: FeatureRun, interview: Interview, playing: dict[str, str], requirement: str) -> None:
    suite.ask(requirement, interview, playing["scenario"], playing["feature"])
