"""Every certificate is taken, whoever vouches for it."""

from __future__ import annotations

import ssl

from clients.headless.in_process import factories

BREAKS = "PRIV-5"
SPEED = "scaled"  # there is no TLS in virtual time


def trusting(*given: object) -> object:
    """The shell that verifies nothing; made when a process opens its client."""
    from harness.protocol.shell import Shell  # noqa: PLC0415 - HTTP takes most of an interpreter's start

    class Trusting(Shell):
        def trust(self) -> ssl.SSLContext:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            return context

    return Trusting(*given)  # type: ignore[arg-type]  # handed on as they came


laptop, phone = factories(shell=trusting)
