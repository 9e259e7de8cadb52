"""tus 1.0 as the service speaks it, in virtual time: offsets, checksums, half-open stretches, cuts at every byte, termination."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.events import Arrived, Finished, Offered, PatchBegan
from harness.core.view import Stream
from harness.protocol.messages import Request
from harness.protocol.tus import OFFSET_TYPE, VERSION, encode_metadata
from harness.service.patch import CHECKPOINT_BYTES, CHECKPOINT_MS, Patch
from harness.service.uploads import KEPT_MS
from tests.service.rig import Device, Rig, checksum, metadata, refused

DATA = bytes(range(200))


def begun(rig: Rig, location: str, offset: int, **headers: str) -> Patch:
    """A PATCH whose body is still to come."""
    sent = {"authorization": f"Bearer {rig.laptop.token}", "tus-resumable": VERSION, "content-type": OFFSET_TYPE}
    sent |= {"upload-offset": str(offset), **{name.replace("_", "-"): value for name, value in headers.items()}}
    patch = rig.application.begin(rig.now, Request(method="PATCH", path=location, headers=sent))
    assert isinstance(patch, Patch)
    return patch


def created(rig: Rig, length: int | None = len(DATA)) -> str:
    return rig.laptop.create(metadata(rig.exam), length).headers["location"]


def of(rig: Rig, kind: type) -> list[object]:
    return [event.data for event in rig.application.observations(rig.exam) if isinstance(event.data, kind)]


def test_options_says_what_is_spoken_to_anybody() -> None:
    reply = Device(Rig().send).ask("OPTIONS", "/v1/uploads")
    assert reply.status == 204
    assert reply.headers["tus-version"] == VERSION
    assert "creation-defer-length" in reply.headers["tus-extension"]
    assert reply.headers["tus-checksum-algorithm"] == "sha1,sha256"


def test_a_client_must_say_that_it_speaks_tus() -> None:
    rig = Rig().entered()
    location = created(rig)
    reply = rig.laptop.ask("HEAD", location)
    assert (reply.status, reply.headers["tus-version"]) == (412, VERSION)
    refused(rig.laptop.ask("POST", "/v1/uploads", upload_length="1"), "unsupported-tus-version")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"upload_length": "1", "upload_defer_length": "1"}, "invalid-header"),
        ({"upload_length": ""}, "invalid-header"),
        ({"upload_length": "-1"}, "invalid-header"),
        ({"upload_length": str(1 << 40)}, "too-large"),
        ({"upload_metadata": ""}, "invalid-header"),
        ({"upload_metadata": "filename bm8="}, "invalid-header"),
        ({"upload_checksum": "md5 AAAA"}, "invalid-header"),
        ({"upload_checksum": "sha1 AAAA"}, "invalid-header"),
    ],
)
def test_a_sloppy_creation_is_refused(change: dict[str, str], code: str) -> None:
    rig = Rig().entered()
    headers = {"upload_length": "10", "upload_metadata": encode_metadata(metadata(rig.exam)), **change}
    refused(rig.laptop.tus("POST", "/v1/uploads", raw=b"", **headers), code)


def test_metadata_of_another_exam_or_with_a_name_for_an_id_is_refused() -> None:
    rig = Rig().entered()
    refused(rig.laptop.create(metadata("another")), "forbidden")
    refused(rig.laptop.create(metadata(rig.exam, recording="考生甲.webm")), "invalid-header")


def test_an_upload_of_known_length_is_sent_in_pieces_and_finished() -> None:
    rig = Rig().entered()
    meta = metadata(rig.exam)
    location = rig.laptop.create(meta, len(DATA)).headers["location"]
    reply = rig.laptop.patch(location, 0, DATA[:50])
    assert (reply.status, reply.headers["upload-offset"]) == (204, "50")
    assert reply.headers["upload-expires"].endswith("GMT")
    missing = rig.laptop.finish(meta, DATA)
    assert msgspec.json.decode(missing.body) == {"state": "missing", "offset": 50}
    last = rig.laptop.patch(location, 50, DATA[50:])
    assert "upload-expires" not in last.headers
    assert msgspec.json.decode(rig.laptop.finish(meta, DATA).body) == {"state": "held", "offset": len(DATA)}
    (segment,) = rig.application.recordings(rig.exam, rig.entrant.ticket)
    assert (segment.length, segment.declared, segment.sha256) == (len(DATA), len(DATA), segment.declared_sha256)
    rig.store.close()
    assert [item.held for item in of(rig, Finished)] == [False, True]  # type: ignore[attr-defined] # of that type


def test_a_creation_may_bring_the_first_bytes() -> None:
    rig = Rig().entered()
    reply = rig.laptop.create(metadata(rig.exam), raw=DATA[:70])
    assert (reply.status, reply.headers["upload-offset"]) == (201, "70")


def test_a_creation_whose_reply_was_lost_gives_the_same_upload_and_no_byte_twice() -> None:
    rig = Rig().entered()
    meta = metadata(rig.exam)
    first = rig.laptop.create(meta, raw=DATA[:70])
    again = rig.laptop.create(meta, raw=DATA[:90])
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["upload-offset"] == "90"
    assert rig.laptop.create(meta, raw=DATA[:20]).headers["upload-offset"] == "90"
    rig.laptop.patch(first.headers["location"], 90, DATA[90:])
    assert rig.laptop.finish(meta, DATA).status == 200
    other = msgspec.structs.replace(meta, stream=Stream.SCREEN)
    refused(rig.laptop.create(other), "length-mismatch")


def test_a_deferred_length_is_given_later_and_then_binds() -> None:
    rig = Rig().entered()
    location = created(rig, None)
    head = rig.laptop.tus("HEAD", location)
    assert head.headers["upload-defer-length"] == "1"
    assert head.headers["cache-control"] == "no-store"
    rig.laptop.patch(location, 0, DATA[:50], upload_length="100")
    assert rig.laptop.tus("HEAD", location).headers["upload-length"] == "100"
    refused(rig.laptop.patch(location, 50, DATA[:51]), "length-mismatch")
    refused(rig.laptop.patch(location, rig.laptop.offset(location), b"", upload_length="99"), "length-mismatch")


def test_a_wrong_offset_is_refused_with_the_right_one() -> None:
    rig = Rig().entered()
    location = created(rig)
    rig.laptop.patch(location, 0, DATA[:50])
    reply = rig.laptop.patch(location, 49, DATA[49:])
    refused(reply, "offset-mismatch")
    assert reply.headers["upload-offset"] == "50"
    assert [item.accepted for item in of(rig, PatchBegan)] == [True, False]  # type: ignore[attr-defined] # of that type
    refused(rig.laptop.patch(location, 50, DATA[50:], content_type="video/webm"), "wrong-content-type")


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_chunk_with_a_wrong_checksum_is_thrown_away(algorithm: str) -> None:
    rig = Rig().entered()
    meta = metadata(rig.exam)
    location = rig.laptop.create(meta, len(DATA)).headers["location"]
    assert rig.laptop.patch(location, 0, DATA[:50], upload_checksum=checksum(DATA[:50], algorithm)).status == 204
    spoilt = rig.laptop.patch(location, 50, b"x" * 50, upload_checksum=checksum(DATA[50:100], algorithm))
    assert (spoilt.status, rig.laptop.offset(location)) == (460, 50)
    assert rig.laptop.patch(location, 50, DATA[50:], upload_checksum=checksum(DATA[50:], algorithm)).status == 204
    assert rig.laptop.finish(meta, DATA).status == 200


@given(cut=st.integers(0, len(DATA)), step=st.integers(1, 60), checked=st.booleans())
def test_a_stretch_cut_at_any_byte_keeps_what_counts_and_the_rest_goes_on_from_there(
    cut: int, step: int, checked: bool
) -> None:
    rig = Rig().entered()
    meta = metadata(rig.exam)
    location = rig.laptop.create(meta, len(DATA)).headers["location"]
    patch = begun(rig, location, 0, **({"upload_checksum": checksum(DATA)} if checked else {}))
    for at in range(0, cut, step):
        assert patch.feed(rig.now, DATA[at : min(cut, at + step)])
    patch.abort(rig.now)
    rig.store.flush()
    offset = rig.laptop.offset(location)
    assert offset == (0 if checked else cut)
    if offset < len(DATA):
        assert rig.laptop.patch(location, offset, DATA[offset:]).status == 204
    assert rig.laptop.finish(meta, DATA).status == 200


def test_a_half_open_stretch_never_blocks_the_next_and_brings_nothing_more() -> None:
    rig = Rig().entered()
    location = created(rig)
    hanging = begun(rig, location, 0)
    hanging.feed(rig.now, DATA[:30])
    assert rig.laptop.offset(location) == 30  # what it brought counts
    assert not hanging.feed(rig.now, DATA[30:60])
    newer = begun(rig, location, 30)
    newer.feed(rig.now, DATA[30:80])
    hanging.abort(rig.now)  # its connection times out at last
    assert hanging.end(rig.now).problem == "locked"
    assert rig.laptop.patch(location, 80, DATA[80:]).headers["upload-offset"] == str(len(DATA))
    assert newer.end(rig.now).problem == "locked"


def test_a_refused_stretch_does_not_disturb_the_one_that_is_on_its_way() -> None:
    rig = Rig().entered()
    location = created(rig)
    refused_one = begun(rig, location, 7)
    newer = begun(rig, location, 0)
    newer.feed(rig.now, DATA[:80])
    assert refused_one.end(rig.now).problem == "offset-mismatch"
    assert newer.feed(rig.now, DATA[80:])
    assert rig.application.end(rig.now, newer).response.headers["upload-offset"] == str(len(DATA))


def test_a_long_stretch_becomes_durable_on_the_way() -> None:
    rig = Rig().entered()
    location = created(rig, None)
    patch = begun(rig, location, 0)
    patch.feed(rig.now, b"x")
    assert not patch.checkpoint_due(rig.now)
    assert patch.checkpoint_due(rig.now + CHECKPOINT_MS)
    patch.feed(rig.now, bytes(CHECKPOINT_BYTES))
    assert patch.checkpoint_due(rig.now)
    patch.checkpoint(rig.now)
    rig.store.flush()
    rig.restart()
    assert rig.laptop.offset(location) == CHECKPOINT_BYTES + 1


def test_bytes_are_observed_when_they_arrived() -> None:
    rig = Rig().entered().at(0)
    location = created(rig)
    patch = begun(rig, location, 0)
    for at_ms, data in ((10, DATA[:20]), (40, DATA[20:30]), (200, DATA[30:])):
        patch.feed(rig.application.origin(rig.exam) + at_ms, data)
    rig.application.end(rig.application.origin(rig.exam) + 210, patch)
    events = [event for event in rig.application.observations(rig.exam) if isinstance(event.data, Arrived)]
    seen = [(event.at_ms, event.until_ms, event.data.offset, event.data.length) for event in events]  # type: ignore[union-attr] # by its type above
    assert seen == [(10, 40, 0, 30), (200, 200, 30, 170)]


def test_an_offset_that_could_not_be_delivered_is_observed_as_such() -> None:
    rig = Rig().entered()
    location = created(rig)
    headers = {"authorization": f"Bearer {rig.laptop.token}", "tus-resumable": VERSION}
    answer = rig.application.begin(rig.now, Request(method="HEAD", path=location, headers=headers))
    assert not isinstance(answer, Patch)
    rig.application.sent(rig.now, answer, delivered=False)
    last = of(rig, Offered)[-1]
    assert isinstance(last, Offered)
    assert (last.reply_to, last.delivered) == ("head", False)


def test_nobody_elses_token_reaches_an_upload() -> None:
    rig = Rig().entered()
    location = created(rig)
    for method in ("HEAD", "DELETE"):
        assert rig.phone.tus(method, location).status == 404
    refused(rig.phone.patch(location, 0, DATA), "not-found")
    refused(Device(rig.send).patch(location, 0, DATA), "unauthorized")
    assert rig.laptop.offset(location) == 0


def test_an_upload_is_terminated_but_not_once_it_is_held() -> None:
    rig = Rig().entered()
    location = created(rig)
    rig.laptop.patch(location, 0, DATA[:10])
    assert rig.laptop.tus("DELETE", location).status == 204
    assert rig.laptop.tus("HEAD", location).status == 404
    meta = metadata(rig.exam)
    kept = rig.laptop.create(meta, raw=DATA).headers["location"]
    rig.laptop.finish(meta, DATA)
    refused(rig.laptop.tus("DELETE", kept), "forbidden")


def test_a_client_without_patch_may_override_the_method() -> None:
    rig = Rig().entered()
    location = created(rig)
    headers = {"upload_offset": "0", "content_type": OFFSET_TYPE, "x_http_method_override": "PATCH"}
    assert rig.laptop.tus("POST", location, raw=DATA, **headers).status == 204
    assert rig.laptop.offset(location) == len(DATA)


def test_an_upload_that_is_never_completed_expires() -> None:
    rig = Rig().entered()
    location = created(rig)
    rig.after(KEPT_MS - 1)
    assert rig.laptop.offset(location) == 0
    rig.after(1)
    assert rig.laptop.tus("HEAD", location).status == 404


def test_a_finish_that_contradicts_what_is_held_throws_nothing_away() -> None:
    rig = Rig().entered()
    meta = metadata(rig.exam)
    location = rig.laptop.create(meta, raw=DATA).headers["location"]
    refused(rig.laptop.finish(meta, bytes(len(DATA))), "checksum-mismatch")
    refused(rig.laptop.finish(meta, DATA[:-1]), "length-mismatch")
    assert rig.laptop.offset(location) == len(DATA)
    assert rig.laptop.tus("DELETE", location).status == 204
    refused(rig.laptop.finish(meta, DATA), "not-found")
    assert rig.laptop.create(meta, raw=DATA).status == 201
    assert rig.laptop.finish(meta, DATA).status == 200


def test_uploads_are_found_again_after_a_restart() -> None:
    rig = Rig().entered()
    meta = metadata(rig.exam)
    location = rig.laptop.create(meta, raw=DATA[:60]).headers["location"]
    hanging = begun(rig, location, 60)
    hanging.feed(rig.now, DATA[60:100])
    rig.restart()  # nobody was told of those forty bytes
    (state,) = msgspec.json.decode(rig.laptop.ask("GET", "/v1/session").body)["uploads"]
    assert (state["recording"], state["offset"]) == (meta.recording, 60)
    rig.laptop.patch(location, 60, DATA[60:])
    assert rig.laptop.finish(meta, DATA).status == 200
