"""Every store runs the durability suite; those that lie must fail it."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.core.errors import VivaError
from harness.service.file_store import FileStore
from harness.service.store import MemoryStore, Store
from tests.service.durability import SUITE
from tests.service.unreliable import CommitsFirst, ForgetsDocuments, NeverSyncing, PowerCutStore

CUTS = 400
Check = Callable[..., None]


class Armed:
    """Makes a store whose power goes some steps after the interview has begun."""

    def __init__(self, kind: type[PowerCutStore], seed: int) -> None:
        self.chance = random.Random(seed)
        self.store = kind()

    def arm(self) -> None:
        self.store.fuse = self.chance.randint(1, 150)

    def cut(self, store: Store) -> Store:
        assert store is self.store
        return self.store.after_the_cut(self.chance)


@pytest.mark.parametrize("check", SUITE)
def test_nothing_acknowledged_is_lost_when_the_power_goes_at_any_of_hundreds_of_moments(check: Check) -> None:
    cut_short = 0
    for seed in range(CUTS):
        machine = Armed(PowerCutStore, seed)
        check(machine.store, machine.cut, machine.chance, machine.arm)
        cut_short += machine.store.fuse <= 0
    assert cut_short > CUTS // 2  # most of them in the middle of something


# A wrong order shows only where the power goes between its two steps; the others lose something at almost every cut.
@pytest.mark.parametrize(("liar", "at_least"), [(NeverSyncing, 30), (ForgetsDocuments, 30), (CommitsFirst, 1)])
@pytest.mark.parametrize("check", SUITE)
def test_a_store_that_lies_about_durability_is_caught(check: Check, liar: type[PowerCutStore], at_least: int) -> None:
    caught = 0
    for seed in range(CUTS):
        machine = Armed(liar, seed)
        try:
            check(machine.store, machine.cut, machine.chance, machine.arm)
        except AssertionError:
            caught += 1
        if caught >= at_least:
            return
    raise AssertionError(f"only {caught} of {CUTS} cuts gave the lie away")


@pytest.mark.parametrize("check", SUITE)
@pytest.mark.parametrize("seed", range(6))
def test_a_folder_keeps_everything_acknowledged_when_its_process_is_gone(
    check: Check, seed: int, tmp_path: Path
) -> None:
    stores = []

    def reopened(store: Store) -> Store:
        store.close()
        stores.append(FileStore(tmp_path))
        return stores[-1]

    check(FileStore(tmp_path), reopened, random.Random(seed))
    stores[-1].close()


@pytest.mark.parametrize("check", SUITE)
def test_memory_outlives_an_application(check: Check) -> None:
    check(MemoryStore(), lambda store: store, random.Random(1))


def test_a_folder_serves_one_process_at_a_time(tmp_path: Path) -> None:
    first = FileStore(tmp_path)
    with pytest.raises(VivaError, match="in use by another exam service"):
        FileStore(tmp_path)
    first.close()
    FileStore(tmp_path).close()


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(VivaError, match="can't be written"):
        FileStore(tmp_path / "file" / "below")


def test_bytes_beyond_what_was_recorded_are_cut_back_at_the_start(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    store.write("orphan", 0, b"left over")
    store.close()
    from harness.service.application import Application

    store = FileStore(tmp_path)
    Application(store)
    assert store.blobs() == []
    store.close()
