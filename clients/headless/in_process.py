"""The reference clients as factories: how a harness makes them in its own process, for virtual time.

A factory takes the ticket, a `home` that survives a kill (a dictionary in the place of a folder), sources for its devices by id, and
`mint` for ids; it returns a client without IO. A manifest names factories in `class`; faulty clients make theirs by `factories`, and a process
of its own can be made of the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from clients.headless.capture import MediaCapture
from clients.headless.laptop import Laptop
from clients.headless.media import SoundSource, VideoSource
from clients.headless.phone import Phone
from clients.headless.storage import MemoryStorage
from harness.protocol.capture import Capture
from harness.protocol.client import ClientCore, Storage

Mint = Callable[[], str]


class Made:
    """How a client is made: its class, the capture under it and, in a process of its own, the shell around it (`harness.protocol.shell.Shell`).

    Called as a factory: `home` is the same dictionary after a kill.
    """

    def __init__(
        self,
        kind: type[Laptop] | type[Phone],
        capture: Callable[..., Any] = MediaCapture,
        shell: Callable[..., Any] | None = None,
    ) -> None:
        self.kind = kind
        self.capture = capture
        self.shell = shell

    def __call__(
        self, *, ticket: str, home: dict[str, Any], sources: Mapping[str, VideoSource | SoundSource], mint: Mint
    ) -> ClientCore:
        """The client, not started."""
        return self.core(ticket, storage=_storage(home), capture=self.capture(sources), mint=mint)

    def core(self, ticket: str, *, storage: Storage, capture: Capture, mint: Mint) -> ClientCore:
        """The client over that storage and that capture. A phone is bound by code and has no ticket."""
        if issubclass(self.kind, Laptop):
            return self.kind(ticket=ticket, storage=storage, capture=capture, mint=mint)
        return self.kind(storage=storage, capture=capture, mint=mint)


def factories(
    laptop: type[Laptop] = Laptop,
    phone: type[Phone] = Phone,
    capture: Callable[..., Any] = MediaCapture,
    shell: Callable[..., Any] | None = None,
) -> tuple[Made, Made]:
    """The factories of a laptop and a phone of these classes, over that capture and within that shell."""
    return Made(laptop, capture, shell), Made(phone, capture, shell)


def _storage(home: dict[str, Any]) -> Storage:
    storage: Storage = home.setdefault("storage", MemoryStorage())
    return storage


make_laptop, make_phone = factories()
