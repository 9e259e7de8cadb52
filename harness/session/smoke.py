"""The smoke check of a subject as `viva smoke` and `viva certify` play it.

A real service, virtual devices, and each of the two clients on its machine; nothing is judged. Every client has ended when it returns.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Mapping, Sequence
from typing import Final

from playwright.async_api import async_playwright

from harness.core.errors import ManifestError
from harness.core.platform import Entrant
from harness.core.view import ROLES, Role
from harness.drivers.manifest import Subject
from harness.drivers.smoke import SmokeStep
from harness.drivers.smoke import smoke as converse
from harness.drivers.web.chromium import fit_chromium
from harness.protocol.control import Initialized, Open
from harness.service.bundled import BundledPlatform
from harness.session.exams import load_exam
from harness.session.folders import folders
from harness.session.headed import watched_on
from harness.session.interview import careful
from harness.session.machines import Machines, RingMachines
from harness.session.rig import Rig
from harness.session.subjects import load_subject
from harness.session.web import WebMachines
from harness.session.web_faults import PAGES
from harness.session.web_files import FileMachines, fitted, remark
from harness.wallclock import WallClock
from virtual_devices.candidates import candidate
from virtual_devices.encoded import Broadcast
from virtual_devices.schedule import PumpThread

EXAM: Final = "heshan-2022"  # which one makes no difference: nothing of it is played
SESSION: Final = 1


def smoke(subject: str, *, headed: bool = False) -> dict[Role, tuple[SmokeStep, ...]]:
    """One short conversation with each client of a subject, watched by a person where `headed`. Raises `VivaError` where it can't be started
    at all, or watched.
    """
    found = load_subject(subject)
    for role in ROLES:
        if found.device(role).driver != "web" and not found.device(role).command:
            raise ManifestError(
                f"{found.path}: [{role}] has no command; the smoke check needs one to start the client with"
            )
    watched = watched_on(found) if headed else None
    if found.laptop.driver == "web":
        fit_chromium()
    return asyncio.run(_smoke(found, watched))


async def _smoke(subject: Subject, watched: Mapping[str, str] | None) -> dict[Role, tuple[SmokeStep, ...]]:
    script = careful(load_exam(EXAM).at_scale()).script()
    if remark(subject):
        script = fitted(script) or script
    clock = WallClock()
    async with contextlib.AsyncExitStack() as stack:
        folder, rings = stack.enter_context(folders())
        platform = stack.enter_context(
            BundledPlatform(folder / "service", pages=subject.pages or PAGES, overlay=subject.overlay)
        )
        pump = stack.enter_context(PumpThread(lambda: clock.now_us() / 1_000))
        machines: Machines
        if subject.laptop.driver == "web":
            browsers = await stack.enter_async_context(async_playwright())
            kind = FileMachines if remark(subject) else WebMachines
            machines = kind(script, subject, clock=clock, playwright=browsers, folder=folder / "m", watched_on=watched)
        else:
            broadcast = stack.enter_context(Broadcast(lambda: clock.now_us() / 1_000))
            machines = RingMachines(subject, clock, pump, broadcast, rings)
        stack.push_async_callback(machines.down)
        await machines.up()
        entrant = _entrant(script.candidate_seed)
        platform.configure(script.plan, [entrant], exam_now=script.begins)
        origin = clock.now() - script.begins
        rig = Rig(script, session=SESSION, epoch=script.begins, origin=origin, outlet=machines.outlet)
        stack.enter_context(machines.fitted(rig))

        async def conversation(role: Role) -> tuple[SmokeStep, ...]:
            state = folder / role.value
            state.mkdir()

            def opening(said: Initialized) -> Open:
                machines.said(role, said)
                ticket = entrant.ticket if role is Role.LAPTOP else ""
                return Open(service_url=platform.url, ticket=ticket, devices=machines.offered(role))

            driver = machines.driver(
                role, on_change=_unwatched, on_fault=_unwatched, on_contact=_unwatched, on_window=_unwatched
            )
            return await converse(driver, opening, state_dir=state, clock=clock)

        found = await asyncio.gather(*map(conversation, ROLES))
        return dict(zip(ROLES, found, strict=True))


def _unwatched(*_: object) -> None:
    """Of a smoke check only the answers count."""


def unsound(found: Mapping[Role, Sequence[SmokeStep]]) -> str:
    """The first step that failed, in one sentence; nothing where every client is sound."""
    for role, steps in found.items():
        for step in steps:
            if not step.ok:
                return f"the {role.value}'s smoke check failed at {step.name!r}: {step.detail}"
    return ""


def _entrant(seed: int) -> Entrant:
    person = candidate(seed)
    return Entrant(
        ticket=uuid.uuid4().hex,
        name=person.name,
        admission_number=person.admission_number,
        id_number=person.id_number,
        phone=person.phone,
    )
