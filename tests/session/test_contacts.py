"""Whom a process talks to, read off the kernel's tables of sockets."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from harness.session.contacts import Address, contacts

CONNECTS = (
    "import socket, sys; s = socket.create_connection(({host!r}, {port})); print('there', flush=True); sys.stdin.read()"
)
BELOW = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]], stdin=sys.stdin)"


@pytest.fixture(params=["127.0.0.1", "127.0.0.2", "::1"])
def listener(request: pytest.FixtureRequest) -> Iterator[socket.socket]:
    """A socket that takes connections on this machine."""
    host: str = request.param
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as listening:
        try:
            listening.bind((host, 0))
        except OSError:
            pytest.skip(f"this machine has no {host}")
        listening.listen(4)
        yield listening


@pytest.mark.parametrize("arguments", [(), ("-c", BELOW)], ids=["itself", "a child of its own"])
def test_a_connection_is_seen_while_it_stands_also_a_child_s(
    listener: socket.socket, arguments: tuple[str, ...]
) -> None:
    host, port = listener.getsockname()[:2]
    program = CONNECTS.format(host=host, port=port)
    command = [sys.executable, *arguments, program] if arguments else [sys.executable, "-c", program]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"there\n"
        assert contacts(process.pid) == {Address(host, port)}
        assert process.stdin is not None
        process.stdin.close()
    assert contacts(process.pid) == frozenset()


def test_a_socket_that_only_listens_talks_to_nobody(listener: socket.socket) -> None:
    assert Address(*listener.getsockname()[:2]) not in contacts(os.getpid())
