"""Every faulty client against the suite: who was caught by what it breaks, and what else fell.

Laws: caught means that the honest client keeps the requirement in the same exam and the faulty one breaks it; what the honest client does not
keep has not fallen. A client that is wrong in one exam alone is played in that one. One that hangs or leaves no record is not caught, and the
others go on. What was found is kept with digests of all it rests on, so that only what changed need run again. Called by `viva faulty`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, Literal

import msgspec

from harness.cli.child import ROOT
from harness.cli.faulty_clients import FaultyClient
from harness.cli.orders import Told, play
from harness.cli.suite import RUNS, Order, output_folder
from harness.core.errors import HarnessError, VivaError
from harness.core.plan import Speed
from harness.core.record import Record
from harness.core.verdict import Outcome
from harness.session.subjects import FAULTY
from reports.results import results_of

HONEST: Final = "clients/headless"
KEPT_FILE: Final = RUNS / "matrix.json"
SOURCES: Final = (".py", ".toml", ".feature", ".js", ".css", ".html")
# What a fault keeps the others from reaching is no accusation; it is listed apart.
FELL: Final[frozenset[Outcome]] = frozenset({"broken", "error"})


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One faulty client: `caught_by` is the requirement that it breaks, or empty; `also_fell` what else was broken of what the honest
    client keeps, `unobserved` what the fault kept from being reached.
    """

    id: str
    client: str
    breaks: str
    caught_by: tuple[str, ...]
    also_fell: tuple[str, ...]
    declared: dict[str, str]
    unobserved: tuple[str, ...] = ()

    @property
    def undeclared(self) -> tuple[str, ...]:
        """What fell that nobody had said would fall."""
        return tuple(identifier for identifier in self.also_fell if identifier not in self.declared)

    @property
    def good(self) -> bool:
        """Caught, and nothing fell beside it that was not declared."""
        return bool(self.caught_by) and not self.undeclared


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """The last matrix: each row with the digest of all that it rests on."""

    schema: Literal["viva-matrix/1"] = "viva-matrix/1"
    rows: dict[str, Row] = {}
    digests: dict[str, str] = {}


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """What a matrix is made of: the clients, and the exam and speed that they run at, unless a client names its own."""

    clients: tuple[FaultyClient, ...]
    exam: str
    speed: Speed

    def exam_of(self, client: FaultyClient) -> str:
        """The exam in which that client is played."""
        return client.exam or self.exam

    def honest_for(self, client: FaultyClient) -> Order:
        """The honest client's run that it is compared with: of the whole suite, or of what it breaks where it names a speed of its own."""
        exam, own = self.exam_of(client), client.speed not in (None, self.speed)
        return Order(
            subject=HONEST,
            exam=exam,
            speed=client.speed or self.speed,
            only=(client.breaks,) if own else (),
            parallel=1,
        )


def run_all(batch: Batch, out: Path | None, told: Told) -> tuple[Row, ...]:
    """Runs every faulty client, and the honest one as each of them is run. Raises `HarnessError` where the honest one leaves no record."""
    folder = output_folder(out, "faulty")
    compared = {client.name: batch.honest_for(client) for client in batch.clients}
    orders = {_honest(order): order for order in compared.values()}
    for name, order in compared.items():
        orders[name] = msgspec.structs.replace(order, subject=f"{FAULTY}{name}")
    records = play(orders, folder, os.cpu_count() or 1, told)
    if lacking := [name for name in map(_honest, compared.values()) if name not in records]:
        raise HarnessError(
            f"The honest client left no record, so that nothing can be compared with it; see {folder / lacking[0]}"
        )
    return tuple(
        row(client, _outcomes(records[_honest(compared[client.name])]), _outcomes(records.get(client.name)))
        for client in batch.clients
    )


def _honest(order: Order) -> str:
    return "-".join(("honest", Path(order.exam).stem, *order.only))


def row(client: FaultyClient, honest: dict[str, Outcome], faulty: dict[str, Outcome]) -> Row:
    """What the two runs say of one faulty client. Outcomes by requirement."""
    kept = [identifier for identifier, outcome in honest.items() if outcome == "kept"]
    caught = client.breaks in kept and faulty.get(client.breaks) == "broken"
    return Row(
        id=client.name,
        client=client.client,
        breaks=client.breaks,
        caught_by=(client.breaks,) if caught else (),
        also_fell=tuple(each for each in kept if each != client.breaks and faulty.get(each) in FELL),
        declared=client.declared,
        unobserved=tuple(each for each in kept if each != client.breaks and faulty.get(each) == "unobserved"),
    )


def _outcomes(record: Record | None) -> dict[str, Outcome]:
    if record is None:
        return {}
    return {each.id: each.verdict for each in results_of(record).requirements}


# -- what need not run again -----------------------------------------------------------------------------------------


def digest(client: FaultyClient, exam: str, speed: Speed, root: Path = ROOT) -> str:
    """Of all that a row rests on: the client's module and entry, the honest client, the features, the exam, and what plays and judges them."""
    module = root / "clients" / "faulty" / f"{client.name}.py"
    own = [module] if module.is_file() else sorted((root / "clients" / "faulty").glob("*.py"))
    sha = hashlib.sha256(msgspec.json.encode((client, exam, speed)))
    for file in (*own, *sources(root, exam, "clients/headless")):
        sha.update(str(file.relative_to(root)).encode() + b"\0" + file.read_bytes() + b"\0")
    return sha.hexdigest()


def sources(root: Path, exam: str, client: str) -> Iterable[Path]:
    """What every row rests on: the files of the honest client's folder, of the features, of the exam, and of what plays and judges them."""
    for folder in (client, "features", "harness", "virtual_devices"):
        files = ((root / folder).rglob(f"*{suffix}") for suffix in SOURCES)
        yield from sorted(file for found in files for file in found if file.parent.name != "cli")
    plan = root / "exams" / f"{exam}.toml"
    if plan.is_file():
        yield plan


def read_kept(file: Path) -> Kept:
    """The last matrix; an empty one where there is none that can be read."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Kept)
    except (OSError, msgspec.DecodeError):
        return Kept()


def keep(rows: Sequence[Row], digests: dict[str, str], known: Sequence[FaultyClient], file: Path) -> None:
    """Remembers these rows beside the ones that were kept, and forgets clients that are no more."""
    old = read_kept(file)
    names = {client.name for client in known}
    merged = {name: each for name, each in {**old.rows, **{each.id: each for each in rows}}.items() if name in names}
    marks = {**old.digests, **{each.id: digests[each.id] for each in rows}}
    kept = Kept(rows=merged, digests={name: mark for name, mark in marks.items() if name in merged})
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(msgspec.json.format(msgspec.json.encode(kept), indent=1))
    except OSError as error:
        raise VivaError(f"{file} can't be written ({error.strerror}); make the folder writable") from error
