"""Other people's tus clients upload to the service over HTTP, lose their connection in the middle, and resume."""

from __future__ import annotations

import asyncio
import io
import json
import random
import shutil
import subprocess
from pathlib import Path

import aiotus
import msgspec
import pytest
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError

from harness.protocol.tus import Metadata
from tests.service.conftest import Candidate
from tests.service.cutting import CuttingRelay
from tests.service.rig import metadata

SIZE = 3_000_000
CUT_AFTER = 1_300_000
DATA = random.Random(7).randbytes(SIZE)
TUSJS = Path(__file__).parent / "tusjs"


def held(candidate: Candidate, meta: Metadata) -> bytes:
    """What the service holds of the recording, which it must call held."""
    assert candidate.laptop.finish(meta, DATA).status == 200
    (segment,) = candidate.platform.recordings(candidate.exam, candidate.ticket)
    assert segment.declared_sha256 == segment.sha256
    return Path(segment.path).read_bytes()


def texts(meta: Metadata) -> dict[str, str]:
    return {key: str(value) for key, value in msgspec.structs.asdict(meta).items() if value != ""}


@pytest.mark.parametrize("checked", [False, True], ids=["plain", "with a checksum"])
def test_tuspy_uploads_and_resumes_after_a_cut(candidate: Candidate, checked: bool) -> None:
    meta = metadata(candidate.exam)
    with CuttingRelay(candidate.platform.address, CUT_AFTER) as relay:
        client = TusClient(f"{relay.url}/v1/uploads", headers={"Authorization": f"Bearer {candidate.laptop.token}"})
        options = {"chunk_size": 500_000, "metadata": texts(meta), "upload_checksum": checked}
        first = client.uploader(file_stream=io.BytesIO(DATA), **options)
        with pytest.raises((TusCommunicationError, OSError)):
            first.upload()
        again = client.uploader(file_stream=io.BytesIO(DATA), url=first.url, **options)
        # Bytes of a stretch that broke count, unless its checksum was still to come.
        assert again.offset == 1_000_000 if checked else again.offset >= 1_000_000
        again.upload()
        assert relay.cuts == 1
    assert held(candidate, meta) == DATA


def test_aiotus_uploads_and_resumes_by_itself_after_a_cut(candidate: Candidate) -> None:
    meta = metadata(candidate.exam)

    async def upload(url: str) -> object:
        return await aiotus.upload(
            f"{url}/v1/uploads",
            io.BytesIO(DATA),
            {key: value.encode() for key, value in texts(meta).items()},
            headers={"Authorization": f"Bearer {candidate.laptop.token}"},
            config=aiotus.RetryConfiguration(max_retry_period_seconds=0.1),
            chunksize=500_000,
        )

    with CuttingRelay(candidate.platform.address, CUT_AFTER) as relay:
        assert asyncio.run(upload(relay.url)) is not None
        assert relay.cuts == 1
    assert held(candidate, meta) == DATA


@pytest.fixture(scope="session")
def tusjs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """tus-js-client as its lock pins it, installed outside the checkout."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("node and npm are not there: tus-js-client needs them")
    folder = tmp_path_factory.mktemp("tusjs")
    for name in ("package.json", "package-lock.json", "upload.mjs"):
        shutil.copy(TUSJS / name, folder)
    command = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    installed = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    if installed.returncode:
        pytest.skip(f"npm could not install tus-js-client: {installed.stderr.strip().splitlines()[-1:]}")
    return folder


def test_tus_js_client_uploads_and_resumes_by_itself_after_a_cut(
    candidate: Candidate, tusjs: Path, tmp_path: Path
) -> None:
    meta = metadata(candidate.exam)
    file = tmp_path / "recording.webm"
    file.write_bytes(DATA)
    with CuttingRelay(candidate.platform.address, CUT_AFTER) as relay:
        told = {
            "endpoint": f"{relay.url}/v1/uploads",
            "token": candidate.laptop.token,
            "path": str(file),
            "metadata": texts(meta),
            "chunk": 500_000,
        }
        command = ["node", "upload.mjs", json.dumps(told)]
        done = subprocess.run(command, cwd=tusjs, capture_output=True, text=True, timeout=60, check=True)
        outcome = json.loads(done.stdout)
        assert outcome.get("breaks") == 1, outcome
        assert relay.cuts == 1
    assert held(candidate, meta) == DATA
