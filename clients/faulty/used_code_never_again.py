"""A code that was in use once is not tried again, although the desk has released it since."""

from __future__ import annotations

from clients.headless.in_process import factories
from clients.headless.phone import Phone
from harness.protocol.client import DoResult
from harness.protocol.exam_api import BindBody
from harness.protocol.messages import Response
from harness.protocol.vocabulary import AlertCode

BREAKS = "BIND-8"


class NeverAgain(Phone):
    in_use = False

    def bind_answered(self, reply: Response, now: int) -> None:
        self.in_use = reply.problem is not None and reply.problem.code == "code-used"
        super().bind_answered(reply, now)

    def bind(self, body: BindBody) -> DoResult:
        if not self.in_use:
            return super().bind(body)
        self.say(AlertCode.CODE_USED)
        return DoResult("done")


laptop, phone = factories(phone=NeverAgain)
