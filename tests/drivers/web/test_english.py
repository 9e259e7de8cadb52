"""The English copy of the reference pages differs from them by its words, and its manifest by what stands on it instead."""

from __future__ import annotations

import re
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from harness.core.view import Page, View
from harness.drivers.manifest import load
from harness.drivers.web.driver import WebDriver
from harness.drivers.web.words import words_of
from tests.drivers.web.english import SOURCES, WEB, WORDS, english, translated
from tests.drivers.web.test_driver import Watched, needs_chromium, play

CHINESE = re.compile(r"[\u4e00-\u9fff]")
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*|<!--.*?-->", re.DOTALL)
LENSES = {"前置", "后置"}  # what cameras are called by their makers


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return english(tmp_path_factory.mktemp("english"))


def test_no_chinese_word_stands_on_the_copy_any_more(copy: Path) -> None:
    pages = copy.parent / "pages"
    sources = [file for file in pages.rglob("*") if file.suffix in SOURCES and "vendor" not in file.parts]
    assert len(sources) > 20
    left = {
        word for file in sources for word in re.findall(r"[\u4e00-\u9fff]+", COMMENT.sub("", file.read_text("utf-8")))
    }
    assert left == LENSES


def test_every_label_stands_on_the_pages_and_every_phrase_was_there() -> None:
    sources = [file.read_text("utf-8") for file in WEB.rglob("*") if file.suffix in SOURCES]
    said = "\n".join(translated(source) for source in sources)
    assert [word for word in (*WORDS.laptop.values(), *WORDS.phone.values()) if word not in said] == []
    assert [phrase for phrase in WORDS.phrases if not any(phrase in source for source in sources)] == []
    assert [word for word in WORDS.phrases.values() if CHINESE.search(word)] == []


def test_the_copy_is_a_client_that_differs_by_its_pages_and_labels_alone(copy: Path) -> None:
    subject, built = load(copy), load(WEB / "client.toml")
    assert subject.pages == copy.parent / "pages"
    for role in (subject.laptop, subject.phone):
        words_of(role.role, role.labels)  # every label names something
    assert (subject.laptop.labels, subject.phone.labels) == (WORDS.laptop, WORDS.phone)
    assert (subject.laptop.url, subject.phone.url) == (built.laptop.url, built.phone.url)
    assert sorted(file.name for file in copy.parent.iterdir()) == ["client.toml", "pages"]


@needs_chromium
def test_the_copy_is_read_by_its_labels_alone(copy: Path, tmp_path: Path) -> None:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Nothing."""

    async def shown(driver: WebDriver, watched: Watched) -> View:
        await watched.until(lambda: any(len(view.checks) == 3 for view in watched.views))
        return watched.views[-1]

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=copy.parent))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        view = play(f"http://127.0.0.1:{server.server_port}/pages/laptop/", tmp_path, shown, WORDS.laptop)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert view.page == Page.CHECK
    assert "proceed" in view.controls
