"""Certify: what is wrong is said before anything starts; what came of it stands in the folder, on the screen and in the exit status."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.cli import suite
from harness.cli.child import ROOT
from harness.cli.suite import Follower, Order, Progress
from harness.session.pause import RESUME, Paused
from tests.cli.conftest import Viva

Client = Callable[[str], Path]
WRITTEN = {"results.json", "junit.xml", "report.html", "record.json"}


@pytest.fixture
def nothing_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a child was started")

    monkeypatch.setattr("harness.cli.suite.child", refuse)


@pytest.mark.usefixtures("nothing_starts")
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--exam", "heshan-2021"], "did you mean 'heshan-2022'?"),
        (["--exam", "xyz"], "there are heshan-2022, strict-2026"),
        (["--only", "ENTER-99"], "did you mean ENTER-9"),
        (["--only", "LOAD-1"], "judged of a service"),
        (["--speed", "fast"], "'fast'"),
        (["--track", "music"], "'music'"),
        (["-n", "0"], "-n"),
        (["--out", "/proc/nowhere"], "name another folder"),
        (["--known", "/proc/nowhere"], "name a file of known failures"),
    ],
)
def test_a_bad_order_is_one_sentence_before_anything_starts(
    arguments: list[str], sentence: str, viva: Viva, client: Client
) -> None:
    status, out, err = viva("certify", client("honest"), *arguments)
    assert (status, out) == (2, "")
    assert sentence in err
    assert err.count("\n") == 1


@pytest.mark.usefixtures("nothing_starts")
@pytest.mark.parametrize("command", ["certify", "smoke"])
@pytest.mark.parametrize(
    ("subject", "display", "sentence"),
    [
        ("headless", ":0", "runs in none"),
        ("web", "", "DISPLAY names none"),
        ("web", ":7531", "X display ':7531' can't be opened"),
    ],
)
def test_browsers_are_watched_only_where_there_are_browsers_and_a_display(
    command: str, subject: str, display: str, sentence: str, *, viva: Viva, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", display)
    status, out, err = viva(command, ROOT / "clients" / subject, "--headed")
    assert (status, out) == (2, "")
    assert sentence in err
    assert err.count("\n") == 1


@pytest.mark.usefixtures("nothing_starts")
def test_a_film_is_of_a_browser(viva: Viva) -> None:
    status, _, err = viva("certify", ROOT / "clients" / "headless", "--trace")
    assert status == 2
    assert "--trace films browsers, and Viva headless reference client runs in none" in err


@pytest.mark.usefixtures("nothing_starts")
@pytest.mark.parametrize(
    ("subject", "only", "terminal", "sentence"),
    [
        ("headless", "", True, "--pause-at keeps browsers open"),
        ("web", "", False, "standard input is no terminal"),
        ("web", "ENTER-2", True, "--pause-at ANS-9 never comes with --only ENTER-2"),
    ],
)
def test_a_pause_is_for_a_person_before_browsers(
    subject: str, only: str, terminal: bool, sentence: str, *, viva: Viva, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: terminal))
    status, out, err = viva("certify", ROOT / "clients" / subject, "--pause-at", "ANS-9", "--only", only)
    assert (status, out) == (2, "")
    assert sentence in err
    assert err.count("\n") == 1


@pytest.mark.usefixtures("fake")
def test_a_paused_run_says_what_was_judged_and_where_to_look_and_goes_on_after_enter(
    viva: Viva, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "out"
    paused = Paused(requirement="ANS-9", verdict="broken", reason="no picture", at={"laptop": "http://127.0.0.1:4711"})
    news = iter([[Progress(total=2, done=0, paused=paused)]])
    monkeypatch.setattr(suite.Run, "news", lambda _: next(news, []))
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True, readline=lambda: "\n"))
    web = ROOT / "clients" / "web"
    status, _, err = viva("certify", web, "--pause-at", "ANS-9", "--out", folder, "--keys", tmp_path / "keys")
    assert status == 0, err
    assert "ANS-9 broken: no picture" in err
    assert "http://127.0.0.1:4711" in err
    assert (folder / RESUME).exists()


@pytest.mark.usefixtures("nothing_starts")
def test_a_missing_client_and_a_manifest_with_a_typo_are_said_before_anything_starts(
    viva: Viva, client: Client, tmp_path: Path
) -> None:
    assert "no such folder" in viva("certify", tmp_path / "nobody")[2]
    folder = client("typo")
    (folder / "client.toml").write_text((folder / "client.toml").read_text().replace("vendor", "vender"))
    status, _, err = viva("certify", folder)
    assert status == 2
    assert "did you mean 'vendor'?" in err


@pytest.mark.usefixtures("nothing_starts")
def test_a_run_that_could_judge_nothing_is_refused(viva: Viva, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.cli.features.judging", lambda _: ())
    status, _, err = viva("certify", client("honest"), "--only", "ENTER-9")
    assert status == 2
    assert "No scenario judges ENTER-9 yet" in err


@pytest.mark.usefixtures("fake")
def test_a_client_that_keeps_everything_gets_its_files_and_a_certificate(
    viva: Viva, client: Client, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    status, out, err = viva("certify", client("honest"), "--out", folder, "--keys", tmp_path / "keys")
    assert status == 0, err
    assert {*WRITTEN, "certificate.json"} <= {file.name for file in folder.iterdir()}
    assert "103 kept" in out
    assert str(folder / "report.html") in out
    status, out, _ = viva("verify", folder)
    assert status == 0
    assert out.startswith("Genuine: 远答云")
    text = (folder / "results.json").read_text().replace('"value": 193', '"value": 194', 1)
    (folder / "results.json").write_text(text)
    status, out, _ = viva("verify", folder)
    assert status == 1
    assert out.startswith("Not genuine: ")


@pytest.mark.usefixtures("fake")
def test_a_client_that_breaks_something_is_status_1_and_gets_no_certificate(
    viva: Viva, client: Client, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    status, out, _ = viva("certify", client("breaks-NET-2"), "--out", folder)
    assert status == 1
    assert "NET-2" in out
    assert "as built" in out
    assert "No certificate: 1 MUST broken" in out
    assert not (folder / "certificate.json").exists()
    assert not (tmp_path / "keys").exists()


@pytest.mark.usefixtures("fake")
def test_json_is_alone_on_stdout(viva: Viva, client: Client, tmp_path: Path) -> None:
    status, out, err = viva("certify", client("breaks-NET-2"), "--out", tmp_path / "out", "--json")
    assert status == 1
    found = json.loads(out)
    assert found == json.loads((tmp_path / "out" / "results.json").read_text())
    assert "Report: " in err


@pytest.mark.usefixtures("fake")
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("refuses", "the exam's moon is in the wrong house; move it"),
        ("dies", "ended with status 3 and left no record; see "),
        ("garbage", "can't be read"),
    ],
)
def test_a_suite_that_leaves_no_record_is_one_sentence(
    name: str, sentence: str, viva: Viva, client: Client, tmp_path: Path
) -> None:
    status, out, err = viva("certify", client(name), "--out", tmp_path / "out")
    assert (status, out) == (2, "")
    assert sentence in " ".join(err.split())
    assert (tmp_path / "out" / "suite.log").exists()
    assert not (tmp_path / "out" / "results.json").exists()


@pytest.mark.usefixtures("fake")
def test_nothing_of_an_earlier_run_survives_in_its_folder(viva: Viva, client: Client, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    assert viva("certify", client("honest"), "--out", folder, "--keys", tmp_path / "keys")[0] == 0
    (folder / "timelines" / "old-1.jsonl").write_text("")
    (folder / "mine.txt").write_text("not the suite's")
    assert viva("certify", client("dies"), "--out", folder)[0] == 2
    assert {file.name for file in folder.iterdir()} == {"suite.log", "timelines", "mine.txt"}
    assert list((folder / "timelines").iterdir()) == []


@pytest.mark.usefixtures("fake")
def test_a_run_without_a_folder_gets_one_named_by_time_and_subject(
    viva: Viva, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suite, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(suite, "stamp", lambda: "20220820-090000")
    for _ in range(2):
        assert viva("certify", tmp_path / "clients" / "my client" if _ else client("my client"))[0] == 0
    assert sorted(run.name for run in (tmp_path / "runs").iterdir()) == [
        "20220820-090000-my-client",
        "20220820-090000-my-client-2",
    ]


def test_the_order_reaches_the_suite_as_its_options(tmp_path: Path) -> None:
    order = Order(
        subject="clients/headless", exam="heshan-2022", speed="scaled", track="art", only=("NET-2",), parallel=3
    )
    assert order.arguments(tmp_path) == [
        *("features", "-p", "no:cacheprovider", "--viva-subject=clients/headless", "--viva-exam=heshan-2022"),
        *(
            "--viva-speed=scaled",
            "--viva-track=art",
            "--viva-only=NET-2",
            "--viva-parallel=3",
            f"--viva-out={tmp_path}",
        ),
    ]
    default = Order(subject="faulty:late-entry", exam="heshan-2022", speed="virtual").arguments(tmp_path)
    assert default[3:] == [
        *("--viva-subject=faulty:late-entry", "--viva-exam=heshan-2022", "--viva-speed=virtual"),
        f"--viva-out={tmp_path}",
    ]


def test_half_a_line_of_progress_waits_for_its_end(tmp_path: Path) -> None:
    file = tmp_path / "progress.jsonl"
    follower = Follower(file, Progress)
    assert follower.news() == []
    file.write_text('{"total": 4, "done": 1}\n{"total": 4, "do')
    assert [line.done for line in follower.news()] == [1]
    with file.open("a") as more:
        more.write('ne": 2, "running": ["a"], "last": {"scenario": "x"}}\n')
    assert [line.done for line in follower.news()] == [2]
    assert follower.news() == []
