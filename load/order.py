"""What is to be rehearsed, and what is refused before anything starts: load that would leave this machine, a day that won't fit the disk."""

from __future__ import annotations

import ipaddress
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

from harness.core.errors import VivaError
from harness.core.plan import Speed
from load.pacing import recorded
from load.timetable import Timetable

DISK_SHARE: Final = 0.8  # of what is free may be filled


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be rehearsed."""

    exam: str
    target: str = ""
    control: str = ""
    candidates: int = 50
    speed: Speed = "scaled"
    art_share: float = 0.2
    seed: int = 1
    slice_ms: int = 1_000
    camera_kbps: int = 250
    screen_kbps: int = 250
    evidence_kbps: int = 250
    out: Path


def check_target(order: Order) -> None:
    """Raises `VivaError` where load would go to another machine, or only one of the two addresses is given."""
    if bool(order.target) != bool(order.control):
        raise VivaError("--target and --control belong together: give both, or neither for the bundled service")
    for name, url in (("--target", order.target), ("--control", order.control)):
        if url and not _is_loopback(url):
            raise VivaError(
                f"{name} {url!r} is not on this machine; a rehearsal's load goes to loopback only: "
                f"run it where the service runs, with a URL such as http://127.0.0.1:8000"
            )


def _is_loopback(url: str) -> bool:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return False
    try:
        return parts.hostname == "localhost" or ipaddress.ip_address(parts.hostname).is_loopback
    except ValueError:
        return False


def check_room(order: Order, tables: Iterable[Timetable]) -> None:
    """Raises `VivaError` where the recordings of the day would not fit."""
    needed = sum(
        recorded(table.entry, table.ends, order.camera_kbps + order.screen_kbps)
        + recorded(table.bind, table.stops_phone, order.evidence_kbps)
        for table in tables
    )
    free = shutil.disk_usage(order.out).free
    if needed > free * DISK_SHARE:
        raise VivaError(
            f"--out {order.out}: this day is {needed >> 20:,} MiB of recordings and {free >> 20:,} MiB are free; "
            f"name a folder with more room, or rehearse fewer candidates, lower --camera-kbps and its like, or --speed scaled"
        )
