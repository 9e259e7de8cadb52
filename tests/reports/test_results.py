"""Results follow from the record: every requirement of a client, the worst of its scenarios, and an exit status that says no more."""

import json
from pathlib import Path

import jsonschema
import msgspec
import pytest

from harness.core.errors import HarnessError, VivaError
from harness.core.record import Judgement, Record, Run
from harness.core.verdict import Margin, Outcome
from harness.rules.requirement import requirements
from reports.results import encode, exit_status, read_results, results_of
from reports.schema import PLACE, text
from tests.reports import synthetic

CLIENT = [each.id for each in requirements() if each.judged_of == "client"]


def judged(*verdicts: tuple[str, Outcome, int | None], runs: int = 1, rerun: int = 0, **more: object) -> Record:
    judgements = tuple(
        Judgement(
            requirement=identifier,
            scenario=f"scenario {number}",
            feature="a.feature",
            track="ordinary",
            verdict=verdict,
            margin=None if margin is None else Margin(margin),
        )
        for number, (identifier, verdict, margin) in enumerate(verdicts)
    )
    attempts = [(f"{number:016x}", 1) for number in range(runs)] + [(f"{number:016x}", 2) for number in range(rerun)]
    played = tuple(
        Run(
            digest=digest,
            attempt=attempt,
            track="ordinary",
            timeline="",
            began_ms=0,
            ended_ms=1,
            lateness_ms=0,
            took_ms=1,
        )
        for digest, attempt in attempts
    )
    return msgspec.structs.replace(synthetic.record(), judgements=judgements, runs=played, unsupported={}, **more)


def test_all_103_requirements_of_a_client_appear_in_order_and_none_of_a_service() -> None:
    results = results_of(judged(("ENTER-2", "kept", 412)))
    assert [each.id for each in results.requirements] == CLIENT
    assert len(CLIENT) == 103
    assert results.summary.kept == 1
    assert results.summary.unjudged == 102


def test_a_requirement_is_the_worst_of_its_scenarios_and_its_margin_the_smallest() -> None:
    record = judged(("ENTER-2", "kept", 412), ("ENTER-2", "broken", -30), ("ENTER-2", "unobserved", None))
    found = next(each for each in results_of(record).requirements if each.id == "ENTER-2")
    assert found.verdict == "broken"
    assert found.margin == Margin(-30)
    assert [each.verdict for each in found.scenarios] == ["kept", "broken", "unobserved"]


def test_what_a_subject_declares_is_unsupported_even_where_a_scenario_kept_it_but_broken_stays_broken() -> None:
    record = judged(("PRIV-1", "kept", None), ("PRIV-2", "broken", None))
    record = msgspec.structs.replace(record, unsupported={"PRIV-1": "no storage", "PRIV-2": "no", "PRIV-3": "no"})
    verdicts = {each.id: each.verdict for each in results_of(record).requirements}
    assert (verdicts["PRIV-1"], verdicts["PRIV-2"], verdicts["PRIV-3"]) == ("unsupported", "broken", "unsupported")


@pytest.mark.parametrize(
    ("outcomes", "status"),
    [
        (["kept"], 0),
        (["kept", "unsupported"], 0),
        (["kept", "broken"], 1),
        (["kept", "unobserved"], 1),
        (["broken", "error"], 2),
        ([], 2),
    ],
)
def test_the_exit_status_says_the_worst(outcomes: list[Outcome], status: int) -> None:
    record = judged(*((CLIENT[number], outcome, None) for number, outcome in enumerate(outcomes)))
    assert exit_status(results_of(record)) == status


@pytest.mark.parametrize(("runs", "rerun", "status"), [(100, 2, 0), (100, 3, 2), (20, 1, 2), (20, 0, 0)])
def test_more_than_two_percent_of_runs_made_again_is_an_error(runs: int, rerun: int, status: int) -> None:
    assert exit_status(results_of(judged(("END-1", "kept", 5), runs=runs, rerun=rerun))) == status


def test_a_record_of_a_requirement_that_does_not_exist_is_refused() -> None:
    with pytest.raises(HarnessError, match="'LOAD-1'"):
        results_of(judged(("LOAD-1", "kept", None)))


def test_the_schema_in_the_docs_is_that_of_the_types() -> None:
    assert PLACE.read_text("utf-8") == text(), "make it again: python -m reports.schema"


@pytest.mark.parametrize("kept_only", [False, True])
def test_results_validate_against_the_schema_and_come_back_as_they_were(kept_only: bool, tmp_path: Path) -> None:
    results = results_of(synthetic.record(kept_only=kept_only))
    raw = encode(results)
    jsonschema.validate(json.loads(raw), json.loads(PLACE.read_text("utf-8")))
    (tmp_path / "results.json").write_bytes(raw)
    assert read_results(tmp_path) == results


def test_results_have_the_agreed_shape() -> None:
    raw = json.loads(encode(results_of(synthetic.record())))
    assert list(raw) == ["schema", "suite", "subject", "exam", "tracks", "speed", "requirements", "summary"]
    assert raw["schema"] == "viva-results/1"
    one = next(each for each in raw["requirements"] if each["id"] == "NET-2")
    assert {**one, "scenarios": len(one["scenarios"])} == {
        "id": "NET-2",
        "level": "MUST",
        "verdict": "broken",
        "margin": {"value": -900, "unit": "ms"},
        "scenarios": 1,
    }
    assert one["scenarios"][0].keys() >= {"name", "track", "verdict", "reason", "evidence"}
    assert raw["summary"] == {"kept": 79, "broken": 2, "unobserved": 1, "unsupported": 1, "unjudged": 19, "error": 1}


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "is not there"), (b"{}", "is not what"), (b"\xff\xfe", "is not what"), (b"", "is not what")],
)
def test_a_file_that_holds_no_results_is_named_in_one_sentence(
    content: bytes | None, said: str, tmp_path: Path
) -> None:
    file = tmp_path / "results.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(VivaError, match=said) as caught:
        read_results(tmp_path)
    assert "\n" not in str(caught.value)
