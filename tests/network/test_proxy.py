"""The fault proxy over real sockets on loopback: what each fault does to connections that live and to new ones, and what is observed."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import Awaitable, Callable

import pytest

from harness.core.errors import VivaError
from harness.core.events import Disturbed, Watched
from harness.core.view import Role
from harness.network.proxy import FaultProxy

PATIENCE = 20.0  # for anything to happen on a loaded machine
Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


# What a scene leaves open: closed, and let go of, when it is over.
LEFT_OPEN: list[asyncio.StreamWriter] = []


class Service:
    """An upstream that keeps what it gets, echoes it where it is asked to, and tells when a connection has ended."""

    def __init__(self, *, echoes: bool) -> None:
        self.echoes = echoes
        self.got: list[bytearray] = []
        self.pieces: list[int] = []
        self.arrived = asyncio.Condition()
        self.endings: asyncio.Queue[str] = asyncio.Queue()
        self.address = ("127.0.0.1", 0)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got = bytearray()
        self.got.append(got)
        ending = "closed"
        try:
            while data := await reader.read(1 << 16):
                got += data
                self.pieces.append(len(data))
                async with self.arrived:
                    self.arrived.notify_all()
                if self.echoes:
                    writer.write(data)
                    await writer.drain()
        except ConnectionError:
            ending = "reset"
        finally:
            self.endings.put_nowait(ending)
            writer.close()

    async def has(self, size: int) -> None:
        async with self.arrived:
            await self.arrived.wait_for(lambda: sum(map(len, self.got)) >= size)


class Clock:
    """Exam time, from an origin of its own, counted up each time it is asked."""

    def __init__(self) -> None:
        self.now_ms = -1_000

    def __call__(self) -> int:
        self.now_ms += 1
        return self.now_ms


def play(scene: Callable[[FaultProxy, Service], Awaitable[None]], *, echoes: bool = True) -> None:
    """Runs the scene between a service and a proxy; whatever it forgets is closed, and it has so long."""

    async def run() -> None:
        service = Service(echoes=echoes)
        server = await asyncio.start_server(service.serve, "127.0.0.1", 0)
        service.address = server.sockets[0].getsockname()
        async with (
            asyncio.timeout(PATIENCE),
            server,
            FaultProxy(service.address, exam_now=Clock(), role=Role.LAPTOP, seed=3) as proxy,
        ):
            try:
                await scene(proxy, service)
            finally:
                while LEFT_OPEN:
                    writer = LEFT_OPEN.pop()
                    writer.close()
                    await asyncio.gather(writer.wait_closed(), return_exceptions=True)

    asyncio.run(run())


async def connect(proxy: FaultProxy) -> Stream:
    stream = await asyncio.open_connection(*proxy.address)
    LEFT_OPEN.append(stream[1])
    return stream


async def echo(stream: Stream, data: bytes = b"ping") -> None:
    reader, writer = stream
    writer.write(data)
    assert await reader.readexactly(len(data)) == data


async def is_reset(stream: Stream) -> bool:
    try:
        return await stream[0].read(1) == b"never"
    except ConnectionError:
        return True


def test_bytes_pass_unchanged_both_ways_and_an_end_is_passed_on() -> None:
    async def scene(proxy: FaultProxy, service: Service) -> None:
        sent = random.Random(1).randbytes(3_000_000)
        reader, writer = await connect(proxy)

        async def send() -> None:
            writer.write(sent)
            await writer.drain()
            writer.write_eof()

        sending = asyncio.create_task(send())
        back = await reader.read(-1)
        await sending
        assert hashlib.sha256(back).digest() == hashlib.sha256(sent).digest()
        assert await service.endings.get() == "closed"
        writer.close()
        await writer.wait_closed()

    play(scene)


def test_many_connections_at_once_keep_apart() -> None:
    async def scene(proxy: FaultProxy, service: Service) -> None:
        async def one(number: int) -> None:
            stream = await connect(proxy)
            await echo(stream, f"{number:06}".encode() * 50)
            stream[1].close()

        await asyncio.gather(*(one(number) for number in range(100)))
        assert len(proxy.connections) == 100
        assert len(service.got) == 100

    play(scene)


def test_a_network_that_is_down_resets_what_lives_refuses_what_comes_and_is_back_on_the_same_port() -> None:
    async def scene(proxy: FaultProxy, service: Service) -> None:
        address = proxy.address
        stream = await connect(proxy)
        await echo(stream)
        async with proxy.disturbed("down"):
            assert await is_reset(stream)
            assert await service.endings.get() == "reset"
            with pytest.raises(ConnectionRefusedError):
                await connect(proxy)
        assert proxy.address == address
        await echo(await connect(proxy))

    play(scene)


def test_two_outages_that_overlap_last_until_both_are_over() -> None:
    async def scene(proxy: FaultProxy, service: Service) -> None:
        first, second = await proxy.disturb("down"), await proxy.disturb("down")
        await first.end()
        with pytest.raises(ConnectionRefusedError):
            await connect(proxy)
        await second.end()
        await second.end()  # harmless
        await echo(await connect(proxy))

    play(scene)


def test_a_fault_for_so_long_ends_by_itself() -> None:
    async def scene(proxy: FaultProxy, service: Service) -> None:
        await proxy.disturb("timeout", for_ms=300)
        stream = await connect(proxy)
        stream[1].write(b"into the hole")
        assert await is_reset(stream)  # when it is over
        assert service.got == []
        await echo(await connect(proxy))

    play(scene)


def test_in_a_half_open_network_nothing_moves_not_even_an_end() -> None:
    async def scene(proxy: FaultProxy, service: Service) -> None:
        living, leaving = await connect(proxy), await connect(proxy)
        await echo(living)
        await echo(leaving)
        standing = await proxy.disturb("timeout")
        fresh = await connect(proxy)
        living[1].write(b"half a request")
        leaving[1].close()
        waits = [asyncio.create_task(stream[0].read(1)) for stream in (living, fresh)]
        # Something that would have gone through, had anything: another proxy to the same service.
        async with FaultProxy(service.address, exam_now=Clock()) as other:
            await echo(await connect(other))
        assert not any(wait.done() for wait in waits)
        assert [bytes(got) for got in service.got[:2]] == [b"ping", b"ping"]
        await standing.end()
        results = await asyncio.gather(*waits, return_exceptions=True)
        assert all(isinstance(result, ConnectionResetError) for result in results)
        assert [bytes(got) for got in service.got[:2]] == [b"ping", b"ping"]
        # Of these one is the other proxy's; none is the end that a client made while nothing moved.
        assert [await service.endings.get() for _ in range(3)] == ["reset"] * 3
        await echo(await connect(proxy))

    play(scene)


def test_a_half_open_network_with_a_value_resets_after_it() -> None:
    async def scene(proxy: FaultProxy, service: Service) -> None:
        async with proxy.disturbed("timeout", 40):
            assert await is_reset(await connect(proxy))

    play(scene)


def test_a_peer_is_reset_at_once_or_after_so_long() -> None:
    async def scene(proxy: FaultProxy, service: Service) -> None:
        living = await connect(proxy)
        await echo(living)
        async with proxy.disturbed("reset_peer"):
            assert await is_reset(living)
            assert await service.endings.get() == "reset"
            assert await is_reset(await connect(proxy))
        async with proxy.disturbed("reset_peer", 400):
            later = await connect(proxy)
            await echo(later)
            assert await is_reset(later)
        await echo(await connect(proxy))

    play(scene)


def test_a_limit_lets_exactly_so_many_bytes_through_to_the_service() -> None:
    async def scene(proxy: FaultProxy, service: Service) -> None:
        living = await connect(proxy)
        living[1].write(b"a" * 1_000)
        await service.has(1_000)
        async with proxy.disturbed("limit_data", 70_000):
            living[1].write(b"b" * 200_000)
            assert await service.endings.get() == "closed"
            assert bytes(service.got[0]) == b"a" * 1_000 + b"b" * 70_000
            fresh = await connect(proxy)
            fresh[1].write(b"c" * 70_001)
            assert await service.endings.get() == "closed"
            assert len(service.got[1]) == 70_000
        assert [seen.ended for seen in proxy.connections] == ["limit", "limit"]

    play(scene, echoes=False)


def test_latency_delays_each_way_and_keeps_the_order() -> None:
    async def scene(proxy: FaultProxy, service: Service) -> None:
        loop = asyncio.get_running_loop()
        stream = await connect(proxy)
        await echo(stream)
        async with proxy.disturbed("latency", 60, jitter_ms=30):
            began = loop.time()
            await echo(stream, random.Random(2).randbytes(300_000))
            assert loop.time() - began >= 2 * 0.03

    play(scene)


def test_bandwidth_is_shared_by_all_connections() -> None:
    async def scene(proxy: FaultProxy, service: Service) -> None:
        loop = asyncio.get_running_loop()
        streams = [await connect(proxy) for _ in range(3)]
        await proxy.disturb("bandwidth", 200_000)
        began = loop.time()
        for _, writer in streams:
            writer.write(b"x" * 20_000)
        await service.has(60_000)
        assert loop.time() - began >= 0.29

    play(scene, echoes=False)


def test_a_bandwidth_that_is_lifted_lets_the_rest_through() -> None:
    async def scene(proxy: FaultProxy, service: Service) -> None:
        standing = await proxy.disturb("bandwidth", 1_000)  # 300 kB would take five minutes
        _, writer = await connect(proxy)
        writer.write(b"x" * 300_000)
        await service.has(20)
        await standing.end()
        await service.has(300_000)

    play(scene, echoes=False)


def test_a_slow_reader_holds_up_its_sender() -> None:
    async def scene(proxy: FaultProxy, service: Service) -> None:
        await proxy.disturb("bandwidth", 1_000)
        _, writer = await connect(proxy)
        writer.write(b"x" * 50_000_000)
        await service.has(20)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await writer.drain()
        writer.transport.abort()

    play(scene, echoes=False)


def test_a_slicer_delivers_small_pieces() -> None:
    async def scene(proxy: FaultProxy, service: Service) -> None:
        _, writer = await connect(proxy)
        async with proxy.disturbed("slicer", 7):
            writer.write(b"x" * 700)
            await service.has(700)
        assert max(service.pieces) < 700

    play(scene, echoes=False)


def test_a_slow_close_delays_the_end_of_a_connection() -> None:
    async def scene(proxy: FaultProxy, service: Service) -> None:
        loop = asyncio.get_running_loop()
        stream = await connect(proxy)
        await echo(stream)
        async with proxy.disturbed("slow_close", 80):
            began = loop.time()
            stream[1].close()
            assert await service.endings.get() == "closed"
            assert loop.time() - began >= 0.08

    play(scene)


def test_a_service_that_is_not_there_resets_and_one_that_came_back_elsewhere_is_found() -> None:
    async def scene(proxy: FaultProxy, service: Service) -> None:
        proxy.upstream = ("127.0.0.1", 1)
        assert await is_reset(await connect(proxy))
        proxy.upstream = service.address
        await echo(await connect(proxy))
        assert [seen.ended for seen in proxy.connections] == ["unreachable", None]

    play(scene)


def test_faults_and_connections_are_observed_in_exam_time() -> None:
    async def scene(proxy: FaultProxy, service: Service) -> None:
        stream = await connect(proxy)
        await echo(stream, b"12345")
        async with proxy.disturbed("latency", 1):
            pass
        await proxy.disturb("down")
        assert await is_reset(stream)
        latency, down, watched = proxy.observations()
        assert latency.data == Disturbed(kind="latency", role=Role.LAPTOP, value=1)
        assert down.data == Disturbed(kind="down", role=Role.LAPTOP)
        assert watched.data == Watched(what="network")
        assert watched.at_ms < latency.at_ms < latency.end_ms < down.at_ms <= down.end_ms <= watched.end_ms
        (seen,) = proxy.connections
        assert (seen.up_bytes, seen.down_bytes, seen.ended) == (5, 5, "reset")
        assert seen.closed_ms is not None
        assert -1_000 < seen.opened_ms < latency.at_ms
        assert down.at_ms < seen.closed_ms

    play(scene)


def test_leaving_the_proxy_closes_everything_and_ends_what_stood() -> None:
    async def scene(proxy: FaultProxy, service: Service) -> None:
        async with FaultProxy(service.address, exam_now=Clock()) as other:
            address = other.address
            stream = await connect(other)
            await echo(stream)
            await other.disturb("bandwidth", 5, for_ms=60_000)
        assert await is_reset(stream)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(*address)
        assert [event.end_ms - event.at_ms > 0 for event in other.observations()] == [True, True]

    play(scene)


def test_a_fault_that_makes_no_sense_is_refused_and_changes_nothing() -> None:
    async def scene(proxy: FaultProxy, service: Service) -> None:
        with pytest.raises(VivaError, match="use 1 or more"):
            await proxy.disturb("bandwidth", 0)
        await echo(await connect(proxy))
        assert len(proxy.observations()) == 1

    play(scene)
