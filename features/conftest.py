"""The plugin that turns features into a certification: shape every script, play them side by side, then judge.

Every scenario is gone through first once for each length that interviews have at the speed of the run: its Given and When steps shape a frozen
script of that length, and its Then steps say what will be asked of it there. Then all scripts are played, as many at once as is sound. When
the scenario is gone through the last time, its Then steps find the answers, of whichever length. Every judgement of a scenario is recorded,
and the scenario fails at its end where one was not kept. With `--viva-shape` it ends once everything is shaped: others will play it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path
from typing import cast, get_args

import pytest
from _pytest.runner import (
    runtestprotocol,
)  # no public way to go through an item twice; pytest-rerunfailures uses the same
from pytest_bdd.scenario import scenario_wrapper_template_registry

from harness.core.errors import HarnessError, VivaError
from harness.core.plan import LENGTHS, TRACKS, VIRTUAL_TIME, Length, Plan, Speed, Track
from harness.core.record import Judgement
from harness.core.script import Script
from harness.session.certification import Certification, Order
from harness.session.interview import Interview
from harness.session.shaped import FILE, write

SUITE = pytest.StashKey["FeatureRun"]()
STEPS = ("arrival", "candidate", "devices", "network", "outages", "phone", "service", "verdict")
# What has this tag (a scenario, or the examples of an outline) is played in virtual time alone, on scaled interviews: a sweep that would
# take too long over HTTP, or what can't be seen there.
VIRTUAL = "virtual"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("viva")
    group.addoption(
        "--viva-subject",
        default="clients/headless",
        help="the client under test: a folder, a client.toml or faulty:NAME",
    )
    group.addoption("--viva-exam", default="heshan-2022")
    group.addoption("--viva-speed", default="scaled", choices=get_args(Speed))
    group.addoption("--viva-track", default="", choices=("", *TRACKS))
    group.addoption("--viva-only", default="", help="requirement ids, separated by commas")
    group.addoption(
        "--viva-around",
        default="",
        help="requirement ids, separated by commas: only scripts that judge them, and one whole interview, with all that is judged of those",
    )
    group.addoption(
        "--viva-scripts",
        default="",
        help="digests of scripts, separated by commas: none but these, for the sake of what --viva-around names",
    )
    group.addoption(
        "--viva-parallel", type=int, default=0, help="scripts at once; 0: as many as the machine was measured to carry"
    )
    group.addoption("--viva-out", default="", help="folder for the record and the timelines")
    group.addoption(
        "--viva-known", default="", help="a file of known failures; the one beside the manifest, if left out"
    )
    group.addoption("--viva-headed", action="store_true", help="show the browsers in windows on the display of DISPLAY")
    group.addoption("--viva-trace", action="store_true", help="play what was broken once more, and film it")
    group.addoption("--viva-pause-at", default="", help="a requirement: the first script that judges it stays open")
    group.addoption("--viva-shape", action="store_true", help=f"play nothing; leave what would be played in {FILE}")


class FeatureRun:
    """One run of pytest over the features: what it plays, and in which of its passes it is."""

    def __init__(
        self,
        order: Order,
        tracks: tuple[Track, ...],
        *,
        only: frozenset[str],
        around: frozenset[str],
        scripts: frozenset[str],
    ) -> None:
        self.certification = Certification(order)
        self.lengths = LENGTHS[order.speed]
        self.length: Length = self.lengths[0]  # at which scenarios are shaped now
        self.only = only
        self.around = around
        self.scripts = scripts  # digests
        self.tracks = tracks
        self.shaping = True
        self.left_out = 0  # examples that are not played at this speed
        self.unkept: list[Judgement] = []
        self.item = ""  # the scenario that is gone through, by its node id
        self.swept = False  # it is played in virtual time alone
        self._shaped: dict[tuple[str, str], Script] = {}  # by (node id, requirement): where the answer will be found

    @property
    def plan(self) -> Plan:
        """The exam at the length of this pass."""
        return self.certification.plans[self.length]

    def ask(self, requirement: str, interview: Interview, scenario: str, feature: str) -> None:
        """A Then step: the question in the pass of the length at which it is judged, the answer in the last pass."""
        if self.only and requirement not in self.only:
            return
        if self.shaping:
            wanted = "scaled" if self.swept else self.certification.length_of(requirement)
            if wanted == self.length:
                self._shaped[self.item, requirement] = self.certification.ask(
                    requirement, interview.script(), scenario=scenario, feature=feature
                )
            return
        shaped = self._shaped.get((self.item, requirement))
        if shaped is None and (self.around or self.scripts):
            return  # of a script that is not played
        if shaped is None:
            raise HarnessError(f"{requirement} was not asked of {scenario!r}: its steps failed at another length")
        answer = self.certification.suite.answer(requirement, shaped, scenario)
        if answer.verdict not in ("kept", "unsupported"):
            self.unkept.append(answer)

    def on_track(self, item: str) -> bool:
        """The scenario asks nothing, or something of an interview of the tracks of this run."""
        asked = [script.track for (of, _), script in self._shaped.items() if of == item]
        return not asked or any(track in self.tracks for track in asked)

    def narrow(self, session: pytest.Session) -> None:
        """Leaves what is of the tracks of this run and, where it goes around some requirements or has its scripts named, the scenarios of
        those.
        """
        suite = self.certification.suite
        session.items[:] = [item for item in session.items if self.on_track(item.nodeid)]
        suite.only(self.tracks)
        if self.around or self.scripts:
            if self.scripts:
                suite.those(self.scripts, self.around)
            else:
                suite.around(self.around)
            left = {want.digest for want in suite.wanted}
            self._shaped = {key: script for key, script in self._shaped.items() if script.digest() in left}
            shaped = {of for of, _ in self._shaped}
            session.items[:] = [item for item in session.items if item.nodeid in shaped]


def pytest_configure(config: pytest.Config) -> None:
    for module in STEPS:
        config.pluginmanager.import_plugin(f"features.steps.{module}")
    config.addinivalue_line("markers", "judges(requirement): the scenario judges this requirement")
    config.addinivalue_line("markers", f"{VIRTUAL}: what is played in virtual time alone")
    option = config.getoption
    track = cast("str", option("--viva-track"))
    order = Order(
        subject=option("--viva-subject"),
        exam=option("--viva-exam"),
        speed=option("--viva-speed"),
        tracks=(cast("Track", track),) if track else TRACKS,
        parallel=option("--viva-parallel"),
        out=Path(option("--viva-out")) if option("--viva-out") else None,
        known=Path(option("--viva-known")) if option("--viva-known") else None,
        headed=option("--viva-headed"),
        trace=option("--viva-trace"),
        pause_at=option("--viva-pause-at"),
    )
    only, around, scripts = (
        frozenset(part.strip() for part in option(name).split(",") if part.strip())
        for name in ("--viva-only", "--viva-around", "--viva-scripts")
    )
    try:
        config.stash[SUITE] = FeatureRun(order, order.tracks, only=only, around=around, scripts=scripts)
    except VivaError as error:
        raise pytest.UsageError(str(error)) from error


def scenario_of(item: pytest.Item) -> str:
    """The scenario's name as its feature has it."""
    written = scenario_wrapper_template_registry.get(cast("pytest.Function", item).obj)
    return "" if written is None else written.name


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    run = config.stash[SUITE]
    run.certification.suite.scenarios.update(
        (mark.args[0], scenario_of(item)) for item in items for mark in item.iter_markers("judges")
    )
    if run.only:
        _keep(config, items, lambda item: bool(run.only & {mark.args[0] for mark in item.iter_markers("judges")}))
    if run.certification.order.speed not in VIRTUAL_TIME:
        before = len(items)
        _keep(config, items, lambda item: item.get_closest_marker(VIRTUAL) is None)
        run.left_out = before - len(items)


def _keep(config: pytest.Config, items: list[pytest.Item], wanted: Callable[[pytest.Item], bool]) -> None:
    config.hook.pytest_deselected(items=[item for item in items if not wanted(item)])
    items[:] = [item for item in items if wanted(item)]


def pytest_report_collectionfinish(config: pytest.Config) -> str:
    """Says what is left out at this speed."""
    left_out = config.stash[SUITE].left_out
    return f"{left_out} scenarios or examples are played in virtual time alone, and left out" if left_out else ""


def pytest_bdd_apply_tag(tag: str, function: Callable[..., object]) -> bool:
    """Every tag of a scenario is the id of a requirement that it judges, but for the one that says when it is played."""
    mark = pytest.mark.virtual if tag == VIRTUAL else pytest.mark.judges(tag)
    mark(function)
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    run = session.config.stash[SUITE]
    if session.config.option.collectonly or session.testsfailed or not session.items:
        return (yield)
    failed: list[str] = []  # scenarios whose steps shape nothing
    for length in run.lengths:
        run.length = length
        for item, following in zip(session.items, [*session.items[1:], None], strict=True):
            reports = runtestprotocol(item, log=False, nextitem=following)
            failed += [f"{item.name} ({length}): {each.longreprtext}" for each in reports if each.failed]
    run.narrow(session)
    if session.config.getoption("--viva-shape"):
        if failed:
            raise pytest.UsageError(f"{len(failed)} scenarios can't be shaped, the first is {failed[0]}")
        write((run.certification.order.out or Path()) / FILE, run.certification.suite.shaped())
        session.items.clear()  # answered by whoever plays them
        return (yield)
    run.certification.play()
    run.shaping = False
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    run = item.config.stash[SUITE]
    run.unkept, run.item = [], item.nodeid
    run.swept = item.get_closest_marker(VIRTUAL) is not None
    result = yield
    if run.unkept:
        said = "\n".join(f"{answer.requirement} {answer.verdict}: {answer.reason}" for answer in run.unkept)
        if all(answer.known for answer in run.unkept):
            pytest.xfail(said)
        raise AssertionError(said)
    return result


def pytest_sessionfinish(session: pytest.Session) -> None:
    run = session.config.stash.get(SUITE, None)
    if run is not None and not run.shaping:
        run.certification.write_record()


@pytest.fixture
def suite(request: pytest.FixtureRequest) -> FeatureRun:
    """The run that this scenario is part of."""
    return request.config.stash[SUITE]


@pytest.fixture
def plan(suite: FeatureRun) -> Plan:
    """The exam at the length of this pass."""
    return suite.plan
