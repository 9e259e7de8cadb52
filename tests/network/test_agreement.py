"""The fault proxy over sockets and the direct network of virtual time mean the same by each fault: two oracles, one exchange."""

from __future__ import annotations

import asyncio

import pytest

from harness.network.direct import DirectNetwork, head_size
from harness.network.faults import Disturbance, Fault, Schedule
from harness.network.proxy import FaultProxy
from harness.protocol.client import Failure
from harness.protocol.messages import Request, Response

PATIENCE = 20.0  # for anything to happen on a loaded machine
REQUEST = Request(method="PATCH", path="/v1/uploads/1", body=b"x" * 100_000)
HEAD = b"h" * head_size(REQUEST)
WHOLE = len(HEAD) + len(REQUEST.body)


async def over_sockets(fault: Fault | None, for_ms: int | None, stall_ms: int) -> tuple[Failure | None, int]:
    """What the client learns, and how many bytes of head and body the service has in the end."""
    got = 0
    ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal got
        try:
            while data := await reader.read(65_536):
                got += len(data)
                if got == WHOLE:
                    writer.write(b"ok")
        except ConnectionError:
            pass
        finally:
            writer.close()
            ended.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with asyncio.timeout(PATIENCE), server:
        async with FaultProxy(server.sockets[0].getsockname(), exam_now=lambda: 0) as proxy:
            if fault is not None:
                await proxy.disturb(fault.kind, fault.value, for_ms=for_ms)
            learned = await exchange(proxy.address, stall_ms)
        if proxy.connections and proxy.connections[0].up_bytes:
            await ended.wait()
    return learned, got


async def exchange(address: tuple[str, int], stall_ms: int) -> Failure | None:
    try:
        reader, writer = await asyncio.open_connection(*address)
    except ConnectionRefusedError:
        return "unreachable"
    try:
        writer.write(HEAD + REQUEST.body)
        await writer.drain()
        async with asyncio.timeout(stall_ms / 1_000):
            return None if await reader.readexactly(2) == b"ok" else "reset"
    except TimeoutError:
        return "timeout"
    except (ConnectionError, asyncio.IncompleteReadError):
        return "reset"
    finally:
        writer.transport.abort()


def in_virtual_time(fault: Fault | None, for_ms: int | None, stall_ms: int) -> tuple[Failure | None, int]:
    known = [] if fault is None else [Disturbance(fault, 0, for_ms)]
    found = DirectNetwork(Schedule(known)).deliver(
        0, REQUEST, timeout_ms=stall_ms, handle=lambda arrived: (arrived.request_arrives_ms or 0, Response(status=204))
    )
    return found.failure, 0 if found.body_bytes is None else len(HEAD) + found.body_bytes


LONG = 10_000


@pytest.mark.parametrize(
    ("fault", "for_ms", "stall_ms", "learned"),
    [
        (None, None, LONG, None),
        (Fault("down"), None, LONG, "unreachable"),
        (Fault("reset_peer"), None, LONG, "reset"),
        (Fault("timeout"), None, 200, "timeout"),
        (Fault("timeout"), 300, LONG, "reset"),
        (Fault("timeout", 100), None, LONG, "reset"),
        (Fault("latency", 30), None, LONG, None),
        (Fault("latency", 400), None, 200, "timeout"),
        (Fault("bandwidth", 400_000), None, LONG, None),
        (Fault("slicer", 1_000), None, LONG, None),
        (Fault("slow_close", 50), None, LONG, None),
        (Fault("limit_data", 40_000), None, LONG, "reset"),
    ],
    ids=lambda value: repr(value) if isinstance(value, Fault) else str(value),
)
def test_both_networks_agree_on_what_a_fault_does(
    fault: Fault | None, for_ms: int | None, stall_ms: int, learned: Failure | None
) -> None:
    failure, size = asyncio.run(over_sockets(fault, for_ms, stall_ms))
    expected, virtual_size = in_virtual_time(fault, for_ms, stall_ms)
    assert failure == expected == learned
    if fault is not None and fault.kind == "limit_data":
        assert size == fault.value
        assert abs(size - virtual_size) < 2_500  # virtual time cuts between two milliseconds
    elif learned != "timeout":  # how much a client that gave up has got through is a race over sockets
        assert size == virtual_size
