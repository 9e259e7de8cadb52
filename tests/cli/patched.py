"""The command with the stand-in for the suite, as a process: `python -m tests.cli.patched certify …`."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from subprocess import Popen
from typing import Any
from unittest.mock import patch

from harness.cli import main
from harness.cli.child import child


def fake_child(module: str, arguments: Sequence[str], **streams: Any) -> AbstractContextManager["Popen[bytes]"]:
    if module == "pytest":
        assert list(arguments[:3]) == ["features", "-p", "no:cacheprovider"]
    else:
        assert (module, len(arguments)) == ("harness.session.batch", 1)
    return child("tests.cli.fake_suite", arguments, **streams)


if __name__ == "__main__":
    with patch("harness.cli.suite.child", fake_child), patch("harness.cli.certify.smoke", lambda _: {}):
        main()
