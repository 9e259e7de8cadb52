"""A certificate is granted for every MUST kept and nothing less, and a changed one is found out in one sentence."""

import base64
import hashlib
import json
import stat
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from harness.core.errors import VivaError
from reports.certificate import KEY_FILE, issue, signing_key, verify, withheld
from reports.results import encode, results_of
from tests.reports import synthetic

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    results = results_of(synthetic.record(kept_only=True))
    text = encode(results)
    bundle = issue(results, text, KEY)
    assert bundle is not None
    (tmp_path / "results.json").write_bytes(text)
    (tmp_path / "certificate.json").write_bytes(bundle)
    return tmp_path


def test_a_genuine_certificate_verifies_by_file_and_by_folder(folder: Path) -> None:
    for path in (folder, folder / "certificate.json"):
        found = verify(path)
        assert found.genuine, found.sentence
        assert "kept every MUST of heshan-2022" in found.sentence
        assert found.statement is not None
        assert len(found.statement.kept) == 103
        assert verify(path, issuer=found.fingerprint.upper()).genuine


def test_none_is_granted_while_a_must_is_anything_but_kept() -> None:
    results = results_of(synthetic.record())
    assert issue(results, encode(results), KEY) is None
    assert [(each.why.en, each.ids) for each in withheld(results)][:3] == [
        ("1 MUST error", ("DEV-4",)),
        ("2 MUST broken", ("PREP-5", "NET-2")),
        ("1 MUST unsupported", ("EVID-8",)),
    ]


def test_a_should_that_is_broken_does_not_withhold_it() -> None:
    record = synthetic.record(kept_only=True)
    judgements = tuple(
        msgspec.structs.replace(each, verdict="broken") if each.requirement == "END-10" else each
        for each in record.judgements
    )
    assert withheld(results_of(msgspec.structs.replace(record, judgements=judgements))) == ()


def test_a_run_on_a_machine_too_slow_is_not_certified() -> None:
    record = synthetic.record(kept_only=True)
    undecided = tuple(msgspec.structs.replace(each, first="late by 80 ms") for each in record.judgements)
    (obstacle,) = withheld(results_of(msgspec.structs.replace(record, judgements=undecided)))
    assert "too slow" in obstacle.why.en


def test_any_changed_byte_of_the_certificate_or_its_results_is_found_out(folder: Path) -> None:
    for name in ("certificate.json", "results.json"):
        file = folder / name
        whole = file.read_bytes()
        for at in range(0, len(whole), max(1, len(whole) // 60)):
            changed = bytearray(whole)
            changed[at] ^= 0x01
            file.write_bytes(changed)
            found = verify(folder)
            if name == "results.json" or json_differs(bytes(changed), whole):
                assert not found.genuine, (name, at)
                assert "\n" not in found.sentence
        file.write_bytes(whole)
    assert verify(folder).genuine


def json_differs(one: bytes, other: bytes) -> bool:
    """Not so where the changed byte was the file's own white space."""
    try:
        return bool(json.loads(one) != json.loads(other))
    except ValueError:
        return True


def test_a_certificate_signed_for_results_that_do_not_deserve_it_is_refused(folder: Path) -> None:
    text = encode(results_of(synthetic.record()))
    good = json.loads((folder / "certificate.json").read_bytes())
    statement = json.loads(good["statement"])
    statement["results_sha256"] = hashlib.sha256(text).hexdigest()
    signed = json.dumps(statement)
    forged = {**good, "statement": signed, "signature": base64.b64encode(KEY.sign(signed.encode())).decode()}
    (folder / "certificate.json").write_text(json.dumps(forged))
    (folder / "results.json").write_bytes(text)
    found = verify(folder)
    assert not found.genuine
    assert "what its results do not" in found.sentence


def test_another_issuer_than_the_one_expected_is_refused(folder: Path) -> None:
    found = verify(folder, issuer="0000:0000:0000:0000")
    assert not found.genuine
    assert "not by 0000" in found.sentence


def test_a_missing_certificate_or_missing_results_are_a_fault_of_use(folder: Path) -> None:
    (folder / "results.json").unlink()
    with pytest.raises(VivaError, match=r"keep the results\.json of the run beside"):
        verify(folder)
    with pytest.raises(VivaError, match=r"name a certificate\.json"):
        verify(folder / "elsewhere")


def test_an_installation_makes_its_key_once_and_keeps_it_to_itself(tmp_path: Path) -> None:
    first, second = signing_key(tmp_path / "keys"), signing_key(tmp_path / "keys")
    assert first.private_bytes_raw() == second.private_bytes_raw()
    assert stat.S_IMODE((tmp_path / "keys" / KEY_FILE).stat().st_mode) == 0o600
    assert [file.name for file in (tmp_path / "keys").iterdir()] == [KEY_FILE]


def test_a_key_file_that_holds_none_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_text("nothing")
    with pytest.raises(VivaError, match="no private key"):
        signing_key(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(VivaError, match="can't be made"):
        signing_key(tmp_path / "file")
