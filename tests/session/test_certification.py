"""A certification from the command line: an unsound client is one sentence at once, and a polite one that does nothing keeps nothing."""

from __future__ import annotations

import json
from pathlib import Path

import psutil
import pytest

from harness.cli import run
from harness.core.errors import ManifestError, VivaError
from harness.session.certification import Certification, Order
from harness.session.exams import ROOT

SUBJECTS = ROOT / "tests" / "subjects"


@pytest.fixture
def no_suite(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the suite was started")

    monkeypatch.setattr("harness.cli.suite.child", refuse)


@pytest.mark.usefixtures("no_suite")
def test_a_client_that_ends_at_once_is_one_sentence_and_status_1_before_the_suite_is_started(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = set(psutil.Process().children(recursive=True))
    assert run(["certify", str(SUBJECTS / "true"), "--out", str(tmp_path)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(
        "viva: the laptop's smoke check failed at 'initialize': the laptop client ended with exit status 0"
    )
    assert err.count("\n") == 1
    assert set(psutil.Process().children(recursive=True)) <= before


def test_a_client_without_a_class_is_refused_before_virtual_time_begins() -> None:
    with pytest.raises(ManifestError, match=r"laptop\.class is missing, and virtual time needs it"):
        Certification(Order(subject=str(SUBJECTS / "true"), speed="quick", tracks=("ordinary",)))


def test_an_output_folder_that_cannot_be_written_is_refused_before_anything_is_played() -> None:
    order = Order(subject="clients/headless", speed="quick", tracks=("ordinary",), out=Path("/proc/nowhere"))
    with pytest.raises(VivaError, match="name another folder"):
        Certification(order)


def test_a_polite_and_idle_client_keeps_no_requirement_and_is_status_1(tmp_path: Path) -> None:
    assert run(["certify", str(SUBJECTS / "polite_and_idle"), "--speed", "quick", "--out", str(tmp_path)]) == 1
    found = json.loads((tmp_path / "results.json").read_bytes())
    assert found["summary"]["kept"] == 0
    assert found["summary"]["error"] == 0
    assert found["summary"]["unobserved"] > 50
    assert not (tmp_path / "certificate.json").exists()
    runs = json.loads((tmp_path / "record.json").read_bytes())["runs"]
    assert len(runs) == len(list((tmp_path / "timelines").iterdir())) > 5


KNOWN = """
[[known]]
id = "PREP-1"
scenario = "拍摄人脸照片之前先检查设备，电脑符合要求时不作多余的提醒"
reason = "recording is not checked yet"
until = 2999-12-31
"""


def test_a_known_failure_fails_no_run_withholds_the_certificate_and_a_stale_entry_beside_it_fails_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "known.toml"
    order = [
        "certify",
        "faulty:check_without_recording",
        "--speed",
        "quick",
        "--only",
        "PREP-1",
        "--track",
        "ordinary",
    ]
    for text, status in ((KNOWN, 0), (KNOWN + KNOWN.replace("先检查", "不检查"), 1)):
        file.write_text(text)
        assert run([*order, "--known", str(file), "--out", str(tmp_path / "out")]) == status
        found = json.loads((tmp_path / "out" / "results.json").read_bytes())
        one = next(each for each in found["requirements"] if each["id"] == "PREP-1")
        assert one["verdict"] == "broken"
        assert one["scenarios"][0]["known"] == {"reason": "recording is not checked yet", "until": "2999-12-31"}
        assert found["summary"]["known"] == 1
        assert len(found["suite"]["stale"]) == status
        assert not (tmp_path / "out" / "certificate.json").exists()
    assert (
        "拍摄人脸照片之前不检查设备，电脑符合要求时不作多余的提醒' is stale: the suite has no such scenario"
        in capsys.readouterr().out
    )
