"""The factory that a manifest names: found on the path or beside the manifest, and every name that leads nowhere is said."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
import pytest

from harness.core.errors import ManifestError
from harness.drivers.in_process import factory_of
from harness.drivers.manifest import DeviceSubject
from tests.drivers.miniatures import subject


def named(here: Path, path: str) -> DeviceSubject:
    return msgspec.structs.replace(subject((), here=here), class_path=path)


def test_a_class_on_the_path_is_found(tmp_path: Path) -> None:
    found: object = factory_of(named(tmp_path, "pathlib:Path"))
    assert found is Path


def test_a_module_beside_the_manifest_is_found_and_the_path_is_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "viva_test_beside.py").write_text("def make(): return 'made'\n")
    before = list(sys.path)
    factory = factory_of(named(tmp_path, "viva_test_beside:make"))
    assert factory.__name__ == "make"  # type: ignore[attr-defined] # a function has a name
    assert sys.path == before


@pytest.mark.parametrize(
    ("source", "path", "words"),
    [
        ("", "", r"laptop\.class is missing, and virtual time needs it"),
        ("", "viva_test_nowhere:Laptop", "names the module 'viva_test_nowhere', which is not to be found"),
        ("", "viva_test_a.deeper:Laptop", "which is not to be found"),
        ("class Laptop: ...", "viva_test_b:Laptpo", "has no such class: did you mean 'Laptop'"),
        ("Laptop = 3", "viva_test_c:Laptop", "has no such class"),
        ("import viva_test_missing", "viva_test_d:Laptop", "needs 'viva_test_missing'; install it"),
        ("1 / 0", "viva_test_e:Laptop", r"failed \(ZeroDivisionError: 'division by zero'\)"),
        ("raise SystemExit(3)", "viva_test_f:Laptop", "SystemExit"),
        ("def", "viva_test_g:Laptop", "SyntaxError"),
    ],
)
def test_a_name_that_leads_nowhere_is_said_with_the_remedy(tmp_path: Path, source: str, path: str, words: str) -> None:
    if source:
        (tmp_path / f"{path.partition(':')[0]}.py").write_text(source + "\n")
    with pytest.raises(ManifestError, match=words) as caught:
        factory_of(named(tmp_path, path))
    assert str(caught.value).startswith(f"{tmp_path / 'client.toml'}: laptop.class")
    assert "\n" not in str(caught.value)
