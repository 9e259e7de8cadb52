"""The network's faults as values: what can be wrong between a client and the service, since when and until when.

Laws: pure, in whole ms of exam time; names are toxiproxy's, and `down` for no network at all; several faults may stand at once, and then the
worst of each kind counts (latencies add up). The fault proxy acts on these over sockets, `direct` in virtual time; both mean the same by them.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Final, Literal, get_args

import msgspec

from harness.core.errors import VivaError
from harness.core.events import Disturbed, Event
from harness.core.view import Role

Kind = Literal["down", "latency", "bandwidth", "slow_close", "timeout", "reset_peer", "slicer", "limit_data"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

# What `value` is, and what the fault does while it stands; documentation is made from this table.
MEANING: Final[dict[Kind, tuple[str, str]]] = {
    "down": ("nothing", "connections that live are reset, and new ones refused"),
    "latency": ("ms", "what is sent, either way, arrives so much later"),
    "bandwidth": ("bytes/s", "all connections together carry no more, each way"),
    "slow_close": ("ms", "the end of a connection is passed on so much later"),
    "timeout": (
        "ms, or 0",
        "connections are taken and nothing moves, not even their end; they are reset after so much, or when it is over",
    ),
    "reset_peer": ("ms", "connections are reset so long after they, or the fault, began"),
    "slicer": ("bytes", "what is sent arrives in pieces of so many bytes"),
    "limit_data": ("bytes", "a connection carries so much more to the service and is then closed"),
}
_AT_LEAST_ONE: Final = ("bandwidth", "slicer")
# A fault that begins takes down what is on its way.
CUTTING: Final[frozenset[Kind]] = frozenset({"down", "timeout", "reset_peer"})


class Fault(msgspec.Struct, frozen=True):
    """One fault. `value` as `MEANING` says; `jitter_ms`: a latency varies by so much either way, by a seeded generator."""

    kind: Kind
    value: int = 0
    jitter_ms: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            near = difflib.get_close_matches(str(self.kind), KINDS, n=1)
            remedy = f"did you mean {near[0]!r}?" if near else f"use one of {', '.join(KINDS)}"
            raise VivaError(f"the network fault {self.kind!r} is not known: {remedy}")
        least = 1 if self.kind in _AT_LEAST_ONE else 0
        if self.value < least:
            unit = MEANING[self.kind][0]
            raise VivaError(f"the network fault {self.kind!r} has the value {self.value} ({unit}); use {least} or more")
        if not 0 <= self.jitter_ms <= self.value:
            raise VivaError(
                f"the network fault {self.kind!r} has a jitter of {self.jitter_ms} ms; use 0 to {self.value}"
            )


class Conditions(msgspec.Struct, frozen=True):
    """The faults that stand at one moment."""

    faults: tuple[Fault, ...] = ()

    def _values(self, kind: Kind) -> list[int]:
        return [fault.value for fault in self.faults if fault.kind == kind]

    def has(self, kind: Kind) -> bool:
        """Whether a fault of that kind stands."""
        return any(fault.kind == kind for fault in self.faults)

    @property
    def latency_ms(self) -> int:
        """Added each way."""
        return sum(self._values("latency"))

    @property
    def jitter_ms(self) -> int:
        """How much the latency may vary either way."""
        return sum(fault.jitter_ms for fault in self.faults if fault.kind == "latency")

    @property
    def bandwidth(self) -> int | None:
        """Bytes a second, each way; None: not limited."""
        return min(self._values("bandwidth"), default=None)

    @property
    def slow_close_ms(self) -> int:
        """Added before a connection's end is passed on."""
        return max(self._values("slow_close"), default=0)

    @property
    def slice_bytes(self) -> int | None:
        """The largest piece in which bytes arrive; None: any."""
        return min(self._values("slicer"), default=None)

    @property
    def limit_bytes(self) -> int | None:
        """How much a connection still carries to the service; None: any amount."""
        return min(self._values("limit_data"), default=None)

    @property
    def halted(self) -> bool:
        """Connections are taken, and nothing moves."""
        return self.has("timeout")


class Disturbance(msgspec.Struct, frozen=True):
    """A fault from `from_ms` until before `until_ms`, exam ms; None: it stands until further notice."""

    fault: Fault
    from_ms: int
    until_ms: int | None = None

    def stands(self, at_ms: int) -> bool:
        """Whether it stands at that moment."""
        return self.from_ms <= at_ms and (self.until_ms is None or at_ms < self.until_ms)


class Schedule:
    """The disturbances of one network that are known so far; adding and ending are all that changes it."""

    def __init__(self, disturbances: Iterable[Disturbance] = ()) -> None:
        self._known: list[Disturbance] = list(disturbances)

    @property
    def disturbances(self) -> tuple[Disturbance, ...]:
        """All of them, in the order in which they became known."""
        return tuple(self._known)

    def add(self, disturbance: Disturbance) -> None:
        """One more becomes known, ahead of its time or with it."""
        self._known.append(disturbance)

    def end(self, disturbance: Disturbance, at_ms: int) -> None:
        """One that stood until further notice is over. Raises ValueError where it is not known."""
        place = self._known.index(disturbance)
        self._known[place] = msgspec.structs.replace(disturbance, until_ms=at_ms)

    def at(self, at_ms: int) -> Conditions:
        """What stands at that moment."""
        return Conditions(tuple(each.fault for each in self._known if each.stands(at_ms)))

    def next_change(self, after_ms: int) -> int | None:
        """The first moment after `after_ms` at which a disturbance begins or ends; None: none is known."""
        moments = (moment for each in self._known for moment in (each.from_ms, each.until_ms))
        return min((moment for moment in moments if moment is not None and moment > after_ms), default=None)

    def interrupted(self, since_ms: int, until_ms: int) -> int | None:
        """The first moment in `(since_ms, until_ms]` at which a fault begins that takes down what is on its way; None: none."""
        begins = (each.from_ms for each in self._known if each.fault.kind in CUTTING)
        return min((moment for moment in begins if since_ms < moment <= until_ms), default=None)

    def events(self, role: Role | None, now_ms: int) -> list[Event]:
        """What stood, as observations; what still stands ends now. `seq` counts from 0."""
        return [
            Event(
                seq,
                each.from_ms,
                "network",
                Disturbed(kind=each.fault.kind, role=role, value=each.fault.value),
                until_ms=now_ms if each.until_ms is None else min(each.until_ms, now_ms),
            )
            for seq, each in enumerate(each for each in self._known if each.from_ms <= now_ms)
        ]
