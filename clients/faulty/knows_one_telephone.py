"""Whose face is refused is shown the desk's telephone of one exam, whichever exam it is."""

from __future__ import annotations

import msgspec

from clients.headless import texts
from clients.headless.in_process import factories
from clients.headless.laptop import Laptop
from harness.protocol.messages import Problem
from harness.protocol.vocabulary import AlertCode

BREAKS = "LOGIN-4"
EXAM = "strict-2026"


class OneTelephone(Laptop):
    def refused(self, problem: Problem | None) -> None:
        if problem is None or problem.code != "face-mismatch" or self.exam_info is None:
            super().refused(problem)
            return
        contact = msgspec.structs.replace(self.exam_info.contact, phone="400-808-3202")
        self.notes[AlertCode.FACE_MISMATCH] = texts.sentence(AlertCode.FACE_MISMATCH, contact)


laptop, phone = factories(laptop=OneTelephone)
