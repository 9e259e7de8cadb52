"""Binding the phone by code and by QR payload: right, wrong, expired, used, released."""

from __future__ import annotations

import msgspec
import pytest

from harness.protocol.exam_api import BindingReply
from harness.protocol.messages import Response
from harness.service.binding import CODE_LENGTH, FREE_GUESSES, GUESS_MAX_MS
from tests.service.rig import Device, Rig, refused


def offered(rig: Rig) -> BindingReply:
    return msgspec.json.decode(rig.laptop.ask("POST", "/v1/binding").body, type=BindingReply)


def bind(rig: Rig, **body: str) -> Response:
    return Device(rig.send).ask("POST", "/v1/phone/bind", body)


def token(reply: Response) -> str:
    assert reply.status == 200, reply
    return str(msgspec.json.decode(reply.body)["token"])


def test_code_and_payload_bind_the_same_session_however_the_code_is_typed() -> None:
    for spelling in (
        str.lower,
        str.upper,
        lambda code: code.replace("-", " "),
        lambda code: f" {code.replace('-', '')} ",
    ):
        rig = Rig().logged_in()
        code = offered(rig).code
        assert len(code.replace("-", "")) == CODE_LENGTH
        token(bind(rig, code=spelling(code)))
        assert msgspec.json.decode(rig.laptop.ask("GET", "/v1/session").body)["bound"]
    rig = Rig().logged_in()
    payload = offered(rig).payload
    assert payload.startswith(f"viva-bind:{rig.exam}:")
    token(bind(rig, payload=payload))
    assert rig.application.pushes(rig.laptop.token)[-1].event == "phone-bound"


@pytest.mark.parametrize("body", [{}, {"code": "A", "payload": "B"}])
def test_a_phone_gives_either_a_code_or_a_payload(body: dict[str, str]) -> None:
    refused(bind(Rig().logged_in(), **body), "invalid-body")


def test_a_wrong_code_and_another_exams_payload_are_refused_and_nothing_is_bound() -> None:
    rig = Rig().logged_in()
    code = offered(rig).code.replace("-", "")
    refused(bind(rig, code="AAA-AAA-AAA"), "wrong-code")
    refused(bind(rig, payload=f"viva-bind:other-exam:{code}"), "wrong-code")
    refused(bind(rig, payload=f"http://example.org/{code}"), "wrong-code")
    assert not msgspec.json.decode(rig.laptop.ask("GET", "/v1/session").body)["bound"]


def test_the_code_that_stands_is_given_until_it_expires() -> None:
    rig = Rig().logged_in()
    first = offered(rig)
    assert first.expires_ms == rig.exam_now + rig.plan.spans.binding_ttl
    rig.at(first.expires_ms - 1)
    assert offered(rig) == first
    rig.at(first.expires_ms)
    refused(bind(rig, code=first.code), "code-expired")
    second = offered(rig)
    assert second.code != first.code
    token(bind(rig, code=second.code))


def test_a_used_code_is_refused_to_a_second_phone_until_the_desk_releases_the_first() -> None:
    rig = Rig().logged_in().bound()
    code = rig.code()
    refused(bind(rig, code=code), "code-used")
    rig.application.desk(rig.now, rig.exam, "release", rig.entrant.ticket)
    assert [push.event for push in rig.application.pushes(rig.phone.token)] == ["phone-released"]
    second = token(bind(rig, code=code))
    assert second != rig.phone.token
    assert not msgspec.json.decode(rig.phone.ask("GET", "/v1/session").body)["bound"]
    assert msgspec.json.decode(Device(rig.send, second).ask("GET", "/v1/session").body)["bound"]


def test_a_phone_that_asks_again_gets_its_own_token_again() -> None:
    rig = Rig().logged_in()
    code = offered(rig).code
    first = rig.phone.ask("POST", "/v1/phone/bind", {"code": code}, idempotency_key="lost")
    assert rig.phone.ask("POST", "/v1/phone/bind", {"code": code}, idempotency_key="lost").body == first.body
    rig.phone.token = token(first)
    assert token(rig.phone.ask("POST", "/v1/phone/bind", {"code": code})) == rig.phone.token


def test_guessing_gets_slower_and_never_locks_the_right_phone_out() -> None:
    rig = Rig().logged_in()
    code = offered(rig).code
    delays = []
    for _ in range(FREE_GUESSES + 30):
        refused(bind(rig, code="AAA-AAA-AAA"), "wrong-code")
        assert rig.last is not None
        delays.append(rig.last.delay_ms)
    assert delays[:FREE_GUESSES] == [0] * FREE_GUESSES
    assert delays == sorted(delays)
    assert delays[-1] == GUESS_MAX_MS < rig.plan.limits.stall
    token(bind(rig, code=code))
    assert rig.last is not None
    assert rig.last.delay_ms == 0
