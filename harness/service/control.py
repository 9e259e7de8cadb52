"""The control port, on loopback, for the harness alone: exams, their time, the desk, scripted faults, observations, recordings, face
pictures, shutdown.

Bodies are JSON of the types below and of `harness.core`; units are whole ms. A fault in the use is 400 with `{"error": sentence}`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from harness.core.errors import VivaError
from harness.core.plan import Plan, decode_number
from harness.core.platform import Entrant
from harness.core.script import Misbehaviour
from harness.core.view import Stream
from harness.protocol.messages import json_body
from harness.service.http import Shell


class Configure(msgspec.Struct, frozen=True, kw_only=True):
    """POST /exams."""

    plan: Plan
    entrants: tuple[Entrant, ...]
    exam_now: int
    misbehaviour: tuple[Misbehaviour, ...] = ()


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """POST /exams/{exam}/loss: what was confirmed of a candidate's stream is gone."""

    ticket: str
    stream: Stream


class Configured(msgspec.Struct, frozen=True, kw_only=True):
    """Its reply: exam time is the machine's monotonic clock (ms) minus `origin`."""

    exam: str
    origin: int


class ExamTime(msgspec.Struct, frozen=True, kw_only=True):
    """GET /exams/{exam}/time."""

    now_ms: int
    origin: int


class DeskOrder(msgspec.Struct, frozen=True, kw_only=True):
    """POST /exams/{exam}/desk."""

    action: str
    ticket: str
    text: str = ""


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """A 400's body."""

    error: str


Endpoint = Callable[[Request], Awaitable[Response]]


def control_app(shell: Shell, stop: Callable[[], None]) -> Starlette:
    """The control port as an ASGI application; `stop` ends the service."""
    application = shell.application

    async def configure(request: Request) -> Response:
        body = msgspec.json.decode(await request.body(), type=Configure, dec_hook=decode_number)
        exam = application.configure(
            body.plan,
            body.entrants,
            exam_now=body.exam_now,
            now=shell.clock.now(),
            misbehaviour=body.misbehaviour,
        )
        return await _done(shell, Configured(exam=exam, origin=application.origin(exam)))

    async def time(request: Request) -> Response:
        origin = application.origin(request.path_params["exam"])
        return _reply(ExamTime(now_ms=shell.clock.now() - origin, origin=origin))

    async def desk(request: Request) -> Response:
        body = msgspec.json.decode(await request.body(), type=DeskOrder)
        application.desk(shell.clock.now(), request.path_params["exam"], body.action, body.ticket, body.text)
        return await _done(shell, {})

    async def misbehave(request: Request) -> Response:
        body = msgspec.json.decode(await request.body(), type=Misbehaviour)
        application.misbehave(request.path_params["exam"], body)
        return await _done(shell, {})

    async def lose(request: Request) -> Response:
        body = msgspec.json.decode(await request.body(), type=Loss)
        application.lose(shell.clock.now(), request.path_params["exam"], body.ticket, body.stream)
        return await _done(shell, {})

    async def observations(request: Request) -> Response:
        since = int(request.query_params.get("since", "0"))
        return _reply(application.observations(request.path_params["exam"], since))

    async def recordings(request: Request) -> Response:
        ticket = request.query_params.get("ticket", "")
        return _reply(application.recordings(request.path_params["exam"], ticket))

    async def stills(request: Request) -> Response:
        ticket = request.query_params.get("ticket", "")
        return _reply(application.stills(request.path_params["exam"], ticket))

    async def shutdown(_: Request) -> Response:
        stop()
        return _reply({})

    return Starlette(
        routes=[
            Route("/exams", _told(configure), methods=["POST"]),
            Route("/exams/{exam}/time", _told(time)),
            Route("/exams/{exam}/desk", _told(desk), methods=["POST"]),
            Route("/exams/{exam}/misbehaviour", _told(misbehave), methods=["POST"]),
            Route("/exams/{exam}/loss", _told(lose), methods=["POST"]),
            Route("/exams/{exam}/observations", _told(observations)),
            Route("/exams/{exam}/recordings", _told(recordings)),
            Route("/exams/{exam}/stills", _told(stills)),
            Route("/shutdown", shutdown, methods=["POST"]),
        ]
    )


def _told(endpoint: Endpoint) -> Endpoint:
    """The endpoint with faults in its use as one sentence."""

    async def told(request: Request) -> Response:
        try:
            return await endpoint(request)
        except (VivaError, ValueError) as error:  # msgspec's errors are ValueErrors
            return Response(json_body(Fault(error=str(error))), 400, media_type="application/json")

    return told


async def _done(shell: Shell, value: object) -> Response:
    shell.changed()
    await shell.durable()
    return _reply(value)


def _reply(value: object) -> Response:
    return Response(json_body(value), media_type="application/json")
