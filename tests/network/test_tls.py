"""The door with a certificate that nobody should trust: what each kind of client makes of it is told, and trusting ones get through."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import ssl

from harness.core.events import TlsOutcome
from harness.network.tls import TlsDoor, self_signed, server_context

NOW = dt.datetime.now(dt.UTC)
REQUEST = b"GET /v1/time HTTP/1.1\r\nhost: localhost\r\n\r\n"


def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


async def met(trust: ssl.SSLContext | None, say: bytes) -> tuple[list[TlsOutcome], bytes]:
    """What the door tells of one client, and what came to the other side of it."""
    outcomes: list[TlsOutcome] = []
    told, came, arrived = asyncio.Event(), bytearray(), asyncio.Event()

    async def upstream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.extend(await reader.read(1_000))
        arrived.set()
        writer.write(b"well")
        writer.close()

    def tell(outcome: TlsOutcome) -> None:
        outcomes.append(outcome)
        told.set()

    behind = await asyncio.start_server(upstream, "127.0.0.1", 0)
    async with behind, TlsDoor(behind.sockets[0].getsockname(), server_context(NOW), tell) as door:
        name = "localhost" if trust is not None else None
        with contextlib.suppress(ssl.SSLError, ConnectionError):
            reader, writer = await asyncio.open_connection(*door.address, ssl=trust, server_hostname=name)
            writer.write(say)
            if say and trust is not None:
                assert await reader.read(4) == b"well"
                await arrived.wait()
            if not say:
                writer.close()
            await told.wait()
            writer.close()
        await told.wait()
    return outcomes, bytes(came)


def test_a_client_that_verifies_gives_up_and_nothing_gets_through() -> None:
    assert asyncio.run(met(ssl.create_default_context(), REQUEST)) == (["refused"], b"")


def test_a_client_that_trusts_anything_gets_through_and_is_told_of() -> None:
    assert asyncio.run(met(trusting(), REQUEST)) == (["used"], REQUEST)


def test_a_client_that_completes_the_handshake_and_goes_has_sent_nothing() -> None:
    assert asyncio.run(met(trusting(), b"")) == (["completed"], b"")


def test_a_request_without_tls_is_told_apart_and_goes_nowhere() -> None:
    assert asyncio.run(met(None, REQUEST)) == (["plaintext"], b"")


def test_one_door_s_certificate_is_worth_nothing_at_another() -> None:
    pinned = ssl.create_default_context(cadata=self_signed(NOW)[0].decode())
    assert asyncio.run(met(pinned, REQUEST)) == (["refused"], b"")
