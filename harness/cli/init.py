"""`viva init`: a manifest and the skeleton of a client, in a folder of their own, so that a vendor begins with something that runs.

Laws: nothing that is there is overwritten; what is written passes `viva smoke` at once (a web build's pages are the vendor's, so there it is
the manifest alone); the last line says the next command.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final, Literal, cast, get_args

import click

from harness.cli import output
from harness.core.errors import VivaError

Language = Literal["python", "javascript", "web"]

SKELETONS: Final = Path(__file__).parent / "skeletons"
PLACE: Final = "@NAME@"
MOST_NAME: Final = 80  # characters, as a manifest takes them
_NEXT: Final[dict[Language, str]] = {
    "python": "viva smoke {folder}",
    "javascript": "viva smoke {folder}",
    "web": "viva smoke {folder}, once its addresses and labels are those of your pages",
}


@click.command("init")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--language", type=click.Choice(get_args(Language)), default="python", show_default=True)
def command(folder: Path, language: str) -> int:
    """Write a manifest and a client's skeleton into DIR."""
    chosen = cast("Language", language)
    written = write(folder, chosen)
    console = output.console()
    for file in written:
        console.print(f"wrote {output.shown(str(file), 400)}", soft_wrap=True)
    console.print(f"next: {output.shown(_NEXT[chosen].format(folder=folder), 400)}", soft_wrap=True)
    console.print("then: docs/writing-an-adapter.md")
    return 0


def write(folder: Path, language: Language) -> list[Path]:
    """Writes the skeleton and returns its files. Raises `VivaError` where one is there already, or can't be written."""
    name = folder.resolve().name
    if not name or len(name) > MOST_NAME or not name.isprintable():
        raise VivaError(
            f"{str(folder)[:120]!r} gives a client no name; name a folder of 1 to {MOST_NAME} printable characters"
        )
    sources = sorted(path for path in (SKELETONS / language).iterdir() if path.is_file())
    there = [path.name for path in sources if (folder / path.name).exists()]
    if there:
        raise VivaError(f"{folder} holds {', '.join(there)} already; name another folder, or move that away")
    # A JSON string without its quotes is a TOML, Python and JavaScript string's inside as well.
    quoted = json.dumps(name, ensure_ascii=False)[1:-1].replace("'", "\\u0027")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for source in sources:
            text = source.read_text(encoding="utf-8").replace(PLACE, quoted)
            with (folder / source.name).open("x", encoding="utf-8") as file:
                file.write(text)
    except OSError as error:
        raise VivaError(f"{folder} can't be written ({error.strerror}); name another folder") from error
    return [folder / source.name for source in sources]
