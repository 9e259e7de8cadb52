"""The matrix: caught means kept by the honest client and broken by the faulty one, and what fell beside it was declared."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness.cli import matrix
from harness.cli.faulty_clients import FaultyClient
from harness.core.verdict import Outcome
from tests.cli.conftest import Viva

Fill = Callable[..., None]


def faulty(name: str, breaks: str, **declared: str) -> FaultyClient:
    why = {identifier.replace("_", "-"): text for identifier, text in declared.items()}
    return FaultyClient(name=name, breaks=breaks, client="headless", declared=why, summary=f"breaks {breaks}")


@pytest.mark.parametrize(
    ("honest", "found", "caught", "fell"),
    [
        ({"END-1": "kept", "END-4": "kept"}, {"END-1": "broken", "END-4": "kept"}, ("END-1",), ()),
        ({"END-1": "kept", "END-4": "kept"}, {"END-1": "unobserved", "END-4": "kept"}, (), ()),
        ({"END-1": "broken", "END-4": "kept"}, {"END-1": "broken", "END-4": "kept"}, (), ()),
        ({"END-1": "kept", "END-4": "kept"}, {"END-1": "broken", "END-4": "unobserved"}, ("END-1",), ()),
        ({"END-1": "kept", "END-4": "unobserved"}, {"END-1": "broken", "END-4": "broken"}, ("END-1",), ()),
        ({"END-1": "kept"}, {}, (), ()),
    ],
)
def test_a_row_compares_the_faulty_client_with_the_honest_one(
    honest: dict[str, Outcome], found: dict[str, Outcome], caught: tuple[str, ...], fell: tuple[str, ...]
) -> None:
    row = matrix.row(faulty("x", "END-1"), honest, found)
    assert (row.caught_by, row.also_fell) == (caught, fell)


@pytest.mark.usefixtures("fake")
def test_every_client_is_run_and_the_matrix_has_the_agreed_shape(viva: Viva, catalogue: Fill, tmp_path: Path) -> None:
    catalogue(faulty("breaks-END-1", "END-1"), faulty("breaks-NET-2,END-4", "NET-2", END_4="bytes are lost"))
    status, out, err = viva("faulty", "--json", "--out", tmp_path / "out")
    assert status == 0, err
    assert json.loads(out) == [
        {
            "id": "breaks-END-1",
            "client": "headless",
            "breaks": "END-1",
            "caught_by": ["END-1"],
            "also_fell": [],
            "declared": {},
            "unobserved": [],
        },
        {
            "id": "breaks-NET-2,END-4",
            "client": "headless",
            "breaks": "NET-2",
            "caught_by": ["NET-2"],
            "also_fell": ["END-4"],
            "declared": {"END-4": "bytes are lost"},
            "unobserved": [],
        },
    ]
    assert "2 of 2 faulty clients caught" in err


@pytest.mark.usefixtures("fake")
def test_a_client_that_is_wrong_in_one_exam_alone_is_played_in_that_one_and_compared_there(
    viva: Viva, catalogue: Fill, tmp_path: Path
) -> None:
    elsewhere = msgspec.structs.replace(faulty("breaks-ENTER-5", "ENTER-5"), exam="strict-2026")
    catalogue(faulty("breaks-END-1", "END-1"), elsewhere)
    status, out, err = viva("faulty", "--out", tmp_path / "out")
    assert status == 0, err
    assert "In strict-2026: breaks ENTER-5" in out
    played = {record.parent.name for record in (tmp_path / "out").rglob("record.json")}
    assert played == {"breaks-END-1", "breaks-ENTER-5", "honest-heshan-2022", "honest-strict-2026"}


@pytest.mark.usefixtures("fake")
@pytest.mark.parametrize("name", ["honest", "breaks-END-1,END-4", "dies"])
def test_one_that_is_not_caught_or_takes_something_undeclared_along_is_status_1(
    name: str, viva: Viva, catalogue: Fill, tmp_path: Path
) -> None:
    catalogue(faulty("breaks-NET-2", "NET-2"), faulty(name, "END-1"))
    status, out, _ = viva("faulty", "--out", tmp_path / "out")
    assert status == 1
    assert "1 of 2 faulty clients caught" in out


@pytest.mark.usefixtures("fake")
def test_one_client_alone_can_be_asked_for_and_an_unknown_one_is_told_the_nearest(
    viva: Viva, catalogue: Fill, tmp_path: Path
) -> None:
    catalogue(faulty("breaks-NET-2", "NET-2"), faulty("breaks-END-1", "END-1"))
    status, out, _ = viva("faulty", "--client", "breaks-NET-2", "--json", "--out", tmp_path / "out")
    assert status == 0
    assert [row["id"] for row in json.loads(out)] == ["breaks-NET-2"]
    status, _, err = viva("faulty", "--client", "breaks-NET-3")
    assert status == 2
    assert "did you mean 'breaks-NET-2'?" in err


@pytest.mark.usefixtures("fake")
def test_new_runs_only_what_changed_since_it_last_ran(
    viva: Viva, catalogue: Fill, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []
    play = matrix.run_all

    def noted(batch: matrix.Batch, *rest: Any) -> tuple[matrix.Row, ...]:
        ran.extend(client.name for client in batch.clients)
        return play(batch, *rest)

    monkeypatch.setattr(matrix, "run_all", noted)
    catalogue(faulty("breaks-NET-2", "NET-2"))
    assert viva("faulty", "--new", "--out", tmp_path / "a")[0] == 0
    catalogue(faulty("breaks-NET-2", "NET-2"), faulty("breaks-END-1", "END-1"))
    status, out, _ = viva("faulty", "--new", "--json", "--out", tmp_path / "b")
    assert status == 0
    assert [row["caught_by"] for row in json.loads(out)] == [["NET-2"], ["END-1"]]
    status, _, err = viva("faulty", "--new", "--json", "--out", tmp_path / "c")
    assert (status, ran) == (0, ["breaks-NET-2", "breaks-END-1"])
    assert "2 unchanged" in err


def test_a_digest_changes_with_the_client_its_rules_its_scenarios_and_its_exam(tmp_path: Path) -> None:
    files = (
        "clients/faulty/early.py",
        "clients/headless/core.py",
        "harness/rules/end.py",
        "harness/session/virtual.py",
        "features/end.feature",
        "features/steps/end.py",
        "exams/heshan-2022.toml",
    )
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("one")
    (tmp_path / "clients/faulty/other.py").write_text("one")
    client = faulty("early", "END-1")

    def now() -> str:
        return matrix.digest(client, "heshan-2022", "quick", tmp_path)

    first = now()
    (tmp_path / "clients/faulty/other.py").write_text("two")
    assert now() == first
    seen = {first}
    for name in files:
        (tmp_path / name).write_text("two")
        seen.add(now())
    assert len(seen) == len(files) + 1
    assert matrix.digest(client, "heshan-2022", "scaled", tmp_path) not in seen


def test_a_kept_matrix_that_is_damaged_counts_as_none_and_clients_that_are_gone_are_forgotten(tmp_path: Path) -> None:
    file = tmp_path / "matrix.json"
    file.write_text("{")
    assert matrix.read_kept(file) == matrix.Kept()
    one, two = faulty("one", "END-1"), faulty("two", "END-2")
    rows = [matrix.row(client, {}, {}) for client in (one, two)]
    matrix.keep(rows, {"one": "1", "two": "2"}, [one, two], file)
    matrix.keep([], {}, [two], file)
    assert matrix.read_kept(file).digests == {"two": "2"}
