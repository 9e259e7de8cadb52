"""The search itself: what it found stays found, a few hundred more interviews differ in nothing, and faulty clients are told apart."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from harness.core.errors import VivaError
from harness.core.view import Page
from harness.fuzz.oracles import examine
from harness.fuzz.search import look
from harness.fuzz.telling import events_of, intents_of, read_script, told, write_script
from harness.fuzz.ways import presses_of_the_way, way_of
from harness.session.subjects import load_subject
from tests.fuzz.found import FOUND, script

HONEST = load_subject("clients/headless")


@pytest.mark.parametrize("name", FOUND)
def test_what_was_found_once_differs_no_more(name: str) -> None:
    assert [each.sentence for each in examine(FOUND[name], HONEST)] == []


def test_random_interviews_of_the_reference_client_differ_in_nothing() -> None:
    chunk = look(HONEST, 2026, 0, 100)
    assert chunk.runs == 100
    assert chunk.difference is None, chunk.difference and chunk.difference.findings


def test_a_lesson_that_ends_late_differs_from_the_model_s() -> None:
    found = {each.key for each in examine(script(Page.LESSON), load_subject("faulty:lesson_too_long"))}
    assert "model: page upload" in found


def test_a_script_comes_back_from_its_file_as_it_was(tmp_path: Path) -> None:
    for number, each in enumerate(FOUND.values()):
        file = tmp_path / f"{number}.json"
        write_script(file, each)
        assert read_script(file) == each


def test_a_file_that_is_no_script_is_said_in_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "script.json"
    file.write_text('{"plan": 1}')
    with pytest.raises(VivaError, match="is no script"):
        read_script(file)
    with pytest.raises(VivaError, match="can't be read"):
        read_script(tmp_path / "nothing.json")


def test_a_script_is_told_in_the_order_of_time_and_its_intents_are_counted_without_the_way() -> None:
    which = FOUND["an answer after the interview's end need not be shown"]
    lines = told(which)
    assert (intents_of(which), events_of(which)) == (1, 4)
    assert lines[-4:] == [
        "at T-500ms: laptop: help '听不见'",
        "at T+1.5s: the laptop client is killed",
        "1s later: the laptop client is started again",
        "at T+9s: the desk: answer 听不见",
    ]


def test_the_plain_way_is_named_by_the_page_that_it_leads_to() -> None:
    whole = script(Page.LESSON)
    laptop, phone = whole.threads
    cut = replace(whole, threads=(replace(laptop, steps=laptop.steps[:-1]), phone))
    assert (way_of(whole), presses_of_the_way(whole)) == ("way to lesson", 11)
    assert (way_of(cut), presses_of_the_way(cut)) == ("way to waiting", 10)
    assert way_of(replace(cut, threads=(replace(laptop, steps=laptop.steps[:2]), phone))) == "way towards attachments"
    assert "way to lesson: 11 presses of the plain way, the last of them “laptop: start”" in told(whole)
