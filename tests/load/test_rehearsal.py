"""The whole rehearsal, as the child process that it always is."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import jsonschema
import psutil
import pytest

from load.outcome import PLACE

ROOT = Path(__file__).parents[2]
SHORT = {
    "login_opens": "T-1500ms",
    "entry_opens": "T-1s",
    "entry_closes": "T+500ms",
    "preparation": "700ms",
    "lesson": "700ms",
    "skill_test": "500ms",
    "presentation": "500ms",
    "upload_deadline": "5s",
    "binding_ttl": "60s",
    "lease": "3s",
}


@pytest.fixture
def short_exam(tmp_path: Path) -> Path:
    """The reference exam, over in seconds."""
    head, _, _ = (ROOT / "exams" / "heshan-2022.toml").read_text("utf-8").partition("[scaled]")
    text = head.replace('id = "heshan-2022"', 'id = "short"')
    text += "[scaled]\n" + "".join(f'{name} = "{value}"\n' for name, value in SHORT.items())
    path = tmp_path / "short.toml"
    path.write_text(text, "utf-8")
    return path


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "load.rehearsal", *arguments]


def rehearse(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*arguments), cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_a_few_candidates_of_both_tracks_are_rehearsed_and_every_byte_is_held(short_exam: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = rehearse(str(short_exam), "--candidates", "4", "--art-share", "0.5", "--out", str(out), "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    jsonschema.validate(result, json.loads(PLACE.read_text("utf-8")))
    assert json.loads((out / "rehearsal.json").read_text("utf-8")) == result
    verdicts = {each["id"]: each["verdict"] for each in result["requirements"]}
    assert verdicts == {f"LOAD-{n}": "unjudged" if n in (5, 6) else "kept" for n in range(1, 8)}
    assert set(result["tracks"]) == {"ordinary", "art"}
    assert result["bytes"]["sent"] == result["bytes"]["acknowledged"] == result["bytes"]["held"] > 100_000
    assert result["bytes"]["lost"] == 0
    counts = {each["name"]: (each["arrivals"], each["served"]) for each in result["phases"]}
    assert counts == {name: ((8, 8) if name == "finish" else (4, 4)) for name in counts}
    assert [path.name for path in out.iterdir()] == ["rehearsal.json"]
    assert "none of" in done.stderr
    assert "无一丢失" in done.stderr


def test_load_on_another_machine_is_refused_in_one_sentence(tmp_path: Path) -> None:
    done = rehearse(
        "heshan-2022", "--target", "http://192.0.2.1", "--control", "http://192.0.2.1:1", "--out", str(tmp_path)
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert "loopback only" in done.stderr


def test_an_interrupted_rehearsal_leaves_nothing_running(short_exam: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with subprocess.Popen(
        command(str(short_exam), "--candidates", "2", "--out", str(out)), cwd=ROOT, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        first = process.stderr.readline()  # said once the users are there
        children = psutil.Process(process.pid).children()
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode == 2, first + rest
    assert "interrupted" in rest
    assert not re.search("Traceback", rest)
    assert children
    assert not (out / "rehearsal.json").exists()
    assert not any(child.is_running() for child in children)
