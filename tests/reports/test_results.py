"""Results follow from the record: every requirement of a client, the worst of its scenarios, and an exit status that says no more."""

import datetime as dt
import json
from pathlib import Path

import jsonschema
import msgspec
import pytest

from harness.core.errors import HarnessError, VivaError
from harness.core.record import Judgement, Known, Record, Run
from harness.core.verdict import Margin, Outcome
from harness.rules.requirement import requirements
from reports.certificate import withheld
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


@pytest.mark.parametrize(("scenarios", "undecided", "status"), [(100, 2, 0), (100, 3, 2), (20, 1, 2), (20, 0, 0)])
def test_more_than_two_percent_of_scenarios_decided_by_a_second_attempt_is_an_error(
    scenarios: int, undecided: int, status: int
) -> None:
    kept: tuple[str, Outcome, int] = ("END-1", "kept", 5)
    record = judged(*[kept] * scenarios, runs=9, rerun=1)
    late = tuple(
        msgspec.structs.replace(each, first="late by 80 ms" if number < undecided else "")
        for number, each in enumerate(record.judgements)
    )
    results = results_of(msgspec.structs.replace(record, judgements=late))
    assert exit_status(results) == status
    assert (results.suite.scenarios, results.suite.undecided, results.suite.rerun) == (scenarios, undecided, 1)
    found = next(each for each in results.requirements if each.id == "END-1")
    assert [each.first for each in found.scenarios if each.first] == ["late by 80 ms"] * undecided


KNOWN = Known(reason="ticket 4711", until=dt.date(2026, 12, 31))


def known(record: Record, *identifiers: str) -> Record:
    judgements = tuple(
        msgspec.structs.replace(each, known=KNOWN) if each.requirement in identifiers else each
        for each in record.judgements
    )
    return msgspec.structs.replace(record, judgements=judgements)


def test_a_known_failure_stays_broken_and_fails_no_run() -> None:
    record = known(judged(("END-1", "broken", -5), ("END-2", "kept", None)), "END-1")
    results = results_of(record)
    found = next(each for each in results.requirements if each.id == "END-1")
    assert (found.verdict, found.known, found.scenarios[0].known) == ("broken", True, KNOWN)
    assert (results.summary.broken, results.summary.known, exit_status(results)) == (1, 1, 0)
    assert any("END-1" in obstacle.ids for obstacle in withheld(results))


def test_a_known_failure_hides_no_other_of_the_same_requirement() -> None:
    record = known(judged(("END-1", "broken", -5)), "END-1")
    for verdict in ("broken", "unobserved"):
        other = msgspec.structs.replace(record.judgements[0], scenario="another", verdict=verdict, known=None)
        both = results_of(msgspec.structs.replace(record, judgements=(*record.judgements, other)))
        assert (exit_status(both), both.summary.known) == (1, 0)


def test_a_stale_known_failure_fails_a_run_that_kept_everything() -> None:
    record = judged(("END-1", "kept", 5))
    assert exit_status(results_of(msgspec.structs.replace(record, stale=("it is kept now",)))) == 1


def test_what_was_seen_of_a_capability_declared_missing_stands_beside_the_declaration() -> None:
    record = judged(("BIND-1", "unsupported", None))
    seen = msgspec.structs.replace(record.judgements[0], seen="kept")
    record = msgspec.structs.replace(record, judgements=(seen,), unsupported={"BIND-1": "no screen"})
    found = next(each for each in results_of(record).requirements if each.id == "BIND-1")
    assert (found.verdict, found.contradicted, found.scenarios[0].seen) == ("unsupported", True, "kept")


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
    assert raw["summary"] == {
        "kept": 79,
        "broken": 2,
        "unobserved": 1,
        "unsupported": 1,
        "unjudged": 19,
        "error": 1,
        "known": 0,
    }


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
