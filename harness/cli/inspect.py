"""`viva inspect`: what a recording shows, alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec
import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from harness.cli import output
from harness.core.errors import HarnessError, VivaError
from harness.core.footage import Footage
from harness.core.units import show
from harness.inspection import inspect
from virtual_devices import speech


@click.command("inspect")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print what was found as data.")
def command(files: tuple[Path, ...], as_json: bool) -> int:
    """Read FILE (or the segments of one recording, in order) back. Times are the devices' own. Exit status 1: it is no sound recording."""
    for file in files:
        if not file.is_file():
            raise VivaError(f"{file} is no file; name a recording")
    footage = inspect(list(files), clips=_phrases())
    if as_json:
        output.print_json(as_data(footage))
    else:
        _tell(footage)
    return 0 if footage.problem is None else 1


def _phrases() -> dict[str, NDArray[np.float32]]:
    """The notice's two phrases; a machine that can't speak them can't listen for them."""
    try:
        return {text: speech.clip(text) for text in (speech.LESSON_END, speech.PRESENTATION)}
    except HarnessError as error:
        click.echo(f"viva: phrases are not looked for: {error}", err=True)
        return {}


def as_data(footage: Footage) -> dict[str, Any]:
    """The footage with what follows from it: the cameras seen, and the first and the last mark's time."""
    derived = {"devices": footage.devices, "first_ms": footage.first_ms, "last_ms": footage.last_ms}
    return {**msgspec.to_builtins(footage), **derived}


def _tell(footage: Footage) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    for name, value in _lines(footage):
        table.add_row(name, output.shown(value, 600))
    output.console().print(table)


def _lines(footage: Footage) -> Iterator[tuple[str, str]]:
    if footage.problem is not None:
        yield "problem", f"{footage.problem}: {footage.reason}"
    yield "container", f"{footage.container or '–'}, video {footage.video or '–'}, audio {footage.audio or '–'}"
    yield "picture", f"{footage.width}×{footage.height}" + (", mirrored" if footage.mirrored else "")
    yield (
        "duration",
        f"{show(footage.duration_ms)}, {'plays to its end' if footage.playable else 'does not play to its end'}",
    )
    yield "frames", ", ".join(f"{count} {name}" for name, count in msgspec.structs.asdict(footage.frames).items())
    for seen in footage.seen:
        yield f"camera {seen.device}", f"{show(seen.from_ms)} – {show(seen.to_ms)}, frames {seen.first}–{seen.last}"
    for heard in footage.heard:
        yield f"microphone {heard.device}", f"{show(heard.from_ms)} – {show(heard.to_ms)}, {heard.chirps} chirps"
    for name, gaps in (("gap", footage.gaps), ("silence", footage.sound_gaps)):
        for gap in gaps:
            yield name, f"{show(gap.from_ms)} – {show(gap.to_ms)} ({show(gap.length)})"
    if footage.av_offset_ms is not None:
        yield (
            "sound and picture",
            f"sound is {abs(footage.av_offset_ms):.0f} ms {'late' if footage.av_offset_ms >= 0 else 'early'}",
        )
    for phrase in footage.phrases:
        yield "phrase", f"{phrase.text} at {show(phrase.at_ms)}{'' if phrase.whole else ', cut off'}"
    for symbol in footage.symbols:
        yield "symbol", f"{symbol.text}: {show(symbol.from_ms)} – {show(symbol.to_ms)}, {symbol.frames} frames"
    for key, value in footage.metadata.items():
        yield "metadata", f"{key} = {value}"
