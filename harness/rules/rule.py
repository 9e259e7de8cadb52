"""A rule: the code that judges one requirement. A pure function from a timeline (and the script that was played) to a verdict.

One requirement has one rule. A rule that looks at what was never watched says `Unobserved`; every negative ("not before T-15")
counts only with its positive ("active at T-15") observed, so that a client which does nothing keeps nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import msgspec

from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.verdict import Verdict

Judge = Callable[[Timeline, Script], Verdict]


class Need(StrEnum):
    """What must be observable for a rule to speak; where a platform or driver lacks it, the requirement is unsupported."""

    LAPTOP = "laptop"  # the laptop's views
    PHONE = "phone"
    SERVICE = "service"
    NETWORK = "network"
    DEVICES = "devices"
    TLS = "tls"  # what a client makes of a certificate
    WINDOW = "window"  # a window with pixels, places, a keyboard, a clipboard, displays
    POWER = "power"  # the machine's battery and charger are the harness's to set
    RECORDINGS = "recordings"  # what they show and hold, or how much of them there is to upload: blank sources won't do


class Rule(msgspec.Struct, frozen=True):
    """`requirement` is its id; `needs` the kinds of observation it reads."""

    requirement: str
    needs: frozenset[Need]
    judge: Judge


def rule(requirement: str, *needs: Need) -> Callable[[Judge], Rule]:
    """Makes a rule of a function; nothing is registered, the catalogue lists rules by hand."""

    def make(judge: Judge) -> Rule:
        return Rule(requirement, frozenset(needs), judge)

    return make
