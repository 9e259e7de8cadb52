"""Clients inside the harness's own process: the factory that a manifest's `class` names, for virtual time.

Laws: importing is all that happens here; a name that leads nowhere is a `ManifestError`, and so is whatever a subject's module raises while
it is imported. A factory makes a sans-IO client (`harness.protocol.client`), which is not started. Called by the session's virtual world.
"""

from __future__ import annotations

import contextlib
import difflib
import importlib
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol, cast

from harness.core.errors import ManifestError
from harness.drivers.bounds import sentence
from harness.drivers.manifest import DeviceSubject
from harness.protocol.client import ClientCore


class Factory(Protocol):
    """What `class = "module:name"` must name: a class or a function.

    `home` is the client's own to fill, and the same after a kill; `sources` are its devices by id; `mint` makes ids. A phone's ticket is empty.
    A source whose `blank` is true gives pictures and sound like any other, and says that nobody will look at what is recorded of it: a client
    may record bytes that grow instead, calling `delivers(now)` (False: the device is gone) as often as it would take from the device.
    """

    def __call__(
        self, *, ticket: str, home: dict[str, Any], sources: Mapping[str, Any], mint: Callable[[], str]
    ) -> ClientCore:
        """The client, not started."""
        ...


def factory_of(subject: DeviceSubject) -> Factory:
    """The factory of one of a subject's clients, looked for on the path and in the manifest's folder. Raises `ManifestError`."""
    where = f"{subject.manifest}: {subject.role.value}.class"
    if not subject.class_path:
        raise ManifestError(f"{where} is missing, and virtual time needs it; add it, or choose another speed")
    module_name, _, name = subject.class_path.partition(":")
    module = _module(where, module_name, subject.here)
    factory = getattr(module, name, None)
    if callable(factory):
        return cast("Factory", factory)
    near = difflib.get_close_matches(name, [each for each in vars(module) if not each.startswith("_")], n=1)
    remedy = f"did you mean {near[0]!r}?" if near else "name a class or a function of it"
    raise ManifestError(f"{where} is {subject.class_path!r}, and {module_name} has no such class: {remedy}")


def _module(where: str, name: str, here: Path) -> ModuleType:
    with _importable(here):
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name is not None and f"{name}.".startswith(f"{error.name}."):
                raise ManifestError(
                    f"{where} names the module {name!r}, which is not to be found; install it or put it into {here}"
                ) from error
            raise ManifestError(f"{where}: importing {name!r} needs {error.name!r}; install it") from error
        except (Exception, SystemExit) as error:  # whatever a subject's module does
            what = f"{type(error).__name__}: {sentence(str(error))}"
            raise ManifestError(f"{where}: importing {name!r} failed ({what}); import it by hand to see why") from error


@contextlib.contextmanager
def _importable(here: Path) -> Iterator[None]:
    """The manifest's folder is searched last while the block runs."""
    path = str(here)
    sys.path.append(path)
    try:
        yield
    finally:
        sys.path.remove(path)
