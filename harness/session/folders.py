"""The temporary folders of runs: one for what is written, one in shared memory for the devices' rings; nothing of them is left afterwards."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from harness.core.errors import HarnessError

MEMORY: Final = Path("/dev/shm")


@contextlib.contextmanager
def folders() -> Iterator[tuple[Path, Path]]:
    """Both, the one in shared memory second. Raises `HarnessError` where no folder can be made."""
    memory = MEMORY if os.access(MEMORY, os.W_OK) else None
    with contextlib.ExitStack() as stack:
        try:
            made = [stack.enter_context(tempfile.TemporaryDirectory(prefix="viva-", dir=at)) for at in (None, memory)]
        except OSError as error:
            where = f"{tempfile.tempdir} can't be written" if tempfile.tempdir else "no temporary folder can be written"
            raise HarnessError(f"{where} ({error.strerror}); set TMPDIR to a folder that you may write") from None
        yield Path(made[0]), Path(made[1])
