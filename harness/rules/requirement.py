"""The catalogue of requirements, read from `requirements.toml` beside this module: what a client must do, as data.

Laws: ids are unique, stable and in the order of the interview; a statement stands in English (the contract) and Chinese (never looser);
what judges a requirement is elsewhere (the rules). Called by the rules' own catalogue and by whatever lists or explains requirements.
"""

from __future__ import annotations

import difflib
from functools import cache
from importlib import resources
from typing import Literal

import msgspec

from harness.core.errors import VivaError

Level = Literal["MUST", "SHOULD"]
"""MUST decides the certificate; SHOULD is reported and never fails it."""

Section = Literal["PREP", "LOGIN", "BIND", "EVID", "ATT", "ENTER", "DEV", "ANS", "NET", "END", "PRIV", "LOAD"]
"""The part of the interview that a requirement belongs to: the first half of its id, in order."""

Seen = Literal["view", "devices", "service", "upload", "phone", "network", "client-state", "clipboard"]
"""Through what a rule sees whether a requirement was kept."""


class Requirement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that a client (or, for LOAD, a service) must or should do.

    `clause` names the place in the organiser's notice, as in "七、注（七）"; `quote` is the notice's own wording there, with … where
    words are left out, and empty where no single sentence asks for it. `en` is the contract; `zh` says the same and is no looser.
    `forbids`: it only forbids something, which a client can't lack. `web`: why it takes a browser to show it; empty: any driver can.
    """

    id: str
    level: Level
    stage: Section
    clause: str
    zh: str
    en: str
    seen: tuple[Seen, ...]
    judged_of: Literal["client", "service"]
    quote: str = ""
    forbids: bool = False
    web: str = ""


class _Catalogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    requirement: tuple[Requirement, ...]


@cache
def requirements() -> tuple[Requirement, ...]:
    """All requirements, in the order of the interview."""
    text = resources.files(__package__).joinpath("requirements.toml").read_bytes()
    return msgspec.toml.decode(text, type=_Catalogue).requirement


def requirement(identifier: str) -> Requirement:
    """The requirement with this id. Raises `VivaError` with the nearest ids where there is none."""
    by_id = {each.id: each for each in requirements()}
    found = by_id.get(identifier)
    if found is not None:
        return found
    near = difflib.get_close_matches(identifier.upper(), by_id, n=3)
    remedy = f"did you mean {' or '.join(near)}?" if near else "`viva requirements` lists them all."
    raise VivaError(f"No requirement is called {identifier!r}; {remedy}")
