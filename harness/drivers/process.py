"""The `process` driver: a client in any language, as a child process that speaks JSON-RPC 2.0, a message a line, on stdin and stdout.

Laws: every call has a time-out; stdout, stderr and memory are bounded; the first fault is final, and whatever ends a subject (close,
kill, fault, cancellation) ends its whole process group by SIGKILL. Called by the session and the smoke check as a `drivers.driver.Driver`.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from harness.core.clock import Clock
from harness.core.errors import SubjectBabbled, SubjectDied, SubjectError, SubjectHung, SubjectMismatch
from harness.core.view import Role, View
from harness.drivers.bounds import sentence
from harness.drivers.child import STDERR, Child
from harness.drivers.driver import OnChange, OnFault
from harness.drivers.keeping import Kept, in_folder
from harness.drivers.manifest import DeviceSubject
from harness.drivers.wire import Answer, Changed, Lines, Meter, read, result
from harness.protocol.client import DoResult
from harness.protocol.control import PROTOCOL, Call, Devices, Initialize, Initialized, Open, Perform

T = TypeVar("T")

STDERR_TAIL: Final = 8_192  # bytes kept of the child's last words


class TimeOuts(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds that the subject has."""

    initialize: float = 10.0  # interpreters and virtual machines start in this time, also on a loaded machine
    call: float = 5.0  # a call returns once applied and never waits for a stage
    end: float = 5.0  # from the answer to `close` to the end of the process
    silence: float = 1.0  # from the close of its stdout to the end of the process


class _Nothing(msgspec.Struct, frozen=True):
    """`{}`, as parameters or result."""


class _Version(msgspec.Struct, frozen=True):
    """What every version's answer to `initialize` states."""

    protocol: int


class ProcessDriver:
    """One run of a subject's command.

    `on_change` gets each view that the subject notifies; `on_fault` the fault that ended it, once, whether or not a call was waiting.
    """

    def __init__(
        self,
        subject: DeviceSubject,
        *,
        clock: Clock,
        on_change: OnChange | None = None,
        on_fault: OnFault | None = None,
        time_outs: TimeOuts | None = None,
    ) -> None:
        self.role: Role = subject.role
        self._subject = subject
        self._clock = clock
        self._on_change = on_change
        self._on_fault = on_fault
        self._limits = time_outs or TimeOuts()
        self._child = Child(on_output=self._heard, on_silence=self._silent, on_end=self._ended)
        self._lines = Lines()
        self._meter = Meter()
        self._stderr = b""
        self._pending: dict[int, asyncio.Future[Answer]] = {}
        self._calls = 0
        self._state_dir: Path | None = None
        self._closing = False  # the candidate closed it, or
        self._killed = False  # the harness killed it: its end is no fault
        self._fault: SubjectError | None = None

    @property
    def alive(self) -> bool:
        """Started, and neither closed, killed, dead nor at fault."""
        return self.pid is not None and not (self._closing or self._killed or self._fault or self._child.ended.is_set())

    @property
    def pid(self) -> int | None:
        """The child's process id; None before `start`."""
        return self._child.pid

    # -- what the session calls ----------------------------------------------------------------------------------

    async def start(self, state_dir: Path) -> Initialized:
        """Starts the command in the manifest's folder and initialises it. Raises a `SubjectError`."""
        self._state_dir = state_dir
        try:
            await self._child.spawn(self._subject.command, cwd=self._subject.here, env=self._subject.env)
        except OSError as error:
            fault = SubjectDied(self._says(f"can't be started ({error}); run its command by hand"))
            self._blame(fault)
            raise fault from error
        self._check_running("initialize")  # what it said or did unasked has been heard already
        params = Initialize(
            protocol=PROTOCOL, role="laptop" if self.role is Role.LAPTOP else "phone", state_dir=str(state_dir)
        )
        answer = await self._call("initialize", params, self._limits.initialize)
        remedy = f"take a build that speaks protocol {PROTOCOL}"
        if answer.error is not None:
            why = f"the error {answer.error.code}, {sentence(answer.error.message)}"
            raise await self._end_with(SubjectMismatch(self._says(f"answered `initialize` with {why}; {remedy}")))
        spoken = (await self._decoded(answer, "initialize", _Version)).protocol
        if spoken != PROTOCOL:
            raise await self._end_with(
                SubjectMismatch(self._says(f"speaks protocol {spoken}, not {PROTOCOL}; {remedy}"))
            )
        return await self._decoded(answer, "initialize", Initialized)

    async def open(self, opening: Open) -> None:
        """The candidate opens the client. Raises a `SubjectError`."""
        await self._ask("open", opening, _Nothing)

    async def devices(self, devices: Devices) -> None:
        """What is plugged in now. Raises a `SubjectError`."""
        await self._ask("devices", devices, _Nothing)

    async def do(self, act: str, args: dict[str, str]) -> DoResult:
        """The candidate acts. Raises a `SubjectError`."""
        return await self._ask("do", Perform(intent=act, args=args), DoResult)

    async def keeps(self) -> tuple[Kept, ...] | None:
        """The files that it has in its folder; None before it was started."""
        return (
            None
            if self._state_dir is None
            else await asyncio.to_thread(lambda folder: tuple(in_folder(folder)), self._state_dir)
        )

    async def view(self) -> View:
        """What the candidate sees now. Raises a `SubjectError`."""
        return await self._ask("view", _Nothing(), View)

    async def close(self) -> None:
        """The candidate closes the client; its process then has `end` seconds, or has hung. Raises a `SubjectError`."""
        self._check_running("close")
        self._closing = True
        try:
            await self._decoded(await self._call("close", _Nothing(), self._limits.call), "close", _Nothing)
            self._child.close_stdin()
            async with asyncio.timeout(self._limits.end):
                await self._child.ended.wait()
        except TimeoutError:
            what = f"answered `close` and still ran {self._limits.end:g} s later; end the process after that answer"
            self._blame(SubjectHung(self._says(what)))
        except SubjectError as fault:
            self._blame(fault)
        finally:
            self._child.slay()
            await self._child.ended.wait()
        if self._fault is not None:
            raise self._fault

    async def kill(self) -> None:
        """SIGKILL to the process group; returns once the process is gone. Harmless where it has ended."""
        self._killed = True
        if self.pid is not None:
            self._child.slay()
            await self._child.ended.wait()

    async def __aenter__(self) -> ProcessDriver:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.kill()

    # -- calls ---------------------------------------------------------------------------------------------------

    async def _ask(self, method: str, params: msgspec.Struct, kind: type[T]) -> T:
        self._check_running(method)
        return await self._decoded(await self._call(method, params, self._limits.call), method, kind)

    async def _call(self, method: str, params: msgspec.Struct, seconds: float) -> Answer:
        self._calls += 1
        number = self._calls
        call = Call(jsonrpc="2.0", method=method, id=number, params=msgspec.Raw(msgspec.json.encode(params)))
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._pending[number] = answered
        try:
            self._child.write(msgspec.json.encode(call) + b"\n")
            async with asyncio.timeout(seconds):
                return await answered
        except TimeoutError:
            hung = SubjectHung(self._says(f"did not answer `{method}` within {seconds:g} s; answer once it is applied"))
            raise await self._end_with(hung) from None
        except SubjectError:
            await self._child.ended.wait()
            raise
        except asyncio.CancelledError:
            await self.kill()
            raise
        finally:
            self._pending.pop(number, None)

    async def _decoded(self, answer: Answer, method: str, kind: type[T]) -> T:
        """The result as its type. A JSON-RPC error in its place is raised, but the conversation stands and goes on."""
        try:
            return result(answer, method, kind)
        except SubjectBabbled as error:
            babbled = SubjectBabbled(self._says(f"babbled: {error}"))
            if answer.error is None:
                raise await self._end_with(babbled) from error
            raise babbled from error

    def _check_running(self, method: str) -> None:
        if self._fault is not None:
            raise self._fault
        if not self.alive:
            state = (
                "was killed by the harness" if self._killed else "was closed" if self._closing else "was never started"
            )
            raise SubjectDied(self._says(f"{state}; start it before `{method}`"))

    # -- what comes from the child -------------------------------------------------------------------------------

    def _heard(self, fd: int, data: bytes) -> None:
        if self._fault is not None or self._killed:  # what a killed one had still said nobody sees any more
            return
        try:
            now = self._clock.now()
            self._meter.count(now, size=len(data))
            if fd == STDERR:
                self._stderr = (self._stderr + data)[-STDERR_TAIL:]
                return
            for line in self._lines.feed(data):
                self._meter.count(now, messages=1)
                self._take(read(line))
        except SubjectBabbled as error:
            self._fail(SubjectBabbled(self._says(f"babbled: {error}")))

    def _take(self, message: Changed | Answer) -> None:
        if isinstance(message, Changed):
            if self._on_change is not None:
                self._on_change(message.view, self._clock.now())
            return
        waiting = self._pending.pop(message.id, None)
        if waiting is None:
            raise SubjectBabbled(f"it answered call {message.id}, which was not waiting; answer each call once")
        if not waiting.done():
            waiting.set_result(message)

    def _silent(self) -> None:
        asyncio.get_running_loop().call_later(self._limits.silence, self._still_silent)

    def _still_silent(self) -> None:
        if not (self._closing or self._killed or self._child.ended.is_set()):
            self._fail(SubjectDied(self._says("closed its stdout and still ran; keep it open until `close`")))

    def _ended(self) -> None:
        lines = self._stderr.decode("utf-8", "replace").strip().splitlines()
        words = f"its last words on stderr were {sentence(lines[-1])}" if lines else "it said nothing on stderr"
        by_itself = f"{self._child.ending} by itself, and {words}; run its command by hand to see why"
        self._fail(SubjectDied(self._says("was killed by the harness" if self._killed else by_itself)))

    # -- ends ----------------------------------------------------------------------------------------------------

    async def _end_with(self, fault: SubjectError) -> SubjectError:
        """Ends the subject for this fault; returns the one that counts, the first."""
        self._fail(fault)
        await self._child.ended.wait()
        return self._fault or fault

    def _fail(self, fault: SubjectError) -> None:
        self._child.slay()
        if not (self._closing or self._killed):
            self._blame(fault)
        for waiting in self._pending.values():
            if not waiting.done():
                waiting.set_exception(self._fault or fault)

    def _blame(self, fault: SubjectError) -> None:
        if self._fault is None:
            self._fault = fault
            if self._on_fault is not None:
                self._on_fault(fault)

    def _says(self, what: str) -> str:
        return f"the {self.role.value} client {what}"
