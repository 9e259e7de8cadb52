"""A door with a certificate that nobody should trust: TLS ends here, and what a client sends all the same goes on to the fault proxy.

The certificate is self-signed, for this machine's own address, made anew each time and trusted by no system. What clients make of it is told:
`refused` (no handshake), `completed` (a handshake and nothing more), `used` (a request came), `plaintext` (a request without TLS came).
One door a role and scenario, on loopback. Called by the session.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import ipaddress
import ssl
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from harness.core.errors import HarnessError
from harness.core.events import TlsOutcome

CHUNK: Final = 16_384
HANDSHAKE_S: Final = 5.0
DAYS: Final = 2  # a certificate is made for one run

Told = Callable[[TlsOutcome], None]


def self_signed(now: dt.datetime) -> tuple[bytes, bytes]:
    """A certificate for 127.0.0.1 and localhost that vouches for itself, and its key; both PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    own = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.IPv4Address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=DAYS))
        .not_valid_after(now + dt.timedelta(days=DAYS))
        .add_extension(x509.SubjectAlternativeName(own), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return certificate.public_bytes(pem), private


def server_context(now: dt.datetime) -> ssl.SSLContext:
    """A server's context with such a certificate."""
    certificate, key = self_signed(now)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory(prefix="viva-") as folder:
        file = Path(folder) / "certificate.pem"
        file.touch(0o600)
        file.write_bytes(certificate + key)
        context.load_cert_chain(file)
    return context


class TlsDoor:
    """`async with TlsDoor(upstream, context, told) as door:`, and `door.address` is where it stands: (host, port)."""

    def __init__(self, upstream: tuple[str, int], context: ssl.SSLContext, told: Told) -> None:
        self._upstream = upstream
        self._context = context
        self._told = told
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> TlsDoor:
        try:
            self._server = await asyncio.start_server(self._accepted, "127.0.0.1", 0)
        except OSError as error:
            raise HarnessError(f"the TLS door can't listen on 127.0.0.1 ({error}); free some ports or files") from error
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens. Raises RuntimeError before it was entered."""
        if self._server is None:
            raise RuntimeError("the door was not entered")
        host, port = self._server.sockets[0].getsockname()
        return host, port

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # asyncio runs each connection in one
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            await self._serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # either side is gone
        finally:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await writer.start_tls(self._context, ssl_handshake_timeout=HANDSHAKE_S)
        except ssl.SSLError as error:
            self._told("plaintext" if error.reason == "HTTP_REQUEST" else "refused")
            return
        except OSError:  # hung up in the middle
            self._told("refused")
            return
        first = await reader.read(CHUNK)
        self._told("used" if first else "completed")
        if not first:
            return
        inward, outward = await asyncio.open_connection(*self._upstream)
        outward.write(first)
        async with asyncio.TaskGroup() as ways:
            ways.create_task(_pass(reader, outward))
            ways.create_task(_pass(inward, writer))


async def _pass(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(CHUNK):
        sink.write(data)
        await sink.drain()
    with contextlib.suppress(OSError):
        sink.close()
