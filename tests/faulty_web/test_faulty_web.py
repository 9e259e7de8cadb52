"""The faulty web clients, file by file: each is small, stands in place of a file that there is, and changes what that file still has."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from harness.cli.faulty_clients import breaking, faulty_web_clients
from harness.core.errors import ManifestError
from harness.rules.requirement import requirement
from harness.session.exams import load_exam
from harness.session.subjects import FAULTY_WEB, is_built_to_fail, load_subject
from harness.session.web_faults import FAULT_FILE, FAULTS, PAGES, overlay_of, web_faults

LINES = 40  # what one behaviour takes; more is another client
FILES = sorted(file for file in FAULTS.rglob("*") if file.is_file() and file.name != FAULT_FILE)
MODULES = [file for file in FILES if file.suffix == ".js"]
# What a file may name of the page: ids and classes (style sheets), ids (modules), attributes (both).
IN_SHEETS = re.compile(r"([#.])([a-z][\w-]*)(?=[^;{}]*\{)")
IN_MODULES = re.compile(r'getElementById\("([\w-]+)"\)')
ATTRIBUTES = re.compile(r'\[(data-[\w-]+(?:="\w+")?)\]')
AS_BUILT = {".js": '"./{name}?as-built"', ".css": '@import url("{name}?as-built");'}


def _name(file: Path) -> str:
    return file.relative_to(FAULTS).as_posix()


def test_every_folder_is_a_client_with_something_to_serve() -> None:
    assert sorted(web_faults()) == sorted(folder.name for folder in FAULTS.iterdir() if folder.is_dir())
    assert set(web_faults()) == {file.relative_to(FAULTS).parts[0] for file in FILES}


@pytest.mark.parametrize("name", web_faults())
def test_a_client_says_what_it_breaks_and_why_and_what_falls_with_it(name: str) -> None:
    fault = web_faults()[name]
    assert requirement(fault.breaks).judged_of == "client"
    assert fault.why.endswith(".")
    assert fault.breaks not in fault.declared
    assert not fault.exam or load_exam(fault.exam)
    for identifier, why in fault.declared.items():
        assert requirement(identifier).judged_of == "client"
        assert len(why.split()) > 3, identifier


@pytest.mark.parametrize("file", FILES, ids=_name)
def test_a_file_is_small_and_builds_on_the_one_that_it_replaces(file: Path) -> None:
    original = PAGES / Path(*file.relative_to(FAULTS).parts[1:])
    text = file.read_text(encoding="utf-8")
    assert original.is_file()
    assert len(text.splitlines()) <= LINES
    assert AS_BUILT[file.suffix].format(name=file.name) in text


def _named(file: Path) -> list[str]:
    """What the page's files have to hold, as patterns."""
    text = file.read_text(encoding="utf-8")
    sheet = [(kind, name) for kind, name in IN_SHEETS.findall(text) if file.suffix == ".css"]
    ids = [name for kind, name in sheet if kind == "#"] + IN_MODULES.findall(text)
    classes = [name for kind, name in sheet if kind == "."]
    return [
        *(f'id="{name}"' for name in ids),
        *(rf'class(="|: ")[^"]*\b{name}\b' for name in classes),
        *map(re.escape, ATTRIBUTES.findall(text)),
    ]


@pytest.mark.parametrize("file", [file for file in FILES if _named(file)], ids=_name)
def test_what_a_file_names_of_the_page_is_there(file: Path) -> None:
    folder = PAGES / file.relative_to(FAULTS).parts[1]
    page = "".join(source.read_text(encoding="utf-8") for source in sorted(folder.iterdir()))
    assert [each for each in _named(file) if not re.search(each, page)] == []


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js, which would load the modules, is not installed")
def test_a_module_exports_what_the_pages_own_does_and_overrides_only_what_is_there() -> None:
    loadable = [_name(file) for file in MODULES if file.name != "main.js"]  # that one begins the page as it is loaded
    command = ["node", str(Path(__file__).with_name("as_built.mjs")), str(PAGES), str(FAULTS), *loadable]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    found: list[dict[str, Any]] = json.loads(done.stdout)
    assert len(found) == len(loadable)
    assert [each for each in found if each["missing"] or each["unknown"] or each["error"]] == []


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js, which would parse the modules, is not installed")
@pytest.mark.parametrize("file", [file for file in MODULES if file.name == "main.js"], ids=_name)
def test_a_module_that_begins_the_page_parses(file: Path) -> None:
    command = ["node", "--input-type=module", "--check"]
    done = subprocess.run(command, input=file.read_bytes(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def test_the_catalogue_of_the_commands_has_them_beside_the_headless_ones() -> None:
    clients = {client.name: client for client in faulty_web_clients()}
    assert list(clients) == list(web_faults())
    assert {client.client for client in clients.values()} == {"web"}
    subject = clients["closes_without_a_word"].subject
    assert subject == f"{FAULTY_WEB}closes_without_a_word"
    assert is_built_to_fail(subject)
    assert load_subject(subject).overlay == FAULTS / "closes_without_a_word"
    assert load_subject(str(PAGES)).overlay is None
    assert {subject, "closes_without_a_word"} <= set(breaking("END-3"))


def test_a_name_that_nobody_has_is_told_with_the_nearest() -> None:
    with pytest.raises(ManifestError, match="did you mean 'closes_without_a_word'"):
        overlay_of("closes_without_words")


def test_a_fault_file_that_names_no_requirement_is_told(tmp_path: Path) -> None:
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / FAULT_FILE).write_text('breaks = "END-33"\nwhy = "It does."\n')
    with pytest.raises(ManifestError, match=r"odd/fault\.toml.*END-33"):
        web_faults(tmp_path)
