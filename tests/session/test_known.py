"""Known failures: what a file may say, what it covers, and when an entry holds no longer."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from harness.core.errors import VivaError
from harness.core.plan import Track
from harness.core.record import Judgement
from harness.core.verdict import Outcome
from harness.session.known import KnownFailure, beside, marked, read, stale

TODAY = dt.date(2026, 11, 22)
SCENARIO = "入口按时自动激活"
ENTRY = f"""
[[known]]
id = "ENTER-2"
scenario = "{SCENARIO}"
reason = "the poll takes 3 s"
until = 2026-12-31
"""


def entry(until: dt.date = TODAY, track: Track | None = None, scenario: str = SCENARIO) -> KnownFailure:
    return KnownFailure(id="ENTER-2", scenario=scenario, reason="the poll takes 3 s", until=until, track=track)


def judged(verdict: Outcome, track: Track = "ordinary", requirement: str = "ENTER-2") -> Judgement:
    return Judgement(requirement=requirement, scenario=SCENARIO, feature="", track=track, verdict=verdict)


# -- the file --------------------------------------------------------------------------------------------------------


def test_a_file_is_read_entry_by_entry_and_found_beside_the_manifest(tmp_path: Path) -> None:
    assert beside(tmp_path / "client.toml") is None
    file = tmp_path / "known-failures.toml"
    file.write_text(ENTRY + 'track = "art"\n')
    assert beside(tmp_path / "client.toml") == file
    assert read(file) == (entry(dt.date(2026, 12, 31), "art"),)
    file.write_text("")
    assert read(file) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("known = 3", "the top of the file: expected array"),
        ("[unknown]", "the top of the file: object contains unknown field unknown"),
        ("[[known]]\nid = 'ENTER-2'", "entry 1: object missing required field scenario"),
        (ENTRY + "why = 1", "entry 1: object contains unknown field why"),
        (ENTRY.replace("2026-12-31", '"soon"'), "entry 1, until: expected date"),
        (ENTRY.replace("2026-12-31", "7"), "entry 1, until: expected date"),
        (ENTRY + 'track = "music"', "entry 1, track: invalid enum value 'music'"),
        (
            ENTRY.replace("ENTER-2", "ENTER-22"),
            "entry 1, id: No requirement is called 'ENTER-22'; did you mean ENTER-2",
        ),
        (ENTRY.replace("ENTER-2", "LOAD-1"), "entry 1, id: LOAD-1 is judged of a service"),
        (ENTRY.replace("the poll takes 3 s", " "), "entry 1, reason: is empty"),
        (ENTRY.replace("the poll takes 3 s", "x" * 401), "entry 1, reason: write one printable line"),
        (ENTRY.replace(SCENARIO, r"a\nb"), "entry 1, scenario: write one printable line"),
        (ENTRY + ENTRY, "entry 2 says ENTER-2 in '入口按时自动激活' again"),
        (ENTRY + ENTRY + 'track = "art"', "entry 2 says ENTER-2"),
        ("[[known", "is not TOML"),
        ("#" * 300_000, "is longer than 262144 bytes"),
    ],
)
def test_a_bad_file_is_one_sentence_that_names_it_and_the_entry(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "known-failures.toml"
    file.write_text(text)
    with pytest.raises(VivaError) as caught:
        read(file)
    assert said.casefold() in str(caught.value).casefold()
    assert str(caught.value).startswith(f"{file}: ")
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_or_no_file_is_one_sentence(tmp_path: Path) -> None:
    for place in (tmp_path / "nothing.toml", tmp_path):
        with pytest.raises(VivaError, match=r"can't be read \("):
            read(place)


def test_one_entry_a_track_is_no_repetition(tmp_path: Path) -> None:
    file = tmp_path / "known-failures.toml"
    file.write_text(ENTRY + 'track = "art"\n' + ENTRY + 'track = "ordinary"\n')
    assert [each.track for each in read(file)] == ["art", "ordinary"]


# -- what it covers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verdict", ["broken", "kept", "unobserved", "unsupported", "error"])
def test_only_what_is_broken_is_known(verdict: Outcome) -> None:
    (found,) = marked([judged(verdict)], [entry()], TODAY)
    assert (found.known is not None) is (verdict == "broken")


def test_an_entry_covers_its_requirement_scenario_and_track_and_no_other() -> None:
    both = [judged("broken"), judged("broken", "art"), judged("broken", requirement="ENTER-1")]
    assert [each.known is not None for each in marked(both, [entry()], TODAY)] == [True, True, False]
    assert [each.known is not None for each in marked(both, [entry(track="art")], TODAY)] == [False, True, False]
    assert not any(each.known for each in marked(both, [entry(scenario="another")], TODAY))


def test_an_entry_holds_on_its_last_day_and_covers_nothing_after_it() -> None:
    (last,) = marked([judged("broken")], [entry(TODAY)], TODAY)
    assert last.known is not None
    assert (last.known.reason, last.known.until) == ("the poll takes 3 s", TODAY)
    (after,) = marked([judged("broken")], [entry(TODAY - dt.timedelta(days=1))], TODAY)
    assert after.known is None


# -- when it is stale ------------------------------------------------------------------------------------------------

BOTH = {("ENTER-2", SCENARIO): 2}


def sentence(entry: KnownFailure, *judgements: Judgement) -> str:
    return " ".join(stale([entry], judgements, BOTH, TODAY))


def test_an_entry_whose_failure_stands_on_one_track_at_least_is_not_stale() -> None:
    assert sentence(entry(), judged("broken"), judged("kept", "art")) == ""
    assert sentence(entry(), judged("unobserved"), judged("unobserved", "art")) == ""


def test_what_is_kept_wherever_the_entry_speaks_of_is_stale() -> None:
    assert sentence(entry(), judged("kept"), judged("kept", "art")) == (
        "the known failure ENTER-2 in '入口按时自动激活' is stale: it is kept now; take the entry out"
    )
    assert "(art) is stale: it is kept now" in sentence(entry(track="art"), judged("broken"), judged("kept", "art"))


def test_what_this_run_left_out_is_not_stale_for_that() -> None:
    assert sentence(entry()) == ""
    assert sentence(entry(), judged("kept")) == ""
    assert sentence(entry(track="art"), judged("kept")) == ""


def test_an_entry_of_a_scenario_that_does_not_exist_is_stale() -> None:
    assert "the suite has no such scenario" in sentence(entry(scenario="another"), judged("broken"))
    one_track = stale([entry(track="art")], [judged("kept")], {("ENTER-2", SCENARIO): 1}, TODAY)
    assert "the suite has no such scenario" in one_track[0]


def test_an_entry_is_stale_after_its_day_even_where_it_is_still_broken() -> None:
    late = entry(TODAY - dt.timedelta(days=1))
    assert "it was to be over by 2026-11-21" in sentence(late, judged("broken"), judged("broken", "art"))
