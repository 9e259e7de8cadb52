"""What stands in a request's address: credentials and identities are observed, whatever comes of the request, and nothing else is."""

from __future__ import annotations

import pytest

from harness.core.events import Served
from harness.protocol.messages import Request
from tests.service.rig import Rig


def held(rig: Rig, path: str, token: str) -> list[str]:
    """What the address of that request was seen to hold."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    rig.application.handle(rig.now, Request(method="GET", path=path, headers=headers))
    served = [event.data for event in rig.application.observations(rig.exam) if isinstance(event.data, Served)]
    return [data.detail["url_holds"] for data in served[-1:] if "url_holds" in data.detail]


@pytest.fixture
def rig() -> Rig:
    return Rig().entered()


def test_a_token_in_the_query_is_seen_with_and_without_a_bearer_beside_it(rig: Rig) -> None:
    token = rig.laptop.token
    assert held(rig, f"/v1/session?access_token={token}", token) == ["token"]
    assert held(rig, f"/v1/session?access_token={token}", "") == ["token"]
    assert held(rig, f"/v1/attachments/{token}", token) == ["token"]


def test_a_ticket_and_an_identity_are_seen(rig: Rig) -> None:
    assert held(rig, f"/v1/exam?ticket={rig.ticket.token}", rig.ticket.token) == ["ticket"]
    seat = rig.application._tools.registry.tokens[rig.laptop.token][0]
    assert held(rig, f"/v1/session?who={seat.entrant.id_number}", rig.laptop.token) == ["identity"]


def test_an_ordinary_address_holds_nothing(rig: Rig) -> None:
    assert held(rig, "/v1/session", rig.laptop.token) == []
    assert held(rig, "/v1/attachments/rules?again=1", rig.laptop.token) == []
