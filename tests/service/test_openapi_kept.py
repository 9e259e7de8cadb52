"""The service keeps its own OpenAPI document: every reply of an interview, refusals included, is one that the document names."""

from __future__ import annotations

import json
from typing import Any

import jsonschema

from harness.core.view import Stream
from harness.protocol.messages import EXAM_TIME, Request, Response
from harness.service import routing
from harness.service.openapi import openapi
from tests.service.rig import Device, Rig, metadata

DOCUMENT = openapi()
SCHEMAS: dict[str, Any] = {"components": DOCUMENT["components"]}


class Checked:
    """Sends as the rig does, and holds each reply against the document."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._send = rig.send
        self.seen: set[tuple[str, int]] = set()

    def _known(self, request: Request) -> bool:
        """Its token says which exam it is of."""
        token = request.headers.get("authorization", "").partition(" ")[2]
        return token in {self._rig.entrant.ticket, self._rig.laptop.token, self._rig.phone.token} - {""}

    def __call__(self, request: Request) -> Response:
        reply = self._send(request)
        route, _ = routing.find(request)
        operation = DOCUMENT["paths"][route.path][route.method.lower()]
        assert str(reply.status) in operation["responses"], (route.operation, reply)
        described = operation["responses"][str(reply.status)]
        assert EXAM_TIME in reply.headers or not self._known(request)
        for name, header in described["headers"].items():
            assert not header.get("required") or name.lower() in reply.headers
        if reply.body:
            kind = reply.headers["content-type"].partition(";")[0]
            schema = described["content"][kind]["schema"]
            if kind.endswith("json"):
                jsonschema.validate(json.loads(reply.body), {**schema, **SCHEMAS})
        else:
            assert request.method == "HEAD" or "content" not in described
        self.seen.add((route.operation, reply.status))
        return reply


def test_every_reply_of_an_interview_is_one_that_the_document_names() -> None:
    rig = Rig()
    checked = Checked(rig)
    for device in (rig.ticket, rig.laptop, rig.phone):
        device.send = checked
    rig.login()
    rig.ticket.ask("GET", "/v1/exam")
    Device(checked).ask("GET", "/v1/time")
    Device(checked).ask("GET", "/v1/exam")
    Device(checked).ask("OPTIONS", "/v1/uploads")
    rig.logged_in()
    rig.login()
    rig.laptop.ask("POST", "/v1/entry")
    rig.phone.ask("POST", "/v1/phone/bind", {"code": "AAA"})
    rig.phone.ask("POST", "/v1/phone/bind", {})
    rig.bound().laptop.create(metadata(rig.exam))
    rig.laptop.ask("GET", "/v1/question")
    rig.having_read().laptop.ask("GET", "/v1/attachments/none")
    rig.entered_after_reading()
    rig.laptop.ask("GET", "/v1/events")
    rig.laptop.ask("GET", "/v1/question")
    asked = json.loads(rig.laptop.ask("POST", "/v1/help", {"text": "?"}).body)
    rig.laptop.ask("GET", f"/v1/help/{asked['id']}")
    rig.phone.ask("POST", "/v1/reports", {"what": "app-left", "at_ms": 0})
    rig.at(0).laptop.ask("GET", "/v1/question")
    meta, data = metadata(rig.exam, Stream.SCREEN), b"screen" * 10
    location = rig.laptop.create(meta, raw=data[:10]).headers["location"]
    rig.laptop.patch(location, 5, data)
    rig.laptop.patch(location, 10, data[10:], content_type="video/webm")
    rig.laptop.finish(meta, data)
    rig.laptop.patch(location, 10, data[10:])
    rig.laptop.tus("HEAD", location)
    rig.laptop.finish(meta, data)
    rig.laptop.tus("DELETE", location)
    rig.laptop.tus("DELETE", rig.laptop.create(metadata(rig.exam)).headers["location"])
    rig.stage("lesson", "ended")
    rig.at(rig.plan.preparation_ends).stage("lesson", "started")
    rig.stage("lesson", "early-end")
    rig.laptop.ask("GET", "/v1/session")
    rig.laptop.ask("POST", "/v1/entry")
    assert {operation for operation, _ in checked.seen} == {
        item["operationId"] for path in DOCUMENT["paths"].values() for item in path.values()
    }
