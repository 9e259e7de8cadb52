"""Binding the phone to the laptop's session: a code that a person types, the same as a QR payload, and who may use it.

A code has nine of 31 signs (2.6e13). A service that is asked 1,000 times a second for the notice's whole 45 minutes sees 2.7e6 guesses;
against 10,000 live codes one of them is right with odds of one in a thousand. So nobody is ever locked out; wrong codes alone are
answered later and later, within what a client takes for a stall.
"""

from __future__ import annotations

import hashlib
from typing import Final

from harness.protocol.exam_api import BindBody, BindingReply, BindReply
from harness.service.call import Call
from harness.service.problems import Refused, Result, json, refusal
from harness.service.pushes import push
from harness.service.sessions import exam_info, token_of
from harness.service.state import Binding, Seat

SIGNS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without those that look alike
CODE_LENGTH: Final = 9
PREFIX: Final = "viva-bind:"
# The first wrong codes are a person's; from then on each adds 100 ms, up to less than a client's stall limit of 2 s.
FREE_GUESSES: Final = 5
GUESS_STEP_MS: Final = 100
GUESS_MAX_MS: Final = 1_500
GUESS_WINDOW_MS: Final = 60_000


def offer(call: Call) -> Result:
    """POST /binding: the code that stands, or a new one."""
    seat, now = call.seat, call.exam_now
    standing = seat.bindings[-1] if seat.bindings else None
    if standing is None or now >= standing.expires_ms:
        standing = Binding(code=_new_code(call), expires_ms=now + call.plan.spans.binding_ttl)
        call.tools.registry.add_binding(seat, standing)
        call.save()
    shown = "-".join(standing.code[at : at + 3] for at in range(0, CODE_LENGTH, 3))
    payload = f"{PREFIX}{seat.exam}:{standing.code}"
    # The code that stands may be another one later: a replay would be stale.
    reply = BindingReply(code=shown, payload=payload, expires_ms=standing.expires_ms)
    return json(reply, replayable=False, detail={"code": shown, "payload": payload})


def _new_code(call: Call) -> str:
    while True:
        number = int.from_bytes(hashlib.sha256(call.tools.mint().encode()).digest())
        code = ""
        for _ in range(CODE_LENGTH):
            number, sign = divmod(number, len(SIGNS))
            code += SIGNS[sign]
        if code not in call.tools.registry.codes:
            return code


def find(call: Call) -> tuple[Seat, Binding] | None:
    """The seat that the body's code or payload speaks of. Raises `invalid-body` where it holds both or neither."""
    body: BindBody = call.body
    if bool(body.code) == bool(body.payload):
        raise Refused("invalid-body", "code 与 payload 须填写且仅填写一项。")
    exam, code = "", body.code
    if body.payload:
        exam, separator, code = body.payload.removeprefix(PREFIX).rpartition(":")
        if not body.payload.startswith(PREFIX) or not separator:
            return None
    found = call.tools.registry.codes.get("".join(code.split()).replace("-", "").upper())
    return found if found is not None and exam in ("", found[0].exam) else None


def bind(call: Call) -> Result:
    """POST /phone/bind. A phone that is bound and shows its own token binds again, to the same token."""
    found = find(call)
    if found is None:
        return _wrong(call)
    seat, binding = found
    mine = bool(seat.phone) and token_of(call) == seat.phone
    if not mine:
        if seat.phone:
            raise Refused("code-used", f"该绑定码已被另一部手机使用，解除绑定后方可再用。{call.desk}")
        if call.exam_now >= binding.expires_ms:
            raise Refused("code-expired", f"绑定码已过期，请在电脑端点击【智试通二维码】重新获取。{call.desk}")
        call.tools.registry.give_token(seat, "phone", call.tools.mint())
        push(call.tools, seat, "phone-bound", {}, now=call.exam_now)
        call.save()
    return json(BindReply(token=seat.phone, exam=exam_info(call.the_exam, seat, call.exam_now, call.tools.faults)))


def _wrong(call: Call) -> Result:
    lately = [at for at in call.tools.wrong_codes if call.now - at < GUESS_WINDOW_MS][-FREE_GUESSES - 15 :]
    call.tools.wrong_codes[:] = [*lately, call.now]
    result = refusal(Refused("wrong-code", "绑定码不正确，请核对电脑端显示的绑定码。"))
    result.delay_ms = min(GUESS_MAX_MS, max(0, len(lately) - FREE_GUESSES) * GUESS_STEP_MS)
    return result
