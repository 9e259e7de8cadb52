"""The clients built to fail: each is what the catalogue says it is, and one of each stage is caught by the very rule that it breaks."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import pytest

from clients.faulty.catalogue import FAULTY, Faulty
from harness.core.events import Misconduct
from harness.core.timeline import Timeline
from harness.core.verdict import Broken, Kept, Verdict
from harness.core.view import ROLES
from harness.drivers.in_process import factory_of
from harness.rules.catalogue import RULES, rule_of
from harness.rules.requirement import requirement
from harness.rules.rule import Need
from harness.session.subjects import FAULTY as PREFIX
from harness.session.subjects import faulty_modules, load_subject
from harness.session.suite import judge
from tests.session.quick import HONEST, played
from tests.session.shaping import shaped

RULED: Final = {rule.requirement for rule in RULES}
# One of a stage, cheap to play and unlike each other: what is on the page, when, which device, what is sent.
SAMPLE: Final = {
    "consents_for_the_candidate": "LOGIN-9",
    "films_with_the_back_camera": "EVID-1",
    "hides_an_attachment": "ATT-1",
    "enters_early": "ENTER-1",
    "records_the_first_camera": "DEV-4",
    "stages_unreported": "ANS-20",
    "records_beyond_the_end": "END-1",
}


@pytest.mark.parametrize("client", FAULTY, ids=lambda client: client.name)
def test_a_faulty_client_can_be_made_and_breaks_a_requirement_that_is_judged(client: Faulty) -> None:
    assert requirement(client.breaks)
    assert client.breaks in RULED
    assert client.summary.endswith(".")
    subject = load_subject(f"{PREFIX}{client.name}")
    for role in ROLES:
        assert factory_of(subject.device(role))
    assert client.breaks not in client.declared
    for identifier, why in client.declared.items():
        assert requirement(identifier)
        assert len(why.split()) > 3, identifier


def test_every_module_is_in_the_catalogue_once_and_nothing_else_is() -> None:
    names = [client.name for client in FAULTY]
    assert sorted(names) == sorted(set(names)) == list(faulty_modules())


def test_every_faulty_client_changes_a_class_of_the_reference_clients_and_no_file_of_it() -> None:
    honest = load_subject(HONEST)
    for client in FAULTY:
        subject = load_subject(f"{PREFIX}{client.name}")
        assert [subject.device(role).class_path != honest.device(role).class_path for role in ROLES] == [True, True]
        assert subject.unsupported == honest.unsupported
        assert Path(subject.path) == Path(honest.path)


@cache
def honest(digest: str, *, blank: bool) -> Timeline:
    """The reference client's run of that script."""
    return played(shaped().scripts[digest], blank=blank)


@pytest.mark.parametrize(("name", "breaks"), SAMPLE.items())
def test_a_faulty_client_is_caught_in_virtual_time_by_the_rule_that_it_breaks(name: str, breaks: str) -> None:
    assert [client.breaks for client in FAULTY if client.name == name] == [breaks]
    found: list[Verdict] = []
    blank = Need.RECORDINGS not in rule_of(breaks).needs
    for script in shaped().judging(breaks):
        assert isinstance(judge(breaks, script, honest(script.digest(), blank=blank)), Kept)
        timeline = played(script, f"{PREFIX}{name}", blank=blank)
        assert timeline.first(Misconduct) is None
        found.append(judge(breaks, script, timeline))
        if isinstance(found[-1], Broken):
            return  # caught; the other scripts cost more than they would say
    pytest.fail(f"{name} was not caught: {found}")
