"""A way to a service that breaks once: after so many bytes towards it, both connections are reset; later ones are left alone."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from types import TracebackType


class CuttingRelay:
    """`with CuttingRelay(address, after=100_000) as relay:` and `relay.url`."""

    def __init__(self, upstream: tuple[str, int], after: int) -> None:
        self._upstream = upstream
        self._left: int | None = after
        self.cuts = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> CuttingRelay:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in self._open:
            sock.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                service = socket.create_connection(self._upstream)
                self._open += [client, service]
                threading.Thread(target=self._carry, args=(client, service, True), daemon=True).start()
                threading.Thread(target=self._carry, args=(service, client, False), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, counted: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(16_384):
                sink.sendall(data)
                if counted and self._left is not None:
                    self._left -= len(data)
                    if self._left <= 0:
                        self._left = None
                        self.cuts += 1
                        for sock in (source, sink):
                            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                        break
            for sock in (source, sink):
                sock.shutdown(socket.SHUT_RDWR)
                sock.close()
