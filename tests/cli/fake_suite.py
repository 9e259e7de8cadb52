"""Stands in for the suite's child process, and for a batch's: understands its order and leaves what the test asks for by the subject's name.

honest, or a client's folder: keeps everything. `breaks-ID,ID`: breaks those. `dies`, `refuses`, `garbage`: leave no record.
`hangs`: says that it runs (through the FIFO in VIVA_TEST_FIFO) and waits to be interrupted.
"""

import os
import signal
import sys
from pathlib import Path

import msgspec

from harness.core.record import Record
from harness.session import batch, shaped
from tests.reports import synthetic


def main(arguments: list[str]) -> int:
    if len(arguments) == 1:
        return play_batch(Path(arguments[0]))
    order = dict(
        argument.removeprefix("--viva-").partition("=")[::2] for argument in arguments if argument.startswith("--viva-")
    )
    out = Path(order["out"])
    if "shape" in order:
        shaped.write(out / shaped.FILE, shaped.Shaped(scripts={}, wanted=(), answers=(), scenarios=()))
        return 0
    return play(order["subject"], out)


def play_batch(file: Path) -> int:
    """Every entry, one after the other."""
    for entry in msgspec.json.decode(file.read_bytes(), type=batch.Batch).entries:
        status = play(entry.subject, Path(entry.out))
        with file.with_name(batch.TOLD).open("ab") as told:
            told.write(msgspec.json.encode(batch.Told(name=entry.name, status=status)) + b"\n")
    return 0


def play(subject: str, out: Path) -> int:
    what = subject.removeprefix("faulty:").removeprefix("faulty-web:").rpartition("/")[2]
    if what == "refuses":
        print("ERROR: the exam's moon is in the wrong house; move it")
        return 4
    if what == "dies":
        print("some log line")
        return 3
    if what == "hangs":
        signal.signal(signal.SIGINT, lambda *_: sys.exit(7))
        with Path(os.environ["VIVA_TEST_FIFO"]).open("w") as fifo:
            fifo.write(str(os.getpid()))
        while True:
            signal.pause()
    with (out / "progress.jsonl").open("ab") as progress:
        for done in range(3):
            progress.write(msgspec.json.encode({"total": 2, "done": done, "running": [], "last": "abc"}) + b"\n")
    if what == "garbage":
        (out / "record.json").write_text("{")
        return 0
    synthetic.write(out, record(what))
    return 1


def record(what: str) -> Record:
    kept = synthetic.record(kept_only=True)
    broken = what.removeprefix("breaks-").split(",") if what.startswith("breaks-") else []
    judgements = tuple(
        msgspec.structs.replace(each, verdict="broken", reason="as built") if each.requirement in broken else each
        for each in kept.judgements
    )
    return msgspec.structs.replace(kept, judgements=judgements)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
