"""Which addresses a client's processes talk to, as the kernel lists their sockets (Linux; elsewhere nothing is seen).

What polling can miss: a connection that came and went between two looks, and a datagram that was sent without connecting its socket. A host
that is looked up by a resolver outside of the client's processes does not show either. What is seen is certain. Called by the real world.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

TABLES: Final = (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6), ("udp", socket.AF_INET), ("udp6", socket.AF_INET6))
LISTENS: Final = "0A"  # the state of a socket that talks to nobody


class Address(NamedTuple):
    """Where a socket leads."""

    host: str
    port: int


def contacts(pid: int) -> frozenset[Address]:
    """The remote ends of all connected sockets of that process and its children, but for those that came in; empty for one that has ended."""
    inodes = {inode for process in (pid, *_below(pid)) for inode in _sockets(process)}
    if not inodes:
        return frozenset()
    rows = [row for row in _table(pid) if row.inode in inodes]
    listened = {row.local for row in rows if row.listens}  # as a browser's own port for whoever drives it
    return frozenset(row.remote for row in rows if row.remote.port and not row.listens and row.local not in listened)


def _below(pid: int) -> Iterator[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [child for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return  # it has just ended, or this system tells no children
    for child in children:
        yield int(child)
        yield from _below(int(child))


def _sockets(pid: int) -> Iterator[str]:
    try:
        links = [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()]
    except OSError:
        return
    for link in links:
        if link.startswith("socket:["):
            yield link[len("socket:[") : -1]


class _Row(NamedTuple):
    """One socket of the kernel's: its own port, and where it leads."""

    inode: str
    local: int
    remote: Address
    listens: bool


def _table(pid: int) -> Iterator[_Row]:
    """The sockets of the network that the process is in."""
    for name, family in TABLES:
        try:
            rows = Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            fields = row.split()
            host, _, port = fields[2].partition(":")
            local = int(fields[1].partition(":")[2], 16)
            yield _Row(fields[9], local, Address(_host(host, family), int(port, 16)), fields[3] == LISTENS)


def _host(written: str, family: socket.AddressFamily) -> str:
    """The kernel writes an address as words of the machine's own byte order."""
    words = [bytes.fromhex(written[at : at + 8])[::-1] for at in range(0, len(written), 8)]
    host = socket.inet_ntop(family, b"".join(words))
    return host.removeprefix("::ffff:")
