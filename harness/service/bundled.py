"""The bundled exam service as a child process, behind the `Platform` port: started, stopped, killed and started again on the same ports.

The child ends with its parent, however that ends: it follows a pipe that only the parent holds.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlsplit

import httpx
import msgspec

from harness.core.errors import HarnessError, VivaError
from harness.core.events import Event
from harness.core.plan import Plan
from harness.core.platform import Entrant, HeldSegment, HeldStill
from harness.core.script import Misbehaviour
from harness.core.view import Stream
from harness.protocol.messages import json_body
from harness.wallclock import WallClock

OBSERVES: Final = frozenset(("served", "reported", "offered", "arrived", "patch-began", "finished", "desk"))
_ROOT: Final = Path(__file__).parents[2]
START_S: Final = 20.0  # importing takes 0.5 s on a free machine
STOP_S: Final = 4.0  # it promises 2 s

T = TypeVar("T")


class _Ready(msgspec.Struct):
    url: str
    control: str
    pid: int


class BundledPlatform:
    """`with BundledPlatform(folder) as platform:`. Its calls block and may come from any thread.

    `matcher` is `module:callable`, made in the child; `pages` a folder of web clients, served below `/pages`; `overlay` one whose files
    are served in place of theirs; `ahead_s`: how far ahead of this computer's clock the service takes the date to be.
    Raises `HarnessError` where the child does not start or answer, and
    `VivaError` with the child's own sentence where the use was at fault.
    """

    observes = OBSERVES

    def __init__(
        self,
        folder: Path,
        *,
        matcher: str = "",
        port: int = 0,
        control_port: int = 0,
        pages: Path | None = None,
        overlay: Path | None = None,
        ahead_s: int = 0,
    ) -> None:
        self._folder = folder
        self._options = {"--pages": pages, "--overlay": overlay, "--ahead": ahead_s}
        self._matcher = matcher
        self._ports = (port, control_port)
        self._process: subprocess.Popen[bytes] | None = None
        self._origins: dict[str, int] = {}
        self._clock = WallClock()
        self._control: httpx.Client | None = None
        self.url = ""

    # -- the process ---------------------------------------------------------------------------------------------

    def __enter__(self) -> BundledPlatform:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of the exam API."""
        parts = urlsplit(self.url)
        return str(parts.hostname), int(parts.port or 0)

    @property
    def pid(self) -> int:
        """Of the child."""
        return 0 if self._process is None else self._process.pid

    def start(self) -> None:
        """Starts the child and waits until it is ready."""
        self._folder.mkdir(parents=True, exist_ok=True)
        port, control_port = self._ports
        command = [sys.executable, "-m", "harness.service", "--follow", "--folder", str(self._folder)]
        command += ["--port", str(port), "--control-port", str(control_port), "--matcher", self._matcher]
        for option, value in self._options.items():
            command += [] if value is None else [option, str(value)]
        path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH", ""))))
        with (self._folder / "service.log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, "PYTHONPATH": path},
            )
        line = self._first_line(self._process)
        try:
            ready = msgspec.json.decode(line, type=_Ready)
        except msgspec.DecodeError:
            self.kill()
            said = (self._folder / "service.log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
            raise HarnessError(f"the exam service did not start: {said[-1] if said else 'it said nothing'}") from None
        self.url = ready.url
        self._control = httpx.Client(base_url=ready.control, timeout=30.0, trust_env=False)
        self._ports = (self.address[1], int(urlsplit(ready.control).port or 0))

    @staticmethod
    def _first_line(process: subprocess.Popen[bytes]) -> bytes:
        assert process.stdout is not None  # a pipe, see `start`
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            return process.stdout.readline() if selector.select(START_S) else b""

    def stop(self) -> None:
        """SIGTERM, and SIGKILL where that does not help."""
        if self._process is not None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_S)
        self.kill()

    def kill(self) -> None:
        """SIGKILL, and waits until it is gone."""
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()
            self._process = None

    def restart(self) -> None:
        """Starts it again, with its folder and on its ports."""
        if self._process is not None:
            self.stop()
        self.start()

    # -- the port ------------------------------------------------------------------------------------------------

    def configure(
        self, plan: Plan, entrants: Sequence[Entrant], *, exam_now: int, misbehaviour: Sequence[Misbehaviour] = ()
    ) -> str:
        """A new exam whose clock stands at `exam_now` ms; returns its id."""
        body = {"plan": plan, "entrants": entrants, "exam_now": exam_now, "misbehaviour": misbehaviour}
        made = msgspec.json.decode(self._ask("POST", "/exams", body))
        self._origins[made["exam"]] = made["origin"]
        return str(made["exam"])

    def exam_time(self, exam: str) -> tuple[int, int]:
        """The exam's time: both processes read the machine's one monotonic clock, so the error is that of rounding, 1 ms."""
        if exam not in self._origins:
            self._origins[exam] = msgspec.json.decode(self._ask("GET", f"/exams/{quote(exam)}/time"))["origin"]
        return self._clock.now() - self._origins[exam], 1

    def desk(self, exam: str, action: str, ticket: str, text: str = "") -> None:
        """Technical support acts for a candidate: login, release, answer, publish."""
        self._ask("POST", f"/exams/{quote(exam)}/desk", {"action": action, "ticket": ticket, "text": text})

    def misbehave(self, exam: str, what: Misbehaviour) -> None:
        """One more scripted fault."""
        self._ask("POST", f"/exams/{quote(exam)}/misbehaviour", what)

    def lose(self, exam: str, ticket: str, stream: Stream) -> None:
        """It has lost what it had confirmed of a candidate's stream."""
        self._ask("POST", f"/exams/{quote(exam)}/loss", {"ticket": ticket, "stream": stream})

    def observations(self, exam: str, since: int = 0) -> Sequence[Event]:
        """What the service saw after that `seq`, in exam time."""
        return self._get(f"/exams/{quote(exam)}/observations", list[Event], since=str(since))

    def recordings(self, exam: str, ticket: str) -> Sequence[HeldSegment]:
        """The recordings of one candidate, as files in the service's folder."""
        return self._get(f"/exams/{quote(exam)}/recordings", list[HeldSegment], ticket=ticket)

    def stills(self, exam: str, ticket: str) -> Sequence[HeldStill]:
        """The face pictures that one candidate's logins brought, in order."""
        return self._get(f"/exams/{quote(exam)}/stills", list[HeldStill], ticket=ticket)

    # -- inside --------------------------------------------------------------------------------------------------

    def _get(self, path: str, kind: type[T], **query: str) -> T:
        return msgspec.json.decode(self._ask("GET", path, query=query), type=kind)

    def _ask(self, method: str, path: str, body: Any = None, query: dict[str, str] | None = None) -> bytes:
        if self._control is None:
            raise HarnessError("the exam service is not running; start it first")
        content = None if body is None else json_body(body)
        try:
            reply = self._control.request(method, path, content=content, params=query)
        except httpx.HTTPError as error:
            raise HarnessError(f"the exam service did not answer {method} {path}: {error!r}") from error
        if reply.status_code == 400:
            raise VivaError(str(reply.json()["error"]))
        if reply.status_code != 200:
            raise HarnessError(
                f"the exam service answered {reply.status_code} to {method} {path}; its log is in {self._folder}"
            )
        return reply.content
