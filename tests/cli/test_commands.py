"""The smaller commands: the catalogue, one requirement, a recording, two runs, this machine."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import msgspec
import psutil
import pytest

from harness.cli import child
from harness.cli.child import ROOT
from harness.cli.doctor import Check
from harness.cli.faulty_clients import FaultyClient
from harness.cli.inspect import as_data
from harness.core.footage import Footage, Gap, Phrase, Seen
from reports.results import encode, results_of
from tests.cli.conftest import Viva
from tests.cli.test_faulty import Fill, faulty
from tests.reports import synthetic
from virtual_devices import stack


@pytest.fixture
def early(catalogue: Fill) -> FaultyClient:
    one = faulty("early-entry", "ENTER-1")
    catalogue(one)
    return one


@pytest.mark.usefixtures("early")
def test_the_catalogue_as_data_has_the_agreed_shape(viva: Viva) -> None:
    status, out, _ = viva("requirements", "--json")
    found = {each["id"]: each for each in json.loads(out)}
    assert (status, len(found)) == (0, 110)
    one = found["ENTER-1"]
    assert list(one) == ["id", "level", "stage", "clause", "text", "scenarios", "faulty", "drivers", "needs"]
    assert (one["level"], one["stage"], one["clause"]) == ("MUST", "ENTER", "五、进入考试")
    assert set(one["text"]) == {"zh", "en"}
    assert one["faulty"] == ["early-entry"]
    assert one["scenarios"] != []
    assert one["drivers"] == {"headless": "judged", "web": "unjudged"}
    assert found["LOAD-1"]["drivers"] == {}
    assert one["needs"] == {}
    assert found["ANS-7"]["needs"]["driver"] == "web"
    assert "geometry of a window" in found["ANS-7"]["needs"]["why"]
    for each in found.values():
        if each["needs"]:
            assert each["drivers"]["headless"] == "unjudged", f"{each['id']} is said to need another driver"
            assert each["scenarios"] != []


@pytest.mark.usefixtures("early")
def test_the_catalogue_for_people_lists_every_requirement(viva: Viva) -> None:
    status, out, _ = viva("requirements")
    assert status == 0
    assert "110 requirements" in out
    assert "ANS-7 needs the web driver: where a countdown stands" in out
    assert out.splitlines()[1].startswith("PREP-1")


@pytest.mark.usefixtures("early")
def test_a_requirement_is_explained_with_its_clause_its_rule_and_its_scenarios(viva: Viva) -> None:
    status, out, _ = viva("explain", "ENTER-1")
    assert status == 0
    for said in ("ENTER-1", "五、进入考试", "How it is judged", "enter.feature:", "符合要求 ENTER-1", "early-entry"):
        assert said in out, said
    status, out, err = viva("explain", "enter-1")
    assert (status, out) == (2, "")
    assert "did you mean ENTER-1" in err


def test_two_runs_are_compared_and_something_newly_broken_is_status_1(viva: Viva, tmp_path: Path) -> None:
    for name, kept_only in (("before", True), ("after", False)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "results.json").write_bytes(encode(results_of(synthetic.record(kept_only=kept_only))))
    before, after = tmp_path / "before", tmp_path / "after" / "results.json"
    status, out, _ = viva("compare", before, after)
    assert status == 1
    assert "Newly broken" in out
    assert "at most 1.5s asked" in out
    status, out, _ = viva("compare", after, before, "--json")
    assert status == 0
    assert "NET-2" in [each["id"] for each in json.loads(out)["fixed"]]
    assert "No verdict changed" in viva("compare", before, before)[1]


def test_a_file_that_is_no_recording_is_said_without_a_crash(viva: Viva, tmp_path: Path) -> None:
    foreign = tmp_path / "notes.txt"
    foreign.write_text("not a film")
    status, out, _ = viva("inspect", foreign)
    assert status == 1
    assert "problem" in out
    status, out, _ = viva("inspect", foreign, "--json")
    assert status == 1
    assert json.loads(out)["problem"] == "not-a-recording"
    status, out, err = viva("inspect", tmp_path / "missing.webm")
    assert (status, out) == (2, "")
    assert "is no file" in err


def test_a_recording_as_data_has_the_agreed_shape() -> None:
    footage = Footage(
        duration_ms=3_000,
        seen=(Seen(device=2, session=1, first=0, last=30, from_ms=0, to_ms=3_000, media_ms=0),),
        gaps=(Gap(from_ms=1_000, to_ms=1_400),),
        phrases=(Phrase(text="展示开始", at_ms=5, until_ms=9, score=1, whole=True),),
        av_offset_ms=12.5,
    )
    found = json.loads(msgspec.json.encode(as_data(footage)))
    assert found["duration_ms"] == 3_000
    assert set(found["frames"]) >= {"read", "repeat", "skip", "blend", "absent"}
    assert found["gaps"] == [{"from_ms": 1_000, "to_ms": 1_400}]
    assert (found["devices"], found["av_offset_ms"]) == ([2], 12.5)
    assert found["phrases"][0].items() >= {"text": "展示开始", "at_ms": 5}.items()


def test_the_doctor_looks_at_codecs_devices_ports_and_disk(viva: Viva) -> None:
    status, out, _ = viva("doctor", "--json")
    checks = {check["name"]: check for check in json.loads(out)}
    assert {"Python", "codec libx264", "codec libopus", "device y4m", "ports", "disk", "browser"} <= set(checks)
    assert status == (0 if all(check["ok"] for check in checks.values() if check["needed"]) else 2)
    told = viva("doctor")[1]
    assert "headless client can" in told
    assert "Web builds can" in told


def test_the_doctor_gives_the_line_that_installs_what_web_builds_lack(
    viva: Viva, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    status, out, _ = viva("doctor")
    assert status in {0, 2}
    assert "apt-get install --no-install-recommends dbus-daemon pipewire" in " ".join(out.split())


def test_the_doctor_says_what_a_browser_alone_judges_and_what_would_give_the_rest(
    viva: Viva, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("virtual_devices.stack.missing", lambda **_: ("wireplumber", "xvfb"))
    checks = [
        Check(name="browser", ok=True, needed=False, note=""),
        Check(name="device stack", ok=False, needed=False, note=""),
    ]
    monkeypatch.setattr("harness.cli.doctor._checks", lambda: checks)
    status, out, _ = viva("doctor")
    assert status == 0
    told = " ".join(out.split())
    assert "Web builds can be certified here in part: recordings, several or changing devices" in told
    assert told.endswith("apt-get install --no-install-recommends wireplumber xvfb.")


def test_the_devices_are_shown_on_a_page_whose_picture_is_saved(
    viva: Viva, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if lacking := stack.missing():
        pytest.skip(f"a browser with virtual devices needs {', '.join(lacking)}: {stack.remedy(lacking)}")
    monkeypatch.delenv("DISPLAY", raising=False)
    picture = tmp_path / "made" / "devices.png"
    status, out, _ = viva("devices", "demo", "--out", str(picture))
    assert (status, out.strip()) == (0, str(picture))
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("display", [":9999", "nowhere"])
def test_a_display_that_is_not_there_is_named(viva: Viva, display: str) -> None:
    status, _, err = viva("devices", "demo", "--display", display)
    assert status == 2
    assert f"X display {display!r} can't be opened" in " ".join(err.split())


@pytest.mark.parametrize(("command", "module"), [("rehearse", "load.rehearsal"), ("forecast", "load.forecast")])
def test_load_is_a_child_that_is_passed_its_arguments_and_gives_its_status(
    command: str, module: str, viva: Viva, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[str, tuple[str, ...]]] = []

    def noted(name: str, given: tuple[str, ...]) -> int:
        started.append((name, given))
        return 1

    monkeypatch.setattr(f"harness.cli.{command}.passed_through", noted)
    given = ("heshan-2022", "--candidates", "5", "--target", "http://127.0.0.1:9", "--json")
    assert viva(command, *given)[0] == 1
    assert viva(command, "--help")[0] == 1
    assert started == [(module, given), (module, ("--help",))]


@pytest.mark.parametrize(("status", "given"), [(0, 0), (1, 1), (2, 2), (3, 2), (-9, 2)])
def test_a_childs_own_status_is_the_commands_and_its_death_is_a_fault(
    status: int, given: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Ended:
        def __enter__(self) -> "Ended":
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def wait(self) -> int:
            return status

    monkeypatch.setattr(child, "child", lambda *_, **__: Ended())
    assert child.passed_through("load.forecast", []) == given


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--exam", "nowhere"], "no exam is called 'nowhere'"),
        (["--at", "noon"], "--at: wanted a moment such as"),
        (["--port", "70000"], "70000"),
    ],
)
def test_a_service_that_can_not_be_had_is_one_sentence(arguments: list[str], sentence: str, viva: Viva) -> None:
    status, out, err = viva("serve", *arguments)
    assert (status, out) == (2, "")
    assert sentence in err
    assert err.count("\n") == 1


def test_a_port_in_use_is_one_sentence(viva: Viva) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        status, out, err = viva("serve", "--port", port)
    assert (status, out) == (2, "")
    assert f"port {port} of 127.0.0.1 can't be used" in err
    assert err.count("\n") == 1


def test_the_service_says_where_it_is_and_who_may_come_in_and_ends_when_asked() -> None:
    command = [sys.executable, "-m", "harness.cli", "serve", "--at", "T-15min", "--candidates", "3"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(6)]
        ticket = lines[3].split()[1]
        exam = httpx.get(f"{lines[0].split()[0]}/exam", headers={"Authorization": f"Bearer {ticket}"}, trust_env=False)
        (service,) = psutil.Process(process.pid).children()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert exam.status_code == 200
    assert "heshan-2022" in exam.text
    assert "exam time T-15min" in lines[0]
    assert "/pages/laptop/" in lines[2]
    assert [line.split()[2] for line in lines[3:]] == ["ordinary", "ordinary", "art"]
    assert process.returncode == 130
    assert "Traceback" not in err
    assert not service.is_running()


@pytest.mark.parametrize(
    ("command", "status", "said"),
    [
        ('["true"]', 1, "ended with exit status 0 by itself"),
        ('["nowhere/at-all"]', 2, "which is no file; build it first or correct the path"),
    ],
)
def test_a_client_that_can_not_hold_a_conversation_is_not_sound(
    command: str, status: int, said: str, viva: Viva, client: Callable[[str], Path]
) -> None:
    folder = client("silent")
    manifest = (folder / "client.toml").read_text().replace('["{python}", "-c", "pass"]', command)
    (folder / "client.toml").write_text(manifest)
    found, out, err = viva("smoke", folder)
    assert found == status
    assert said in " ".join((out + err).split())


def test_the_bundled_client_is_sound(viva: Viva) -> None:
    status, out, _ = viva("smoke", ROOT / "clients" / "headless", "--json")
    steps = json.loads(out)
    assert status == 0
    assert [step["name"] for step in steps["phone"]] == ["initialize", "open", "made-up intent", "view", "close"]
    assert all(step["ok"] for role in ("laptop", "phone") for step in steps[role])
