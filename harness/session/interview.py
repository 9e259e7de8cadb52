"""A careful candidate's interview, as a value from which Given and When steps shape scripts.

Each step of the candidate has a name, so that a scenario can say what this candidate does otherwise: a step left out, put off,
replaced, or others put beside it. `script()` gives the frozen script; nothing here knows what is expected.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

from harness.core.plan import Plan, Track
from harness.core.script import (
    DEVICES,
    Action,
    Battery,
    DeviceSpec,
    Disturb,
    Do,
    Misbehaviour,
    Plug,
    Say,
    Script,
    ShowScene,
    Step,
    Thread,
    Wait,
)
from harness.core.view import Act, AlertCode, Page, Role
from virtual_devices import speech

# A person takes a moment between seeing and pressing; long enough that a control's state just before the press was seen.
REACTION_MS: Final = 250
TYPING_MS: Final = 1_000  # from seeing a code on the laptop to having typed it on the phone: fast, for nine letters
# Who is not asked to agree for so long goes on without.
ASKED_MS: Final = 15_000
# For so long a person looks at a file that does not come before pressing on.
PAGE_LOADS_MS: Final = 1_500
# Before the first window the clients are started so much earlier, that "not yet" is observed.
LEAD_MS: Final = 1_500
TEACHING: Final = "同学们好，现在上课。"  # short, so that the phrase that ends even a scaled lesson is not talked over
# A phrase ends so long before its stage does: in the last second, as ANS-21 wants it, and after every clock's own step.
PHRASE_MARGIN_MS: Final = 450

# Once around with the phone: so slow that each yaw mark is whole in the picture for a second.
PAN_MS: Final = 8_000

ThreadName = Literal["laptop", "phone", "world"]


class Named(msgspec.Struct, frozen=True):
    """A step and what it is called in scenarios."""

    name: str
    step: Step


def press(act: Act, *pages: Page, after: int = REACTION_MS, patience: int | None = None, **args: str) -> Step:
    """The candidate presses a control of the laptop once it is enabled."""
    return Step(
        action=Do(role=Role.LAPTOP, act=act, args=args),
        when=Wait(enabled=act, pages=pages),
        after=after,
        patience=patience,
    )


class Interview(msgspec.Struct, frozen=True, kw_only=True):
    """What this candidate does and meets. `plan` is at the speed of the run; all times exam ms."""

    plan: Plan
    track: Track
    begins: int
    threads: dict[str, tuple[Named, ...]]
    misbehaviour: tuple[Misbehaviour, ...] = ()
    devices: tuple[DeviceSpec, ...] = DEVICES
    until: tuple[Wait, ...] = (Wait(role=Role.LAPTOP, pages=(Page.DONE,)), Wait(role=Role.PHONE, pages=(Page.DONE,)))
    extra_ms: int = 0  # how much longer than the plan the run may take
    linger_ms: int = 500
    clock_error_ms: int = 0
    certificate: Literal["", "self-signed"] = ""
    rivals: tuple[Role, ...] = ()
    battery: Battery = ""
    ends: int | None = None  # where the interview is over by other means than its plan

    @property
    def lesson_pressed(self) -> int:
        """When this candidate starts the lesson at the latest, if nothing comes between."""
        return self.plan.preparation_ends + REACTION_MS

    @property
    def longest(self) -> int:
        """The exam time at which the interview of a candidate who starts at once is over at the latest."""
        return self.plan.preparation_ends + 2 * self.plan.limits.reaction + self.plan.answering(self.track)

    def without(self, *names: str) -> Interview:
        """The candidate leaves these steps out."""
        self._known(*names)
        return self._threads(
            {key: tuple(item for item in steps if item.name not in names) for key, steps in self.threads.items()}
        )

    def only(self, *names: str) -> Interview:
        """Of all that the candidate does, these steps alone."""
        self._known(*names)
        return self._threads(
            {key: tuple(item for item in steps if item.name in names) for key, steps in self.threads.items()}
        )

    def instead(self, name: str, *steps: Named) -> Interview:
        """These steps in the place of that one."""
        self._known(name)
        return self._threads(
            {
                key: tuple(new for item in old for new in (steps if item.name == name else (item,)))
                for key, old in self.threads.items()
            }
        )

    def before(self, name: str, *steps: Named) -> Interview:
        """These steps just before that one."""
        return self.instead(name, *steps, self.step(name))

    def following(self, name: str, *steps: Named) -> Interview:
        """These steps just after that one."""
        return self.instead(name, self.step(name), *steps)

    def put_off(self, name: str, at: int) -> Interview:
        """That step not before this exam time."""
        named = self.step(name)
        return self.instead(name, Named(name, msgspec.structs.replace(named.step, at=at)))

    def beside(self, thread: str, *steps: Named) -> Interview:
        """A thread of its own beside the others (added to, where it exists)."""
        return self._threads({**self.threads, thread: (*self.threads.get(thread, ()), *steps)})

    def at(self, when: int, action: Action) -> Interview:
        """Something happens at that exam time, whatever else goes on."""
        name = f"at-{len(self.threads)}"
        return self.beside(name, Named(name, Step(action=action, at=when)))

    def disturbed(
        self, kind: Literal["down", "timeout", "reset_peer"], at: int, for_ms: int, role: Role | None = None
    ) -> Interview:
        """The network of one role (or both) is disturbed from then, for so long."""
        return self.at(at, Disturb(kind=kind, role=role, for_ms=for_ms))

    def misbehaving(self, *what: Misbehaviour) -> Interview:
        """The service does these things wrong."""
        return msgspec.structs.replace(self, misbehaviour=(*self.misbehaviour, *what))

    def longer(self, extra_ms: int) -> Interview:
        """The run may take so much longer."""
        return msgspec.structs.replace(self, extra_ms=max(self.extra_ms, extra_ms))

    def lingering(self, ms: int) -> Interview:
        """So long after everything holds it is still watched."""
        return msgspec.structs.replace(self, linger_ms=max(self.linger_ms, ms))

    def starting(self, begins: int) -> Interview:
        """The clients are started at that exam time."""
        return msgspec.structs.replace(self, begins=begins)

    def against(self, rival: Role) -> Interview:
        """A second device takes part; it is switched on by `Kill(role=rival, restart=True)`."""
        return msgspec.structs.replace(self, rivals=(*self.rivals, rival))

    def ending(self, at: int, *until: Wait) -> Interview:
        """The run is over at that exam time at the latest, or once all of these hold."""
        return msgspec.structs.replace(self, ends=at, until=until)

    def unplugged(self, device: str) -> Interview:
        """That device is not plugged in when the clients start."""
        return self._device(device, plugged=False)

    def having(self, device: DeviceSpec) -> Interview:
        """One more device is there."""
        return msgspec.structs.replace(self, devices=(*self.devices, device))

    def seeing(self, device: str, scene: str) -> Interview:
        """What that device sees or hears from the start."""
        return self._device(device, scene=scene)

    def _device(self, device: str, **fields: Any) -> Interview:
        devices = tuple(msgspec.structs.replace(d, **fields) if d.id == device else d for d in self.devices)
        return msgspec.structs.replace(self, devices=devices)

    def plugging(self, device: str, at: int, *, present: bool) -> Interview:
        """A device is plugged in or pulled out at that exam time."""
        return self.at(at, Plug(device=device, present=present))

    def step(self, name: str) -> Named:
        """The step of that name."""
        self._known(name)
        return next(item for steps in self.threads.values() for item in steps if item.name == name)

    def script(self) -> Script:
        """The frozen script."""
        return Script(
            plan=self.plan,
            track=self.track,
            begins=self.begins,
            # Beyond the end: the phone's stop, the last uploads, and as much again on a loaded machine.
            ends=(self.longest + self.plan.limits.evidence_after_end + 8_000 if self.ends is None else self.ends)
            + self.extra_ms,
            until=self.until,
            linger_ms=self.linger_ms,
            threads=tuple(
                Thread(name, tuple(item.step for item in steps)) for name, steps in self.threads.items() if steps
            ),
            devices=self.devices,
            misbehaviour=self.misbehaviour,
            clock_error_ms=self.clock_error_ms,
            certificate=self.certificate,
            rivals=self.rivals,
            battery=self.battery,
        )

    def _known(self, *names: str) -> None:
        known = {item.name for steps in self.threads.values() for item in steps}
        for name in names:
            if name not in known:
                raise LookupError(f"no step of this candidate is called {name!r}; there are {sorted(known)}")

    def _threads(self, threads: Mapping[str, tuple[Named, ...]]) -> Interview:
        return msgspec.structs.replace(self, threads=dict(threads))


def careful(plan: Plan, track: Track = "ordinary") -> Interview:
    """An interview in which the candidate does everything right and at once. `plan` is at the speed of the run."""
    threads = {
        "laptop": _at_the_laptop(plan),
        "phone": _at_the_phone(plan),
        "world": _before_the_camera(),
        "voice": _last_words(plan),
    }
    interview = Interview(plan=plan, track=track, begins=plan.windows.login_opens - LEAD_MS, threads=threads)
    return presenting(interview) if track == "art" else interview


def _at_the_laptop(plan: Plan) -> tuple[Named, ...]:
    """From the device check to the start of the lesson."""
    return (
        Named("check", press(Act.PROCEED, Page.CHECK)),
        Named("consent", press(Act.CONSENT, patience=ASKED_MS)),
        Named("login", press(Act.LOGIN)),
        Named("show-code", press(Act.SHOW_CODE, Page.BIND)),
        Named(
            "bound",
            Step(
                action=Do(role=Role.LAPTOP, act=Act.PROCEED),
                when=Wait(bound=True, enabled=Act.PROCEED),
                after=REACTION_MS,
            ),
        ),
        *(named for item in plan.attachments for named in _reading(item.id)),
        Named("attachments", press(Act.PROCEED, Page.ATTACHMENTS)),
        Named("enter", press(Act.ENTER, Page.LOBBY, after=400)),
        Named("wait", press(Act.WAIT, Page.DEVICES)),
        Named("start", press(Act.START, Page.LESSON)),
    )


def _reading(attachment: str) -> tuple[Named, ...]:
    """Opens the file, and says that it was read: once it is open, or in the end where the client does not show that it is."""
    read = Step(
        action=Do(role=Role.LAPTOP, act=Act.READ, args={"id": attachment}),
        when=Wait(enabled=Act.READ, pages=(Page.ATTACHMENTS,), opened=attachment),
        after=100,
        patience=PAGE_LOADS_MS,
        insists=True,
    )
    return (
        Named(f"open-{attachment}", press(Act.OPEN, Page.ATTACHMENTS, after=100, id=attachment)),
        Named(f"read-{attachment}", read),
    )


def _at_the_phone(plan: Plan) -> tuple[Named, ...]:
    """Binds, pans, films to well after the end, stops."""
    return (
        Named(
            "bind",
            Step(
                action=Do(role=Role.PHONE, act=Act.TYPE_CODE, args={"code": "$code"}),
                when=Wait(role=Role.LAPTOP, code=True),
                after=TYPING_MS,
            ),
        ),
        # Recording that does not begin by itself is begun by one press.
        Named(
            "record",
            Step(
                action=Do(role=Role.PHONE, act=Act.RECORD),
                when=Wait(role=Role.PHONE, enabled=Act.RECORD),
                after=REACTION_MS,
                patience=1_500,
            ),
        ),
        Named(
            "pan",
            Step(
                action=ShowScene(device="phone-front", scene="panorama", for_ms=PAN_MS),
                when=Wait(role=Role.PHONE, recording=True),
            ),
        ),
        Named("place", Step(action=ShowScene(device="phone-front", scene="portrait"), after=PAN_MS)),
        Named(
            "stop",
            Step(
                action=Do(role=Role.PHONE, act=Act.STOP),
                when=Wait(role=Role.LAPTOP, pages=(Page.UPLOAD, Page.DONE)),
                # So long after the end that "it went on by itself" has been seen.
                after=plan.limits.evidence_after_end + 700,
            ),
        ),
        Named(
            "confirm-stop",
            Step(
                action=Do(role=Role.PHONE, act=Act.CONFIRM),
                when=Wait(role=Role.PHONE, alert=AlertCode.CONFIRM_STOP),
                after=REACTION_MS,
                patience=1_000,
            ),
        ),
    )


def _before_the_camera() -> tuple[Named, ...]:
    """Shows both sides of the sheet, and teaches."""
    return (
        Named("sheet-front", Step(action=ShowScene(device="camera-1", scene="sheet-front", for_ms=3_000), at=300)),
        Named("sheet-back", Step(action=ShowScene(device="camera-1", scene="sheet-back", for_ms=3_000), at=3_400)),
        Named("teach", Step(action=Say(role=Role.LAPTOP, text=TEACHING), when=Wait(counting="lesson"), after=200)),
    )


def _last_words(plan: Plan) -> tuple[Named, ...]:
    """The phrase that ends a lesson, in its last second."""
    spoken_ms = len(speech.clip(speech.LESSON_END)) * 1_000 // speech.RATE
    step = Step(
        action=Say(role=Role.LAPTOP, text=speech.LESSON_END),
        when=Wait(counting="lesson"),
        after=max(0, plan.spans.lesson - PHRASE_MARGIN_MS - spoken_ms),
    )
    return (Named("phrase", step),)


def presenting(interview: Interview) -> Interview:
    """Art: the drawing is shown, “展示开始” is said, and the interview is ended before the presentation's own limit."""
    shown = Wait(pages=(Page.PRESENTATION,))
    return interview.beside(
        "show",
        Named("drawing", Step(action=ShowScene(device="camera-1", scene="drawing"), when=shown, after=100)),
        Named("say-presenting", Step(action=Say(role=Role.LAPTOP, text=speech.PRESENTATION), after=200)),
    )


def finishing(interview: Interview, page: Page, after: int) -> Interview:
    """The candidate ends early, so long after that page came: 【结束考试】, and yes where the client asks (at most twice)."""
    return interview.beside(
        "laptop",
        Named("finish", press(Act.FINISH, page, after=after)),
        *(
            Named(
                f"confirm-{count}",
                Step(
                    action=Do(role=Role.LAPTOP, act=Act.CONFIRM),
                    when=Wait(alert=AlertCode.CONFIRM_FINISH),
                    after=REACTION_MS,
                    patience=1_000,
                ),
            )
            for count in (1, 2)
        ),
    )
