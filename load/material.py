"""What a synthetic recording is made of: bytes that look random and are all known from (seed, candidate, stream).

Laws: the byte at an offset is the same however it is read, so any stretch of what a service holds can be checked without having kept
what was sent; two recordings share no stretch. The bytes are an AES-CTR key stream, which two cores make faster than loopback carries it.
Called by the uploads while they send, and by the check afterwards.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

CHUNK: Final = 1 << 20  # bytes made at once where a whole recording is gone through
_BLOCK: Final = 16  # AES


class Material:
    """The endless bytes of one recording. `label` names it within the seed."""

    def __init__(self, seed: int, label: str) -> None:
        self._key = hashlib.sha256(f"viva-material/{seed}/{label}".encode()).digest()[:16]

    def read(self, offset: int, length: int) -> bytes:
        """`length` bytes from `offset` on."""
        first, skipped = divmod(offset, _BLOCK)
        counter = modes.CTR(first.to_bytes(_BLOCK, "big"))
        stream = Cipher(algorithms.AES(self._key), counter).encryptor().update(bytes(skipped + length))
        return stream[skipped:]

    def chunks(self, length: int) -> Iterator[bytes]:
        """The first `length` bytes, a chunk at a time."""
        for at in range(0, length, CHUNK):
            yield self.read(at, min(CHUNK, length - at))

    def sha256(self, length: int) -> str:
        """Of the first `length` bytes, lower-case hexadecimal."""
        digest = hashlib.sha256()
        for chunk in self.chunks(length):
            digest.update(chunk)
        return digest.hexdigest()
