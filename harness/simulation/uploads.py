"""One segment's way to the service, as a process: create, send while it is recorded (or once it is stopped), resume after a cut, finish.

Laws: a PATCH begins at the offset that the service gave last; bytes arrive in slices, each once and in order; after a cut HEAD comes first. A
laptop's streams go live, one long PATCH from cut to cut; the phone's evidence goes when it was stopped.
"""

from __future__ import annotations

from collections.abc import Generator

import simpy

from harness.core.events import Arrived, Finished, Offered, Operation, PatchBegan
from harness.simulation.client import Client, Process
from harness.simulation.pages import Cause
from harness.simulation.recordings import BYTES_PER_MS, Segment
from harness.simulation.world import FLUSH_MS, World


def send(client: Client, segment: Segment) -> Process:
    """The process, from the first request to the service's word that it holds every byte."""
    world, upload = client.world, segment.upload
    note, environment = world.note, world.environment
    yield from client.granted(Operation.UPLOAD_CREATE, upload)
    _offered(world, segment, "create")
    while True:
        yield from client.granted(Operation.UPLOAD_PATCH, upload)
        segment.began = world.now
        note(
            "service",
            PatchBegan(
                upload=upload, stream=segment.stream, segment=segment.number, offset=segment.offset, accepted=True
            ),
        )
        if segment.stopped is None:
            segment.wake = environment.event()
            yield segment.wake
        whole = segment.stopped is not None and client.up
        if whole:
            whole = yield from _flush(client, segment, segment.began)
        else:
            _arrived(world, segment, segment.began, whole=False)
        segment.began = None
        if whole:
            break
        _offered(world, segment, "patch", delivered=client.up)
        yield from client.granted(Operation.UPLOAD_HEAD, upload)
        _offered(world, segment, "head")
    _offered(world, segment, "patch")
    yield from client.granted(Operation.FINISH, upload)
    note(
        "service",
        Finished(
            upload=upload,
            stream=segment.stream,
            segment=segment.number,
            length=segment.offset,
            sha256=segment.sha256(),
            held=True,
        ),
    )
    segment.finished = True
    client.held()


def send_again(client: Client) -> None:
    """The candidate presses 【重新上传】: what waits for another try is tried at once, and what the service has lost is sent anew."""
    client.retry()
    lost = [each for tape in client.tapes.values() for each in tape.segments if each.finished and not each.offset]
    if lost:
        client.turn(Cause.SENT_ANEW)
    for segment in lost:
        segment.finished = False
        client.world.environment.process(send(client, segment))


def _flush(client: Client, segment: Segment, began: int) -> Generator[simpy.Event, object, bool]:
    """The last bytes of a recording that has stopped: whether all of them arrived before something came between."""
    world = client.world
    flushed_from = world.now
    takes = client.network.takes(client.role, segment.produced(flushed_from) - segment.offset)
    segment.wake = world.environment.event()
    timeout = world.environment.timeout(takes)
    yield timeout if takes <= FLUSH_MS else timeout | segment.wake
    whole = client.up and world.now >= flushed_from + takes
    _arrived(world, segment, began, whole=whole)
    if not whole:
        broken = client.gone_ms if client.gone_ms >= flushed_from else world.now
        missing = segment.produced(broken) - segment.offset
        _arrive(world, segment, segment.offset + missing * (broken - flushed_from) // takes, broken, began)
    return whole


def settle(world: World, segment: Segment) -> None:
    """The run is over: what the PATCH under way has brought so far is there."""
    if segment.began is not None:
        _arrived(world, segment, segment.began, whole=False)


def _offered(world: World, segment: Segment, reply_to: str, *, delivered: bool = True) -> None:
    world.note(
        "service",
        Offered(
            upload=segment.upload,
            stream=segment.stream,
            segment=segment.number,
            offset=segment.offset,
            reply_to="create" if reply_to == "create" else "head" if reply_to == "head" else "patch",
            delivered=delivered,
        ),
    )


def _arrived(world: World, segment: Segment, began: int, *, whole: bool) -> None:
    """Notes what this PATCH brought: the backlog at once, then a slice whenever one was full, at the end the rest."""
    now, step, rate = world.now, world.slice_ms, BYTES_PER_MS[segment.stream]
    last = now if segment.stopped is None else segment.stopped
    if began < last:
        _arrive(world, segment, segment.produced(began), began, began)
        at = segment.held_until + step
        if not world.slices:  # the whole slices at once, when the last of them was full
            at += max(0, (min(last, now - 1) - at) // step * step)
        while at <= last and (whole or at < now):
            _arrive(world, segment, (at - segment.started) * rate, at, began)
            at += step
    if whole:
        _arrive(world, segment, segment.produced(now), now, began)


def _arrive(world: World, segment: Segment, upto: int, at_ms: int, began: int) -> None:
    if upto <= segment.offset:
        return
    world.note(
        "service",
        Arrived(
            upload=segment.upload,
            stream=segment.stream,
            segment=segment.number,
            offset=segment.offset,
            length=upto - segment.offset,
            started_ms=began,
        ),
        at_ms=at_ms,
        until_ms=at_ms,
    )
    segment.offset = upto
