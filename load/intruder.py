"""Somebody who guesses binding codes and uses what belongs to others, while the exam runs (LOAD-7). A Locust user.

Laws: as many tries as were asked for, evenly spread; each is one request; whatever the service says is written down, and judged elsewhere.
Should a foreign PATCH be let in, the check of every byte shows that as well.
"""

from __future__ import annotations

import random
from typing import ClassVar, Final, Literal

from locust import FastHttpUser, task
from locust.exception import StopUser

from harness.core.view import Stream
from harness.protocol import tus
from harness.protocol.exam_api import BindBody, FinishBody
from harness.protocol.messages import Request, json_body
from load.hall import Device, Hall
from load.outcome import Trespass
from load.uploads import Sent

_SIGNS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # of binding codes
_JSON: Final = {"content-type": "application/json"}
_TUS: Final = {"tus-resumable": tus.VERSION}

What = Literal["guessed-code", "no-token", "foreign-head", "foreign-patch", "foreign-finish"]
KINDS: Final[tuple[What, ...]] = ("guessed-code", "no-token", "foreign-head", "foreign-patch", "foreign-finish")


class Intruder(FastHttpUser):
    """One of them; `trespasses` of the settings says how often."""

    abstract = True
    max_retries = 0
    network_timeout = 10.0  # more patient than a client: what counts is the answer
    hall: ClassVar[Hall]

    @task
    def try_everything(self) -> None:
        """From the opening of login until the lessons are over."""
        settings = self.hall.settings
        draw = random.Random(f"viva-intruder/{settings.seed}")
        opens = settings.plan.windows.login_opens
        lasts = settings.plan.preparation_ends + settings.plan.spans.lesson - opens
        for number in range(settings.trespasses):
            self.hall.wait_until(opens + lasts * (number + 1) // (settings.trespasses + 1))
            self._try(KINDS[number % len(KINDS)], draw)
        raise StopUser

    def _try(self, what: What, draw: random.Random) -> None:
        token, request = self._guess(draw) if what == "guessed-code" else (f"{draw.getrandbits(256):064x}", None)
        if what == "no-token":
            request = Request(method="GET", path="/v1/session")
        elif request is None:
            pair = self._victim(draw)
            if pair is None:
                return
            token, sent = pair
            request = _foreign(what, sent)
        reply = Device(self.hall, self.client, token).ask(request)
        status = 0 if reply is None else reply.status
        self.hall.findings.trespasses.append(Trespass(what=what, at_ms=self.hall.now(), status=status))

    @staticmethod
    def _guess(draw: random.Random) -> tuple[str, Request]:
        body = json_body(BindBody(code="".join(draw.choices(_SIGNS, k=9))))
        return "", Request(method="POST", path="/v1/phone/bind", headers=_JSON, body=body)

    def _victim(self, draw: random.Random) -> tuple[str, Sent] | None:
        """One candidate's token and another's upload; None while there are no two."""
        sents = [each for each in self.hall.findings.sents if each.upload and each.stream is not Stream.EVIDENCE]
        if not sents:
            return None
        sent = draw.choice(sents)
        others = [token for ticket, token in self.hall.tokens.items() if ticket != sent.ticket]
        return (draw.choice(others), sent) if others else None


def _foreign(what: What, sent: Sent) -> Request:
    if what == "foreign-head":
        return Request(method="HEAD", path=sent.upload, headers=_TUS)
    if what == "foreign-patch":
        headers = {**_TUS, "content-type": tus.OFFSET_TYPE, "upload-offset": str(sent.acknowledged)}
        return Request(method="PATCH", path=sent.upload, headers=headers, body=b"not the recording" * 8)
    body = json_body(FinishBody(length=sent.acknowledged, sha256="0" * 64))
    return Request(method="POST", path=f"/v1/recordings/{sent.recording}/finish", headers=_JSON, body=body)
