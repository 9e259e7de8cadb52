"""A batch: one shaped suite against many subjects, each in a process of its own that leaves a record or none."""

import gc
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from harness.core.record import Record
from harness.session import batch, shaped
from harness.session.exams import ROOT, load_exam
from harness.session.interview import careful
from harness.session.suite import Suite


def suite(folder: Path) -> Path:
    """A careful candidate's interview, of which LOGIN-1 is asked."""
    made = Suite({})
    script = careful(load_exam("heshan-2022").at("scaled")).script()
    made.ask("LOGIN-1", script, scenario="a careful candidate", feature="login")
    made.scenarios = Counter({("LOGIN-1", "a careful candidate"): 1})
    file = folder / shaped.FILE
    shaped.write(file, made.shaped())
    return file


def entry(name: str, subject: str, folder: Path) -> batch.Entry:
    (folder / name / "timelines").mkdir(parents=True)
    return batch.Entry(
        name=name,
        subject=subject,
        exam="heshan-2022",
        speed="quick",
        shaped=str(folder / shaped.FILE),
        out=str(folder / name),
    )


def order(folder: Path, *entries: batch.Entry, limit_ms: int = 120_000) -> batch.Batch:
    (folder / "footage").mkdir()
    return batch.Batch(entries=entries, at_once=2, limit_ms=limit_ms, footage=str(folder / "footage"))


def told(file: Path) -> dict[str, batch.Told]:
    return {line.name: line for line in msgspec.json.Decoder(batch.Told).decode_lines(file.read_bytes())}


def test_what_was_shaped_is_asked_again_of_another_subject(tmp_path: Path) -> None:
    file = suite(tmp_path)
    again = Suite({})
    again.take(shaped.read(file))
    assert again.shaped() == shaped.read(file)
    assert all(script.digest() == digest for digest, script in again.scripts.items())


def test_each_subject_leaves_a_record_of_its_own_and_one_that_can_not_be_had_says_why(tmp_path: Path) -> None:
    suite(tmp_path)
    entries = (
        entry("honest", "clients/headless", tmp_path),
        entry("early", "faulty:login_a_second_early", tmp_path),
        entry("nobody", "faulty:nobody", tmp_path),
    )
    file = tmp_path / "batch.json"
    file.write_bytes(msgspec.json.encode(order(tmp_path, *entries)))
    subprocess.run([sys.executable, "-m", "harness.session.batch", str(file)], cwd=ROOT, check=True)
    ends = told(tmp_path / batch.TOLD)
    assert {name: line.status for name, line in ends.items()} == {"honest": 0, "early": 0, "nobody": 2}
    records = {
        name: msgspec.json.decode((tmp_path / name / "record.json").read_bytes(), type=Record)
        for name in ("honest", "early")
    }
    judged = {name: [each.requirement for each in record.judgements] for name, record in records.items()}
    assert judged == {"honest": ["LOGIN-1"], "early": ["LOGIN-1"]}
    assert records["honest"].judgements[0].verdict == "kept"
    assert not (tmp_path / "nobody" / "record.json").exists()
    assert "no faulty client is called 'nobody'" in (tmp_path / "nobody" / batch.LOG).read_text()


def test_one_that_takes_too_long_is_ended_and_the_others_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    suite(tmp_path)

    def play(one: batch.Entry, *_: object) -> None:
        if one.name == "hangs":
            signal.pause()

    monkeypatch.setattr(batch, "_play", play)
    monkeypatch.setattr(batch, "clips", dict)
    entries = [entry(name, "clients/headless", tmp_path) for name in ("hangs", "one", "two")]
    batch.play_all(order(tmp_path, *entries, limit_ms=3_000), tmp_path / batch.TOLD)
    gc.unfreeze()
    ends = told(tmp_path / batch.TOLD)
    assert {name: line.hung for name, line in ends.items()} == {"one": False, "two": False, "hangs": True}
    assert ends["hangs"].status == -signal.SIGKILL
