"""The web clients' matrix: on the scripts that a client was played on, kept by the honest pages and broken by the faulty ones."""

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from harness.cli import web_matrix
from harness.cli.faulty_clients import FaultyClient
from harness.cli.web_matrix import Answers
from tests.cli.conftest import Viva

Fill = Callable[..., None]


def faulty(name: str, breaks: str, **declared: str) -> FaultyClient:
    why = {identifier.replace("_", "-"): text for identifier, text in declared.items()}
    return FaultyClient(name=name, breaks=breaks, client="web", declared=why, summary=f"breaks {breaks}")


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Fill:
    """Replaces the faulty web clients, and keeps their rows in a file of the test's."""
    monkeypatch.setattr(web_matrix, "KEPT_FILE", tmp_path / "matrix-web.json")
    monkeypatch.setattr("harness.cli.faulty.without_stack", str)

    def fill(*clients: FaultyClient) -> None:
        monkeypatch.setattr("harness.cli.faulty.faulty_web_clients", lambda: clients)

    return fill


@pytest.mark.parametrize(
    ("honest", "found", "caught", "fell", "unobserved"),
    [
        ({"a END-1": "kept"}, {"a END-1": "broken"}, ("END-1",), (), ()),
        ({"a END-1": "kept"}, {"a END-1": "unobserved"}, (), (), ()),
        ({"a END-1": "broken"}, {"a END-1": "broken"}, (), (), ()),
        ({}, {"a END-1": "broken"}, (), (), ()),
        ({"a END-1": "kept", "b END-1": "broken"}, {"a END-1": "kept", "b END-1": "broken"}, (), (), ()),
        ({"a END-1": "kept", "b END-1": "kept"}, {"a END-1": "kept", "b END-1": "broken"}, ("END-1",), (), ()),
        ({"a END-1": "kept", "a END-4": "kept"}, {"a END-1": "broken", "a END-4": "error"}, ("END-1",), ("END-4",), ()),
        ({"a END-1": "kept", "a END-4": "kept"}, {"a END-1": "broken"}, ("END-1",), (), ()),
        ({"a END-1": "kept", "a END-4": "kept"}, {"a END-1": "broken", "a END-4": "unobserved"}, ("END-1",), (), ("END-4",)),
        ({"a END-1": "kept", "a END-4": "unobserved"}, {"a END-1": "broken", "a END-4": "broken"}, ("END-1",), (), ()),
    ],
)  # fmt: skip  # one case a line
def test_a_row_compares_the_same_requirement_on_the_same_script(
    honest: Answers, found: Answers, caught: tuple[str, ...], fell: tuple[str, ...], unobserved: tuple[str, ...]
) -> None:
    row = web_matrix.row(faulty("x", "END-1"), honest, found)
    assert (row.caught_by, row.also_fell, row.unobserved) == (caught, fell, unobserved)


def test_it_is_said_where_the_honest_pages_themselves_do_not_keep_what_a_client_breaks() -> None:
    assert web_matrix.blind(faulty("x", "END-1"), {"a END-1": "unobserved", "b END-1": "kept"}) == ""
    why = web_matrix.blind(faulty("x", "END-1"), {"a END-1": "unobserved", "a END-10": "kept"})
    assert why.startswith("the honest pages did not keep END-1")


def test_a_client_is_played_on_the_fullest_script_that_can_catch_it_with_a_whole_interview_and_then_on_the_others() -> (
    None
):
    honest: Answers = {f"whole END-{number}": "kept" for number in range(1, 9)}
    honest |= {"short NET-2": "kept", "short END-1": "kept", "other NET-2": "kept", "third NET-2": "unobserved"}
    assert web_matrix.courses(faulty("x", "END-1"), honest) == [("whole",), ("short",)]
    assert web_matrix.courses(faulty("x", "NET-2"), honest) == [("short", "whole"), ("other",)]
    assert web_matrix.courses(faulty("x", "ANS-2"), honest) == [("whole",)]
    assert web_matrix.courses(faulty("x", "ANS-2"), {}) == []


@pytest.mark.usefixtures("fake")
def test_every_web_client_is_played_around_what_it_breaks_and_it_is_said_what_that_is(
    viva: Viva, web: Fill, tmp_path: Path
) -> None:
    web(
        faulty("breaks-END-1", "END-1"),
        faulty("breaks-NET-2,END-4", "NET-2", END_4="bytes are lost"),
        faulty("honest", "ANS-2"),
    )
    status, out, err = viva("faulty", "--web", "--json", "--out", tmp_path / "out")
    assert status == 1, err
    assert [(row["id"], row["client"], row["caught_by"], row["also_fell"]) for row in json.loads(out)] == [
        ("breaks-END-1", "web", ["END-1"], []),
        ("breaks-NET-2,END-4", "web", ["NET-2"], ["END-4"]),
        ("honest", "web", [], []),
    ]  # fmt: skip  # one row a line
    assert "scripts are played that judge what it breaks, one after the other until it is caught" in " ".join(
        err.split()
    )
    assert "2 of 3 faulty clients caught" in err
    played = {folder.name for folder in (tmp_path / "out").iterdir() if folder.is_dir()}
    assert played == {"breaks-END-1", "breaks-NET-2,END-4", "honest", "honest-heshan-2022"}


@pytest.mark.usefixtures("fake")
def test_rows_and_the_honest_answers_are_kept_so_that_only_what_changed_is_played_again(
    viva: Viva, web: Fill, tmp_path: Path
) -> None:
    web(faulty("breaks-END-1", "END-1"))
    assert viva("faulty", "--web", "--out", tmp_path / "a")[0] == 0
    web(faulty("breaks-END-1", "END-1"), faulty("breaks-NET-2", "NET-2"))
    status, out, err = viva("faulty", "--web", "--new", "--json", "--out", tmp_path / "b")
    assert status == 0
    assert [row["caught_by"] for row in json.loads(out)] == [["END-1"], ["NET-2"]]
    assert "1 unchanged" in err
    assert {folder.name for folder in (tmp_path / "b").iterdir()} >= {"breaks-NET-2", "honest-heshan-2022"}
    assert not (tmp_path / "b" / "breaks-END-1").exists()
    assert viva("faulty", "--web", "--client", "breaks-END-1", "--out", tmp_path / "c")[0] == 0
    assert not (tmp_path / "c" / "honest-heshan-2022").exists()
    kept = web_matrix.read_kept(web_matrix.KEPT_FILE)
    assert set(kept.rows) == set(kept.digests) == {"breaks-END-1", "breaks-NET-2"}
    assert kept.honest["heshan-2022"].around == ("END-1", "NET-2")


@pytest.mark.usefixtures("fake")
def test_a_client_that_leaves_no_record_is_not_caught_and_the_others_go_on(
    viva: Viva, web: Fill, tmp_path: Path
) -> None:
    web(faulty("dies", "END-1"), faulty("breaks-NET-2", "NET-2"))
    status, out, err = viva("faulty", "--web", "--out", tmp_path / "out")
    assert status == 1
    assert "1 of 2 faulty clients caught" in out
    assert "dies: The suite ended with status 3 and left no record" in " ".join(err.split())


def test_a_digest_changes_with_the_clients_files_the_pages_and_what_plays_them_and_with_no_other_client(
    tmp_path: Path,
) -> None:
    files = (
        "clients/faulty_web/early/fault.toml",
        "clients/faulty_web/early/laptop/laptop.js",
        "clients/web/common/core.js",
        "clients/web/laptop/laptop.css",
        "harness/drivers/web/observer.js",
        "features/end.feature",
        "exams/heshan-2022.toml",
    )
    for name in (*files, "clients/faulty_web/other/laptop/laptop.js", "clients/headless/core.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("one")
    client = faulty("early", "END-1")
    first = web_matrix.digest(client, "heshan-2022", tmp_path)
    for name in ("clients/faulty_web/other/laptop/laptop.js", "clients/headless/core.py"):
        (tmp_path / name).write_text("two")
    assert web_matrix.digest(client, "heshan-2022", tmp_path) == first
    seen = {first, web_matrix.digest(None, "heshan-2022", tmp_path)}
    for name in files:
        (tmp_path / name).write_text("two")
        seen.add(web_matrix.digest(client, "heshan-2022", tmp_path))
    seen.add(web_matrix.digest(msgspec.structs.replace(client, breaks="END-2"), "heshan-2022", tmp_path))
    assert len(seen) == len(files) + 3


def test_kept_rows_that_are_damaged_count_as_none(tmp_path: Path) -> None:
    file = tmp_path / "matrix-web.json"
    file.write_text("{")
    assert web_matrix.read_kept(file) == web_matrix.KeptWeb()


def test_without_the_device_stack_nobody_is_said_to_survive(viva: Viva, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIVA_DEVICES", "files")
    status, out, err = viva("faulty", "--web")
    assert (status, out) == (2, "")
    assert "VIVA_DEVICES is 'files'; unset it" in err
