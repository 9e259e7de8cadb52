"""What the fault proxy costs an undisturbed connection, beside the same connection without it.

Five interleaved runs over loopback, everything in one process: 100 MB one way, then 300 round trips of one byte. An upload of an
interview is 2 Mbit/s, so the proxy is cheap where it passes some hundred times that. Run: `python -m benchmarks.proxy`.
"""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import time
from typing import Final

from harness.network.proxy import FaultProxy

RUNS: Final = 5
BLOCK: Final = b"x" * (1 << 18)
BLOCKS: Final = 400
ROUND_TRIPS: Final = 300

Address = tuple[str, int]


async def sink(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while await reader.read(len(BLOCK)):
        pass
    writer.write(b".")
    writer.close()


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(64):
        writer.write(data)
    writer.close()


async def megabytes_per_s(address: Address) -> float:
    reader, writer = await asyncio.open_connection(*address)
    began = time.perf_counter()
    for _ in range(BLOCKS):
        writer.write(BLOCK)
        await writer.drain()
    writer.write_eof()
    await reader.read(-1)
    took = time.perf_counter() - began
    writer.close()
    await writer.wait_closed()
    return len(BLOCK) * BLOCKS / took / 1e6


async def round_trip_us(address: Address) -> float:
    reader, writer = await asyncio.open_connection(*address)
    began = time.perf_counter()
    for _ in range(ROUND_TRIPS):
        writer.write(b".")
        await reader.readexactly(1)
    took = time.perf_counter() - began
    writer.write_eof()
    await reader.read(-1)
    writer.close()
    await writer.wait_closed()
    return took / ROUND_TRIPS * 1e6


async def main() -> None:
    async with contextlib.AsyncExitStack() as stack:
        addresses: dict[str, dict[str, Address]] = {"without": {}, "proxy": {}}
        for name, serve in (("sink", sink), ("echo", echo)):
            server = await stack.enter_async_context(await asyncio.start_server(serve, "127.0.0.1", 0))
            addresses["without"][name] = server.sockets[0].getsockname()
            proxy = FaultProxy(addresses["without"][name], exam_now=lambda: 0)
            addresses["proxy"][name] = (await stack.enter_async_context(proxy)).address
        rates: dict[str, list[float]] = {"without": [], "proxy": []}
        trips: dict[str, list[float]] = {"without": [], "proxy": []}
        for _ in range(RUNS):
            for way, address in addresses.items():
                rates[way].append(await megabytes_per_s(address["sink"]))
                trips[way].append(await round_trip_us(address["echo"]))
    for what, unit, found in (("throughput", "MB/s", rates), ("round trip", "µs", trips)):
        peer, ours = statistics.median(found["without"]), statistics.median(found["proxy"])
        print(f"{what}: without {peer:.0f} {unit}, proxy {ours:.0f} {unit}, ratio {ours / peer:.2f}")


if __name__ == "__main__":
    asyncio.run(main())
