"""The reference pages in English, as a vendor abroad might ship them: `python -m tests.drivers.web.english FOLDER` writes the copy.

Laws: the pages differ by their words alone; the manifest differs by its name, the folder of its pages and its two tables of labels; no word of
the harness's own stands on the copy any more. What the exam itself says (titles of files, the question, the service's answers) is left as it is.
Called by hand before a certification of the copy, and by a test.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Final

import msgspec

WEB: Final = Path(__file__).parents[3] / "clients" / "web"
SOURCES: Final = (".html", ".js", ".css")


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`english.toml`: the labels of each role, and what is said for what."""

    laptop: dict[str, str]
    phone: dict[str, str]
    phrases: dict[str, str]


WORDS: Final = msgspec.toml.decode(Path(__file__).with_suffix(".toml").read_bytes(), type=Words)


def english(folder: Path) -> Path:
    """Writes the copy into that folder, which it makes anew; returns its manifest."""
    pages = folder / "pages"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(WEB, pages, ignore=shutil.ignore_patterns("client.toml"))
    for file in sorted(pages.rglob("*")):
        if file.suffix in SOURCES and "vendor" not in file.parts:
            file.write_text(translated(file.read_text("utf-8")), "utf-8")
    written = (WEB / "client.toml").read_text("utf-8")
    head, laptop, phone = written.replace(
        'name = "Viva web"', 'name = "Viva web in English"\npages = "{here}/pages"'
    ).partition("\n[phone]")
    manifest = folder / "client.toml"
    manifest.write_text(f"{head}{_table('laptop', WORDS.laptop)}{laptop}{phone}{_table('phone', WORDS.phone)}", "utf-8")
    return manifest


def translated(text: str) -> str:
    """The same source in English words."""
    for phrase in sorted(WORDS.phrases, key=len, reverse=True):
        text = text.replace(phrase, WORDS.phrases[phrase])
    return text.replace('lang="zh-CN"', 'lang="en"')


def _table(role: str, labels: dict[str, str]) -> str:
    rows = "".join(f'"{key}" = "{word}"\n' for key, word in labels.items())
    return f"\n[{role}.labels]\n{rows}"


if __name__ == "__main__":
    if len(sys.argv) != 2:  # the command and the folder
        sys.exit("usage: python -m tests.drivers.web.english FOLDER")
    print(english(Path(sys.argv[1]).absolute()))
