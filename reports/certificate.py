"""The certificate: a signed statement that one build kept every MUST, and its check, which needs nothing but the files.

`certificate.json` holds the statement exactly as it was signed, an Ed25519 signature (RFC 8032) and the public key; the statement holds the
SHA-256 of the `results.json` beside it. Laws: none is granted while a MUST is anything but kept; a check believes no field that the signature
or the digest does not cover, and recomputes the statement from the results. The key shows that the certificate is whole, and who issued it
only to those who know the issuer's fingerprint. Called by the command.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import tempfile
from pathlib import Path
from typing import Final, Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from harness.core.errors import VivaError
from harness.core.plan import Speed, Track
from harness.core.verdict import SEVERITY
from reports import results as res
from reports.words import VERDICTS, Words

SCHEMA: Final = "viva-certificate/1"
FILE: Final = "certificate.json"
KEY_FILE: Final = "certificate-key.pem"


class Statement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is signed: this build, at this exam, kept these requirements, as the results of that digest say."""

    subject: str
    vendor: str
    version: str
    driver: str
    exam: str
    tracks: tuple[Track, ...]
    speed: Speed
    suite: str
    judged: str  # when the run began, ISO 8601
    kept: tuple[str, ...]
    results_sha256: str


class Bundle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file: `statement` is the text of a `Statement`, byte for byte as signed; the rest is base64."""

    schema: Literal["viva-certificate/1"] = SCHEMA
    statement: str
    public_key: str
    signature: str


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a certificate is genuine, in one sentence; `statement` only where it is."""

    genuine: bool
    sentence: str
    fingerprint: str = ""
    statement: Statement | None = None


class Obstacle(msgspec.Struct, frozen=True, kw_only=True):
    """One reason why no certificate is granted, with the requirements it is about."""

    why: Words
    ids: tuple[str, ...] = ()


def withheld(results: res.Results) -> tuple[Obstacle, ...]:
    """Why no certificate is granted, the worst first; empty where it is."""
    reasons = []
    if res.too_late(results.suite):
        share = f"{results.suite.undecided}/{results.suite.scenarios}"
        why = Words(
            f"评测机过慢：{share} 个场景须重做才有定论",
            f"the machine was too slow: {share} scenarios had to be played again",
        )
        reasons.append(Obstacle(why=why))
    for outcome in reversed(SEVERITY):
        ids = tuple(each.id for each in results.requirements if each.level == "MUST" and each.verdict == outcome)
        if ids and outcome != "kept":
            word = VERDICTS[outcome]
            why = Words(f"{len(ids)} 项“须”{word.zh}", f"{len(ids)} MUST {word.en}")
            reasons.append(Obstacle(why=why, ids=ids))
    return tuple(reasons)


def issue(results: res.Results, text: bytes, key: Ed25519PrivateKey) -> bytes | None:
    """The text of `certificate.json` for the results whose file is `text`; None where a MUST is not kept."""
    if withheld(results):
        return None
    statement = msgspec.json.encode(_statement(results, text))
    bundle = Bundle(
        statement=statement.decode(),
        public_key=base64.b64encode(key.public_key().public_bytes_raw()).decode(),
        signature=base64.b64encode(key.sign(statement)).decode(),
    )
    return msgspec.json.format(msgspec.json.encode(bundle), indent=1) + b"\n"


def _statement(results: res.Results, text: bytes) -> Statement:
    return Statement(
        subject=results.subject.name,
        vendor=results.subject.vendor,
        version=results.subject.version,
        driver=results.subject.driver,
        exam=results.exam,
        tracks=results.tracks,
        speed=results.speed,
        suite=results.suite.version,
        judged=results.suite.started,
        kept=tuple(each.id for each in results.requirements if each.verdict == "kept"),
        results_sha256=hashlib.sha256(text).hexdigest(),
    )


def fingerprint(public_key: bytes) -> str:
    """What an issuer publishes: SHA-256 of the raw public key, its first 16 hex digits in groups of four."""
    digest = hashlib.sha256(public_key).hexdigest()[:16]
    return ":".join(digest[at : at + 4] for at in range(0, 16, 4))


def verify(path: Path, issuer: str = "") -> Verification:
    """Checks a certificate (its file, or the folder it stands in) against the `results.json` beside it, offline.

    `issuer` is the fingerprint it has to bear, if the caller knows it. Raises `VivaError` where there is no such file to check.
    """
    file = path / FILE if path.is_dir() else path
    raw = _read(file, "name a certificate.json, or the folder it stands in")
    try:
        statement, mark = _signed(file, raw)
        if issuer and issuer.lower() != mark:
            raise _NotGenuineError(f"{file} was signed by {mark}, not by {issuer}")
        _backed(file, statement)
    except _NotGenuineError as error:
        return Verification(genuine=False, sentence=str(error))
    return Verification(
        genuine=True,
        sentence=f"Genuine: {statement.subject} {statement.version} kept every MUST of {statement.exam} "
        f"({', '.join(statement.tracks)}; {statement.speed}), signed by {mark}",
        fingerprint=mark,
        statement=statement,
    )


class _NotGenuineError(Exception):
    """One sentence: what does not fit."""


def _signed(file: Path, raw: bytes) -> tuple[Statement, str]:
    """The statement that the signature covers, and the fingerprint of who signed it."""
    try:
        bundle = msgspec.json.decode(raw, type=Bundle)
        public_key = base64.b64decode(bundle.public_key, validate=True)
        signature = base64.b64decode(bundle.signature, validate=True)
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, bundle.statement.encode())
        return msgspec.json.decode(bundle.statement, type=Statement), fingerprint(public_key)
    except InvalidSignature as error:
        raise _NotGenuineError(
            f"{file} was changed after it was signed: its signature does not fit its statement"
        ) from error
    except ValueError as error:  # what msgspec, base64 and the reader of keys raise on a text that is none of ours
        raise _NotGenuineError(
            f"{file} is not a certificate of Viva, or was changed after it was signed ({error})"
        ) from error


def _backed(file: Path, statement: Statement) -> None:
    """The results beside the certificate are those certified, and say what it says."""
    beside = file.parent / res.FILE
    text = _read(beside, f"keep the {res.FILE} of the run beside its certificate")
    if hashlib.sha256(text).hexdigest() != statement.results_sha256:
        raise _NotGenuineError(
            f"{beside} was changed after the certificate was signed: its digest is not the certified one"
        )
    try:
        results = msgspec.json.decode(text, type=res.Results)
    except ValueError as error:
        raise _NotGenuineError(f"{beside} was signed, but holds no results of Viva ({error})") from error
    if withheld(results) or _statement(results, text) != statement:
        raise _NotGenuineError(f"{file} says what its results do not: whoever signed it did not use Viva's own rules")


def _read(file: Path, remedy: str) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise VivaError(f"{file} can't be read ({error.strerror}); {remedy}") from error


def signing_key(folder: Path) -> Ed25519PrivateKey:
    """The key of an installation, made on first use and readable by its owner only. Raises `VivaError`."""
    file = folder / KEY_FILE
    try:
        if not file.exists():
            _make_key(file)
        key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    except OSError as error:
        raise VivaError(
            f"The signing key {file} can't be made or read ({error.strerror}); name another folder"
        ) from error
    except ValueError as error:
        raise VivaError(f"{file} holds no private key in PEM; move it away, and a new one is made") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise VivaError(f"{file} holds a key of another kind than Ed25519; move it away, and a new one is made")
    return key


def _make_key(file: Path) -> None:
    """Written aside and linked into place, so that two runs at once agree on one key and none reads half of it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    text = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    descriptor, aside = tempfile.mkstemp(dir=file.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(text)
        with contextlib.suppress(FileExistsError):
            os.link(aside, file)
    finally:
        Path(aside).unlink()
