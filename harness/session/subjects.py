"""Subjects by name: a folder, a manifest, or one of the clients built to fail, `faulty:NAME` and `faulty-web:NAME`."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Final

import msgspec

from harness.core.errors import ManifestError
from harness.core.view import Role
from harness.drivers.manifest import DeviceSubject, Subject, load
from harness.session.exams import ROOT
from harness.session.web_faults import PAGES, overlay_of

FAULTY: Final = "faulty:"
FAULTY_WEB: Final = "faulty-web:"
HEADLESS: Final = ROOT / "clients" / "headless"
_FAULTY_FOLDER: Final = ROOT / "clients" / "faulty"


def load_subject(name: str) -> Subject:
    """The client under test. Raises `ManifestError` with the remedy."""
    if name.startswith(FAULTY_WEB):
        wanted = name.removeprefix(FAULTY_WEB)
        overlay = overlay_of(wanted)
        return msgspec.structs.replace(load(PAGES), name=f"faulty: {wanted}", overlay=overlay)
    if not name.startswith(FAULTY):
        return load(Path(name))
    wanted = name.removeprefix(FAULTY)
    known = faulty_modules()
    if wanted not in known:
        near = difflib.get_close_matches(wanted, known, n=1)
        raise ManifestError(
            f"no faulty client is called {wanted!r}: {f'did you mean {near[0]!r}?' if near else 'see viva faulty --json'}"
        )
    reference = load(HEADLESS)
    return msgspec.structs.replace(
        reference,
        name=f"faulty: {wanted}",
        laptop=_of_module(reference.laptop, wanted),
        phone=_of_module(reference.phone, wanted),
    )


def is_built_to_fail(name: str) -> bool:
    """Whether the name is one of ours, and no path."""
    return name.startswith((FAULTY, FAULTY_WEB))


def faulty_modules() -> tuple[str, ...]:
    """The names of the faulty clients: one module each."""
    return tuple(
        sorted(path.stem for path in _FAULTY_FOLDER.glob("[a-z]*.py") if path.stem not in ("catalogue", "making"))
    )


def _of_module(device: DeviceSubject, module: str) -> DeviceSubject:
    """The reference client with the faulty module's factory in its place, in process and in a process of its own."""
    path = f"clients.faulty.{module}:{device.role.value}"
    return msgspec.structs.replace(device, class_path=path, command=(*device.command, "--class", path))


def driver_word(subject: Subject) -> str:
    """What the table of requirements calls the way this subject is driven."""
    return "web" if subject.device(Role.LAPTOP).driver == "web" else "headless"
