"""From a request to a handler: who asks, whether they may, scripted failure in the operation's place, strict bodies and idempotency."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final

import msgspec

from harness.core.events import Operation
from harness.protocol.exam_api import Route
from harness.protocol.messages import Problem, Request, json_body
from harness.service import binding, interview, routing, sessions, uploads
from harness.service.call import Call
from harness.service.patch import Patch
from harness.service.problems import Refused, Result, refusal
from harness.service.state import Remembered, Seat

Handler = Callable[[Call], Result | Patch]
HANDLERS: Final[dict[Operation, Handler]] = {
    Operation.EXAM: sessions.exam,
    Operation.TIME: sessions.time,
    Operation.CONSENT: sessions.consent,
    Operation.LOGIN: sessions.login,
    Operation.SESSION: sessions.session,
    Operation.EVENTS: sessions.events,
    Operation.BINDING: binding.offer,
    Operation.PHONE_BIND: binding.bind,
    Operation.ATTACHMENT: sessions.attachment,
    Operation.READ: sessions.read,
    Operation.ENTRY: interview.entry,
    Operation.QUESTION: interview.question,
    Operation.STAGE: interview.stage,
    Operation.HELP: interview.ask_help,
    Operation.HELP_ANSWER: interview.help_answer,
    Operation.REPORT: interview.report,
    Operation.UPLOAD_OPTIONS: uploads.options,
    Operation.UPLOAD_CREATE: uploads.create,
    Operation.UPLOAD_HEAD: uploads.head,
    Operation.UPLOAD_PATCH: uploads.patch,
    Operation.UPLOAD_DELETE: uploads.delete,
    Operation.FINISH: uploads.finish,
}


def admit(call: Call) -> None:
    """Finds exam, seat and route. Raises where the request is nobody's, or not that caller's to make."""
    registry = call.tools.registry
    seat, kind = registry.tokens.get(sessions.token_of(call), (None, None))
    if seat is not None:
        call.seat_or_none, call.exam, call.caller = seat, registry.exams[seat.exam], kind
    call.route, call.param = routing.find(call.request)
    call.operation = call.route.operation
    if not call.of_exam and call.operation is not Operation.TIME and len(registry.exams) == 1:
        (call.exam,) = (
            registry.exams.values()
        )  # so that what nobody's token allowed is seen in the one exam that there is
    if call.route.open:
        if seat is None and call.header("authorization") and call.operation is Operation.TIME:
            raise Refused("unauthorized", "令牌无效。")
        return
    if seat is None or not call.header("authorization").startswith("Bearer "):
        raise Refused("unauthorized", "请求缺少有效的令牌。", headers={"www-authenticate": "Bearer"})
    _settle_caller(call, seat)
    if call.caller not in routing.CALLERS.get(call.operation, routing.LAPTOP_ONLY):
        if call.caller == "ticket":
            raise Refused("not-logged-in", f"请先完成人脸登录。{call.desk}")
        raise Refused("forbidden", "本令牌不能进行此操作。")


def _settle_caller(call: Call, seat: Seat) -> None:
    """The desk's word makes a ticket good as the laptop's token, until a token of the login is used."""
    if call.caller == "laptop":
        call.tools.seen[seat.key] = call.now
        if seat.vouched:
            seat.vouched = False
            call.save()
    elif call.caller == "ticket" and seat.vouched and call.operation not in (Operation.LOGIN, Operation.CONSENT):
        call.caller = "laptop"


def scripted_failure(call: Call) -> Result | None:
    """What an operation that is scripted to fail answers, before it does anything."""
    if call.operation is Operation.PHONE_BIND:
        call.body = routing.decode_body(_route(call), call.request)
        found = binding.find(call)
        if found is not None:
            call.seat_or_none, call.exam = found[0], call.tools.registry.exams[found[0].exam]
    if call.exam is None:
        return None
    failing = call.tools.faults.on_operation(call.exam.id, "fail", call.operation, call.exam_now)
    if failing is None:
        return None
    result = refusal(Refused("unavailable", f"服务暂时不可用，请稍后重试。{call.desk}"))
    problem = msgspec.json.decode(result.body, type=Problem)
    result.status = failing.status
    result.body = json_body(msgspec.structs.replace(problem, status=failing.status))
    return result


def perform(call: Call) -> Result | Patch:
    """The operation itself, or the first answer again where its Idempotency-Key is known."""
    route = _route(call)
    if route.operation in routing.TUS:
        uploads.require_tus(call)
    key = routing.idempotency_key(call.request) if route.operation in routing.KEYED else ""
    call.body = routing.decode_body(route, call.request)
    if not key:
        return HANDLERS[route.operation](call)
    asked = fingerprint(route, call.param, call.request)
    if call.seat_or_none is not None:
        known = call.tools.registry.replies.get(call.seat.key)
        if known is not None and key in known:
            return _again(call, known[key], asked)
    result = HANDLERS[route.operation](call)
    if isinstance(result, Result) and result.replayable and result.status < 300:
        call.tools.registry.remember(call.seat, key, Remembered(asked=asked, response=result.response()))
    return result


def fingerprint(route: Route, param: str, request: Request) -> str:
    """What was asked: a key that comes back with something else is the client's mistake."""
    return hashlib.sha256(f"{route.operation} {param}\n".encode() + request.body).hexdigest()


def _again(call: Call, known: Remembered, asked: str) -> Result:
    if known.asked != asked:
        raise Refused("invalid-header", "Idempotency-Key 已用于另一请求，请为新的请求使用新的值。")
    answered = known.response
    return Result(
        status=answered.status,
        headers=dict(answered.headers),
        body=answered.body,
        subject=call.subject,
        detail={"replayed": "true"},
    )


def _route(call: Call) -> Route:
    if call.route is None:
        raise Refused("not-found", "没有这个地址。")
    return call.route
