"""A subject's manifest, `client.toml`: who the client under test is, and how its laptop and its phone are started.

Laws: reading starts nothing and imports nothing of the subject's; every mistake is one sentence that names file, field, value and
remedy (`ManifestError`); what comes out has its placeholders filled and its command found. Called by the commands and the session.

    name = "Example"                             vendor, version: texts
    pages = "{here}/dist"                        web: a folder that the harness serves below {service}/pages/ (left out: the bundled pages)
    [laptop]                                     and [phone]
    driver = "process"                           or "python", "web"
    command = ["{python}", "-m", "example"]      process; {python}, {root} (Viva's checkout), {here} (this file's folder)
    class = "example.laptop:Laptop"              python, and virtual time
    env = { EXAMPLE_HOME = "{here}/data" }
    url = "{service}/pages/laptop/"              web; {service} is the exam service's address as this client reaches it
    labels = { login = "Sign in" }               web: the page's own words for ours, see drivers/web/words.py
    [unsupported]
    PREP-4 = "the tablet has no battery gauge"   requirement → why
"""

from __future__ import annotations

import difflib
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Final

import msgspec

from harness.core.errors import ManifestError, VivaError
from harness.core.view import Role
from harness.drivers.web.words import words_of
from harness.rules.requirement import requirement

FILE_NAME: Final = "client.toml"
MAX_FILE: Final = 1 << 16  # bytes; ours have less than 1 KiB
MAX_NAME: Final = 80  # characters: what one line of a report or certificate holds
MAX_WHY: Final = 400
ROOT: Final = Path(__file__).resolve().parents[2]
DRIVERS: Final = ("process", "python", "web")
_CLASS: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PLACEHOLDER: Final = re.compile(r"\{(\w*)\}")


class _Device(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[laptop]` or `[phone]` as it is written."""

    driver: str
    command: tuple[str, ...] = ()
    class_: str = msgspec.field(name="class", default="")
    env: dict[str, str] = {}
    url: str = ""
    labels: dict[str, str] = {}


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`client.toml` as it is written."""

    name: str
    vendor: str
    version: str
    laptop: _Device
    phone: _Device
    pages: str = ""
    unsupported: dict[str, str] = {}


class DeviceSubject(msgspec.Struct, frozen=True, kw_only=True):
    """How one of a subject's two clients is started; placeholders are filled, `command[0]` is a file that can be executed."""

    role: Role
    driver: str
    command: tuple[str, ...] = ()
    class_path: str = ""  # "module:Class"; empty: it can't be played in virtual time
    env: dict[str, str] = {}
    url: str = ""
    labels: dict[str, str] = {}
    here: Path
    manifest: Path


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """The client under test: `path` is its manifest; `unsupported` maps a requirement to why it lacks it; `pages` is a folder that is
    served below {service}/pages/ (None: the bundled one), `overlay` one of files that are served in place of those.
    """

    name: str
    vendor: str
    version: str
    path: Path
    laptop: DeviceSubject
    phone: DeviceSubject
    unsupported: dict[str, str] = {}
    pages: Path | None = None
    overlay: Path | None = None

    def device(self, role: Role) -> DeviceSubject:
        """The client of that role."""
        return self.laptop if role.device is Role.LAPTOP else self.phone


def load(path: str | Path) -> Subject:
    """The subject in a folder with a `client.toml`, or in that file itself. Raises `ManifestError`."""
    file = _find(Path(path))
    written = _read(file)
    for field in ("name", "vendor", "version"):
        _check_text(file, field, getattr(written, field), MAX_NAME)
    for identifier, why in written.unsupported.items():
        try:
            requirement(identifier)
        except VivaError as error:
            raise ManifestError(f"{file}: [unsupported] names {_short(identifier)}: {error}") from error
        _check_text(file, f"unsupported.{identifier}", why, MAX_WHY)
    return Subject(
        name=written.name,
        vendor=written.vendor,
        version=written.version,
        path=file,
        laptop=_resolve(file, Role.LAPTOP, written.laptop),
        phone=_resolve(file, Role.PHONE, written.phone),
        pages=_pages(file, written.pages),
        unsupported=written.unsupported,
    )


def _find(path: Path) -> Path:
    if path.is_dir():
        file = path / FILE_NAME
        if not file.is_file():
            raise ManifestError(f"{path}: holds no {FILE_NAME}; write one there, or name the file itself")
    elif path.is_file():
        file = path
    else:
        raise ManifestError(f"{path}: there is no such folder or file; name a client's folder or its {FILE_NAME}")
    return file.resolve()


def _read(file: Path) -> _File:
    try:
        with file.open("rb") as stream:
            text = stream.read(MAX_FILE + 1)
    except OSError as error:
        raise ManifestError(f"{file}: can't be read ({error.strerror}); make it readable") from error
    if len(text) > MAX_FILE:
        raise ManifestError(f"{file}: is longer than {MAX_FILE} bytes; a manifest is a page of TOML, name another file")
    try:
        return msgspec.toml.decode(text, type=_File)
    except msgspec.ValidationError as error:
        raise ManifestError(f"{file}: {_explain(str(error))}") from error
    except (msgspec.DecodeError, ValueError) as error:
        raise ManifestError(f"{file}: is not TOML ({error}); compare it with clients/headless/{FILE_NAME}") from error


def _explain(problem: str) -> str:
    """The decoder's sentence as field and remedy, with the nearest known key where one was unknown."""
    what, _, where = problem.partition(" - at `$")
    place = where.rstrip("`").lstrip(".")
    within = f"[{place}]" if place else "the top of the file"
    if match := re.search(r"unknown field `(.*)`", what, re.DOTALL):
        keys = _keys(_Device if place else _File)
        near = difflib.get_close_matches(match[1], keys, n=1)
        remedy = f"did you mean {near[0]!r}?" if near else f"take it out; its keys are {', '.join(keys)}"
        return f"{within} has the key {_short(match[1])}, which a manifest doesn't know: {remedy}"
    if match := re.search(r"missing required field `(.*)`", what):
        return f"{within} lacks {match[1]!r}; add it"
    return f"{place or 'the file'}: {what[:200]}; correct it"


def _keys(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    return tuple(field.encode_name for field in msgspec.structs.fields(kind))


def _short(text: str) -> str:
    return repr(text if len(text) <= MAX_NAME else f"{text[:MAX_NAME]}…")


def _check_text(file: Path, field: str, value: str, limit: int) -> None:
    if not value.strip():
        raise ManifestError(f"{file}: {field} is empty; say it in words")
    if len(value) > limit:
        raise ManifestError(f"{file}: {field} is {len(value)} characters long; shorten it to {limit}")
    if not value.isprintable():
        raise ManifestError(f"{file}: {field} is {_short(value)}; take out the characters that can't be printed")


def _resolve(file: Path, role: Role, written: _Device) -> DeviceSubject:
    field = role.value
    if written.driver not in DRIVERS:
        near = difflib.get_close_matches(written.driver, DRIVERS, n=1)
        remedy = f"did you mean {near[0]!r}?" if near else "use 'process', 'python' or 'web'"
        raise ManifestError(f"{file}: {field}.driver is {_short(written.driver)}, which is no driver: {remedy}")
    if written.driver == "web":
        _check_web(file, role, written)
    if written.class_ and not _CLASS.fullmatch(written.class_):
        raise ManifestError(f"{file}: {field}.class is {_short(written.class_)}; write it as 'package.module:Class'")
    if written.driver == "python" and not written.class_:
        raise ManifestError(
            f"{file}: [{field}] has the driver 'python' and no class; add class = 'package.module:Class'"
        )
    if written.driver == "process" and not written.command:
        raise ManifestError(f"{file}: [{field}] has the driver 'process' and no command; add command = ['program', …]")
    for name in written.env:
        if not _VARIABLE.fullmatch(name):
            raise ManifestError(f"{file}: {field}.env names {_short(name)}; use letters, digits and underscores")
    here = file.parent
    command = tuple(_fill(file, f"{field}.command", part, here) for part in written.command)
    if command:
        command = (_executable(file, f"{field}.command", command[0], here), *command[1:])
    return DeviceSubject(
        role=role,
        driver=written.driver,
        command=command,
        class_path=written.class_,
        env={name: _fill(file, f"{field}.env.{name}", value, here) for name, value in written.env.items()},
        url=written.url,
        labels=written.labels,
        here=here,
        manifest=file,
    )


def _check_web(file: Path, role: Role, written: _Device) -> None:
    field = role.value
    if not written.url:
        raise ManifestError(
            f"{file}: [{field}] has the driver 'web' and no url; add url = 'https://…', or '{{service}}/pages/{field}/'"
        )
    unknown = [name for name in _PLACEHOLDER.findall(written.url) if name != "service"]
    if unknown:
        raise ManifestError(f"{file}: {field}.url has the placeholder '{{{unknown[0]}}}'; use {{service}}")
    address = written.url.replace("{service}", "http://127.0.0.1", 1)
    if not address.startswith(("http://", "https://")) or "\0" in address or not address.isprintable():
        raise ManifestError(
            f"{file}: {field}.url is {_short(written.url)}; begin it with http://, https:// or {{service}}"
        )
    try:
        words_of(role, written.labels)
    except ManifestError as error:
        raise ManifestError(f"{file}: {error}") from error


def _pages(file: Path, written: str) -> Path | None:
    if not written:
        return None
    folder = file.parent / _fill(file, "pages", written, file.parent)
    if not folder.is_dir():
        raise ManifestError(
            f"{file}: pages is {_short(written)}, which is no folder; build the pages first or correct it"
        )
    return folder.resolve()


def _fill(file: Path, field: str, text: str, here: Path) -> str:
    if "\0" in text:
        raise ManifestError(f"{file}: {field} holds a NUL character, which no program can be given; take it out")
    known = {"python": sys.executable, "root": str(ROOT), "here": str(here)}

    def value(match: re.Match[str]) -> str:
        if match[1] not in known:
            raise ManifestError(
                f"{file}: {field} has the placeholder {match[0]!r}; use {{python}}, {{root}} or {{here}}"
            )
        return known[match[1]]

    return _PLACEHOLDER.sub(value, text)


def _executable(file: Path, field: str, program: str, here: Path) -> str:
    """The program's path: names without a slash are looked up on PATH, relative paths count from the manifest's folder."""
    if "/" not in program:
        found = shutil.which(program)
        if found is None:
            raise ManifestError(
                f"{file}: {field} starts {_short(program)}, which is not on PATH; install it or write its path"
            )
        return found
    path = here / program
    if not path.is_file():
        raise ManifestError(
            f"{file}: {field} starts {_short(program)}, which is no file; build it first or correct the path"
        )
    if not os.access(path, os.X_OK):
        raise ManifestError(f"{file}: {field} starts {_short(program)}, which can't be executed; run chmod +x on it")
    return str(path)
