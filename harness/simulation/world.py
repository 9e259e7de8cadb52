"""What the parts of one simulated interview share: SimPy's environment, the script, what is plugged in, and the log of events.

Laws: `now` is the environment's time, whole ms of exam time, and only `run` moves it; only `note`, `place` and `note_at` write to the log;
nothing here waits. Every part of the model is given it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import simpy

from harness.core.events import Data, DeviceChanged, Event, InView, Lateness, Scene, Source
from harness.core.plan import Plan
from harness.core.script import SIGHTLESS, SILENT, DeviceSpec, Script
from harness.core.view import Role
from harness.simulation import pan

# The small constants of the ideal parts, ms; everything else happens at once.
POLL_MS: Final = 1_000  # a push that was lost is made up for by the next poll; ENTER-2's 2 s leave room for one
PUSH_MS: Final = 20  # from the service to a client that listens
NOTICE_MS: Final = 50  # from the network's return until a client has noticed it
FLUSH_MS: Final = 100  # a recording's last bytes, from its stop to the service
LONGEST_RETRY_MS: Final = 4_000  # intervals double up to this; the reference plan's catch-up bound is 5 s
LONG_PLAN_MS: Final = 300_000  # beyond it a slice is half of the plan's lag bound, so that long plans stay small
PER_CHARACTER_MS: Final = 220  # spoken Chinese; the clips that the virtual microphones play take 224 to 255


_PLACE: Final = Event(0, 0, "harness", Lateness(what="", late_ms=0))


class Shown(NamedTuple):
    """A camera was shown a scene from `from_ms` on; until `to_ms` where that was said."""

    device: int
    scene: str
    from_ms: int
    to_ms: int | None


class Said(NamedTuple):
    """The candidate said something, and every microphone of that role heard it."""

    role: Role
    text: str
    from_ms: int
    to_ms: int


class World:
    """One run of one script."""

    __slots__ = (
        "devices",
        "environment",
        "log",
        "now",
        "over",
        "plan",
        "said",
        "scenes",
        "script",
        "slice_ms",
        "slices",
    )

    def __init__(self, script: Script, environment: simpy.Environment, *, slices: bool) -> None:
        self.script = script
        self.plan: Plan = script.plan
        self.environment = environment
        self.now = script.begins  # exam time, ms: a plain attribute, since everybody asks for it all the time
        self.over = False
        self.slices = slices
        longest = self.plan.preparation_ends + self.plan.answering(script.track)
        half = int(self.plan.limits.upload_lag) // 2
        self.slice_ms = half if longest > LONG_PLAN_MS else min(1_000, half)  # of a live recording
        self.log: list[Event] = []
        self.devices: dict[str, DeviceSpec] = {each.id: each for each in script.devices if each.plugged}
        self.scenes: list[Shown] = [
            Shown(each.number, each.scene, script.begins, None) for each in script.devices if each.kind == "camera"
        ]
        self.said: list[Said] = []

    def run(self) -> None:
        """Steps the environment until somebody says that it is `over`."""
        peek, step = self.environment.peek, self.environment.step
        while not self.over:
            self.now = peek()  # type: ignore[assignment]  # SimPy allows any number; ours starts and steps by whole ones
            step()

    def stop(self) -> None:
        """The run is over."""
        self.over = True

    def after(self, ms: int, then: Callable[[], None]) -> None:
        """`then` is called so much later; 0: once everything that happens in this step has happened."""
        self.environment.timeout(ms).callbacks.append(lambda _: then())

    def note(self, source: Source, data: Data, at_ms: int | None = None, until_ms: int | None = None) -> None:
        """An event happened now, or at `at_ms`."""
        log = self.log
        log.append(Event(len(log), self.now if at_ms is None else at_ms, source, data, until_ms))

    def place(self) -> int:
        """Keeps a place in the log for an event that comes before its own effects; `note_at` fills it."""
        self.log.append(_PLACE)
        return len(self.log) - 1

    def note_at(self, place: int, source: Source, data: Data) -> None:
        """Fills a place that was kept, with an event of this moment."""
        now = self.now
        self.log[place] = Event(place, now, source, data, now)

    def spec(self, device: str) -> DeviceSpec | None:
        """The script's device of that id, plugged in or not."""
        return next((each for each in self.script.devices if each.id == device), None)

    def plug(self, device: str, *, present: bool) -> DeviceSpec | None:
        """Plugs a device in or pulls it out; None where that changes nothing."""
        spec = self.spec(device)
        if spec is None or (device in self.devices) == present:
            return None
        if present:
            self.devices[device] = spec
        else:
            del self.devices[device]
        self.note("device", DeviceChanged(device=device, change="plugged" if present else "unplugged", role=spec.role))
        return spec

    def show_scene(self, device: str, scene: str, for_ms: int) -> None:
        """A camera sees this scene for so long; 0: from now on."""
        spec = self.spec(device)
        if spec is None:
            return
        until = self.now + for_ms if for_ms else None
        if until is None:
            self.scenes = [
                each._replace(to_ms=self.now) if each.device == spec.number and each.to_ms is None else each
                for each in self.scenes
            ]
        self.scenes.append(Shown(spec.number, scene, self.now, until))
        self.note("device", Scene(device=device, scene=scene), until_ms=until)
        if scene == pan.SCENE and until is not None:
            for symbol, start, end in pan.passing(self.now, until):
                self.note("device", InView(device=device, symbol=symbol), start, end)

    def scene_of(self, device: int) -> str:
        """What that camera sees now."""
        now = self.now
        return next(
            (
                each.scene
                for each in reversed(self.scenes)
                if each.device == device and each.from_ms <= now and (each.to_ms is None or now < each.to_ms)
            ),
            "",
        )

    def works(self, spec: DeviceSpec) -> bool:
        """It gives what such a device should: a picture that lives, or sound."""
        return spec.scene != SILENT if spec.kind == "microphone" else self.scene_of(spec.number) not in SIGHTLESS

    def say(self, role: Role, text: str) -> None:
        """The candidate speaks."""
        until = self.now + PER_CHARACTER_MS * len(text)
        self.said.append(Said(role, text, self.now, until))
        for each in self.devices.values():
            if each.kind == "microphone" and each.role is role:
                self.note("device", Scene(device=each.id, scene=text), until_ms=until)
