"""Cameras on a PipeWire server."""

from __future__ import annotations

from virtual_devices.backends.pipewire.camera import Pipewire

__all__ = ["Pipewire"]
