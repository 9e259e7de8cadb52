"""A second laptop of the same candidate in the ideal interview: it is checked and consented at like the first, and its login is refused.

Laws: the first one's session lives throughout, so the service never lets this one in and it records nothing; it looks at the same devices, and
what it opens of them is nobody's business. Switched on by the script alone.
"""

from __future__ import annotations

from collections.abc import Iterable

from harness.core.view import Role
from harness.simulation.laptop import Laptop


class RivalLaptop(Laptop):
    """The second laptop."""

    role = Role.RIVAL_LAPTOP

    def open_devices(self, wanted: Iterable[str]) -> None:
        """The devices' own story is that of the first laptop."""
