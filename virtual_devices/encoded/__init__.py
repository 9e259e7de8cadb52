"""Devices as a live WebM over loopback HTTP, for clients that take `encoded` media because they can't encode."""

from virtual_devices.encoded.broadcast import Address, Broadcast

__all__ = ["Address", "Broadcast"]
