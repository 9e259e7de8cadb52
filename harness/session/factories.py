"""Clients in process: the factory that a manifest names by `class`, loaded by its path.

A factory is called with `ticket`, `home` (a dictionary that survives a kill), `sources` (device id → video or sound source) and `mint`
(ids), and returns a client without IO. Called by the virtual world.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any, Protocol, cast

from harness.core.errors import ManifestError
from harness.drivers.manifest import DeviceSubject
from harness.protocol.client import ClientCore


class Factory(Protocol):
    """Makes a client that was not started yet."""

    def __call__(self, *, ticket: str, home: dict[str, Any], sources: Mapping[str, object], mint: Callable[[], str]) -> ClientCore:
        """A new client; `home` is the one that an earlier client of this run left."""
        ...


def factory_of(device: DeviceSubject) -> Factory:
    """Raises `ManifestError` where there is none, or it can't be loaded."""
    if not device.class_path:
        raise ManifestError(f"{device.manifest}: [{device.role}] has no class; virtual time needs class = 'package.module:factory'")
    module, _, name = device.class_path.partition(":")
    try:
        return cast("Factory", getattr(importlib.import_module(module), name))
    except (ImportError, AttributeError) as error:
        raise ManifestError(f"{device.manifest}: {device.role}.class is {device.class_path!r}, which can't be loaded: {error}") from error
