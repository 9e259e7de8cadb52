"""The reference pages as they are served: whole, of modules that parse, from one place, with no library but those kept beside them."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
import pytest

from harness.service.bundled import BundledPlatform
from harness.session.exams import ROOT

PAGES = ROOT / "clients" / "web"
SCRIPTS = sorted(PAGES.rglob("*.js"))
IMPORT = re.compile(r"""^(?:import|export)\b[^"';]*?\bfrom\s+["']([^"']+)["']""", re.MULTILINE)
REFERENCE = re.compile(r"""(?:href|src)="(?!data:)([^"]+)\"""")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with BundledPlatform(tmp_path_factory.mktemp("service"), pages=PAGES) as platform:
        yield f"{platform.url}/pages/"


@pytest.mark.parametrize("page", ["laptop/", "phone/"])
def test_a_page_and_everything_it_loads_is_served_from_below_pages(served: str, page: str) -> None:
    waiting, seen = [urljoin(served, page)], set()
    with httpx.Client(trust_env=False) as client:
        while waiting:
            address = waiting.pop()
            seen.add(address)
            reply = client.get(address)
            assert reply.status_code == 200, address
            assert urlsplit(address).path.startswith("/pages/")
            found = (REFERENCE if reply.headers["content-type"].startswith("text/html") else IMPORT).findall(reply.text)
            waiting += [target for target in (urljoin(address, each) for each in found) if target not in seen]
    assert len(seen) > 10


def test_the_api_is_served_beside_the_pages(served: str) -> None:
    assert "now_ms" not in httpx.get(urljoin(served, "nothing-here"), trust_env=False).text
    assert "openapi" in httpx.get(urljoin(served, "/v1/openapi.json"), trust_env=False).json()


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js, which would parse the modules, is not installed")
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: str(Path(script).relative_to(PAGES)))
def test_a_module_parses(script: Path) -> None:
    command = ["node", "--input-type=module", "--check"]
    done = subprocess.run(command, input=script.read_bytes(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
