"""A second laptop or phone of the same candidate in the ideal interview: each asks for what the first one has, and is refused it.

Laws: while the first laptop's session lives, the service never lets the second one in and it records nothing; a second phone is bound once the
desk has released the first. They look at the same devices, and what they open of them is nobody's business. Switched on by the script
alone.
"""

from __future__ import annotations

from collections.abc import Iterable

from harness.core.view import Role
from harness.simulation.laptop import Laptop
from harness.simulation.phone import Phone


class RivalLaptop(Laptop):
    """The second laptop."""

    role = Role.RIVAL_LAPTOP

    def open_devices(self, wanted: Iterable[str]) -> None:
        """The devices' own story is that of the first laptop."""


class RivalPhone(Phone):
    """The second phone."""

    role = Role.RIVAL_PHONE

    def open_devices(self, wanted: Iterable[str]) -> None:
        """The devices' own story is that of the first phone."""
