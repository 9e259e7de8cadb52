"""The `python` driver in real time: a client's class in the harness's own process, over HTTP through the protocol's shell.

Laws: as `drivers.driver.Driver`, with what one process allows: a client that raises has died, killing it lets it do nothing more (not even
close), and one that blocks, blocks the harness: what is not trusted belongs into a process of its own. Called by the session.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, cast

from harness.core.clock import Clock
from harness.core.errors import SubjectDied, SubjectError
from harness.core.view import Role, View
from harness.drivers.bounds import bounded, sentence
from harness.drivers.driver import OnChange, OnFault
from harness.drivers.in_process import factory_of
from harness.drivers.manifest import DeviceSubject
from harness.protocol.client import ClientCore, DoResult
from harness.protocol.control import ACTS, PROTOCOL, Devices, Initialized, Open
from harness.protocol.shell import Shell
from harness.protocol.vocabulary import Act

# What a client without IO does not need to do to be dead: answers that ask for nothing.
_NOTHING: Final[dict[str, Any]] = {"outbox": (), "next_wakeup": None}


class _Guarded:
    """A core whose first exception is told, and that does nothing once it is over."""

    def __init__(self, core: ClientCore, died: Callable[[Exception], None]) -> None:
        self._core = core
        self._died = died
        self._last = core.view()
        self.over = False

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*given: Any) -> Any:
            if not self.over:
                try:
                    result = getattr(self._core, name)(*given)
                except Exception as error:  # whatever a subject raises is its own death
                    self.over = True
                    self._died(error)
                else:
                    if name == "view":
                        self._last = result
                    return result
            return self._last if name == "view" else _NOTHING.get(name)

        return call


class InProcessDriver:
    """One run of a subject's class. `home` is the same dictionary after a kill; `sources` are the devices by id; `mint` makes ids."""

    def __init__(
        self,
        subject: DeviceSubject,
        *,
        clock: Clock,
        home: dict[str, Any],
        sources: Mapping[str, Any],
        mint: Callable[[], str],
        on_change: OnChange | None = None,
        on_fault: OnFault | None = None,
    ) -> None:
        self.role: Role = subject.role
        self._subject = subject
        self._factory = factory_of(subject)  # a manifest's mistake shows before anything runs
        self._clock = clock
        self._home = home
        self._sources = sources
        self._mint = mint
        self._on_change = on_change
        self._on_fault = on_fault
        self._core: _Guarded | None = None
        self._shell: Shell | None = None
        self._running = False
        self._fault: SubjectError | None = None

    @property
    def alive(self) -> bool:
        """Started, and neither closed, killed nor dead."""
        return self._running and self._fault is None

    async def start(self, state_dir: Path) -> Initialized:
        """Nothing starts before `open`; a class declares nothing, so every act and view may be asked of it."""
        del state_dir  # `home` stands for it
        self._running = True
        return Initialized(
            name=self._subject.class_path,
            version="in process",
            protocol=PROTOCOL,
            intents=ACTS,
            views=View.__struct_fields__,
            capture=("raw",),
        )

    async def open(self, opening: Open) -> None:
        """The candidate opens the client. Raises `SubjectDied`."""
        self._check("open")
        try:
            core = self._factory(ticket=opening.ticket, home=self._home, sources=self._sources, mint=self._mint)
            self._core = _Guarded(core, self._died)
        except Exception as error:  # whatever a subject raises is its own death
            self._died(error)
        else:
            self._shell = Shell(cast("ClientCore", self._core), opening.service_url, self._clock, self._changed)
            self._shell.start(opening.devices)
        self._check("open")

    async def devices(self, devices: Devices) -> None:
        """What is plugged in now. Raises `SubjectDied`."""
        self._opened("devices").devices(devices.devices)
        self._check("devices")

    async def do(self, act: str, args: dict[str, str]) -> DoResult:
        """The candidate acts. Raises `SubjectDied`."""
        shell = self._opened("do")
        if act not in ACTS:
            return DoResult("unsupported", f"no client without IO is asked for {sentence(act, 60)}")
        result = shell.do(Act(act), args)
        self._check("do")
        return bounded(result)

    async def view(self) -> View:
        """What the candidate sees now. Raises `SubjectDied`."""
        view = self._opened("view").view()
        self._check("view")
        return bounded(view)

    async def close(self) -> None:
        """The candidate closes the client. Raises `SubjectDied`."""
        shell = self._opened("close")
        await shell.close()
        self._running, self._shell = False, None
        if self._fault is not None:
            raise self._fault

    async def kill(self) -> None:
        """The client does nothing more. Harmless where it is over."""
        self._running = False
        if self._core is not None:
            self._core.over = True
        shell, self._shell = self._shell, None
        if shell is not None:
            await shell.close()

    def _opened(self, method: str) -> Shell:
        self._check(method)
        if self._shell is None:
            raise SubjectDied(f"the {self.role.value} client was never opened; open it before `{method}`")
        return self._shell

    def _check(self, method: str) -> None:
        if self._fault is not None:
            raise self._fault
        if not self._running:
            raise SubjectDied(f"the {self.role.value} client does not run; start it before `{method}`")

    def _changed(self, view: View) -> None:
        if self._on_change is not None and self.alive:
            self._on_change(bounded(view), self._clock.now())

    def _died(self, error: Exception) -> None:
        what = f"{type(error).__name__}: {sentence(str(error))}"
        self._fault = SubjectDied(f"the {self.role.value} client raised {what}; run its own tests to see why")
        if self._on_fault is not None:
            self._on_fault(self._fault)
