"""The reference clients as factories: how a harness makes them in its own process, for virtual time.

A factory takes the ticket, a `home` that survives a kill (a dictionary in the place of a folder), sources for its devices by id, and
`mint` for ids; it returns a client without IO. A manifest names factories in `class`; faulty clients make theirs by `factories`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from clients.headless.capture import MediaCapture
from clients.headless.laptop import Laptop
from clients.headless.media import SoundSource, VideoSource
from clients.headless.phone import Phone
from clients.headless.storage import MemoryStorage
from harness.protocol.capture import Capture
from harness.protocol.client import ClientCore, Storage

Mint = Callable[[], str]


class Factory(Protocol):
    """Makes a client; `home` is the same dictionary after a kill."""

    def __call__(
        self, *, ticket: str, home: dict[str, Any], sources: Mapping[str, VideoSource | SoundSource], mint: Mint
    ) -> ClientCore:
        """The client, not started."""
        ...


def factories(
    laptop: type[Laptop] = Laptop, phone: type[Phone] = Phone, capture: Callable[..., Capture] = MediaCapture
) -> tuple[Factory, Factory]:
    """The factories of a laptop and a phone of these classes, over that capture."""

    def make_laptop(
        *, ticket: str, home: dict[str, Any], sources: Mapping[str, VideoSource | SoundSource], mint: Mint
    ) -> ClientCore:
        return laptop(ticket=ticket, storage=_storage(home), capture=capture(sources), mint=mint)

    def make_phone(
        *, ticket: str, home: dict[str, Any], sources: Mapping[str, VideoSource | SoundSource], mint: Mint
    ) -> ClientCore:
        del ticket  # a phone is bound by code
        return phone(storage=_storage(home), capture=capture(sources), mint=mint)

    return make_laptop, make_phone


def _storage(home: dict[str, Any]) -> Storage:
    storage: Storage = home.setdefault("storage", MemoryStorage())
    return storage


make_laptop, make_phone = factories()
