"""Made-up candidates: who a scenario's candidate is, from a seed and nothing else.

The same seed gives the same person on every machine and every day. Nobody real can be meant: the identity number's region code (999999)
is not one that was ever given out, and the admission number's first digits are an exam that does not exist. The session gives a
candidate to the service; inspection looks for these very details in names and metadata of recordings (PRIV-2).
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Final

import msgspec
from faker import Faker

_NO_REGION: Final = "999999"
_NO_EXAM: Final = "9900"
_BORN: Final = (date(1988, 1, 1), date(2001, 12, 31))  # fixed dates: Faker's own would count back from today
_ID_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999
_ID_CHECKS: Final = "10X98765432"
SUBJECTS: Final = ("小学语文", "小学数学", "初中英语", "高中物理", "初中历史", "高中地理")
ART_SUBJECTS: Final = ("小学美术", "初中美术", "高中美术")


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """Who sits the interview; every field is text as the exam service shows it."""

    name: str
    id_number: str  # 18 characters, its checksum is right, its region does not exist
    admission_number: str  # 12 digits
    phone: str
    subject: str

    @property
    def personal(self) -> tuple[str, ...]:
        """The details that no recording may carry (PRIV-2)."""
        return (self.name, self.id_number, self.admission_number, self.phone)


@lru_cache(maxsize=64)
def candidate(seed: int, *, art: bool = False) -> Candidate:
    """The candidate of that seed; `art` chooses among the subjects with a skill test."""
    faker = Faker("zh_CN", use_weighting=False)
    faker.seed_instance(seed)
    body = f"{_NO_REGION}{faker.date_between_dates(*_BORN):%Y%m%d}{faker.random_int(1, 999):03d}"
    return Candidate(
        name=faker.name(),
        id_number=body + _check_character(body),
        admission_number=f"{_NO_EXAM}{faker.random_int(0, 99_999_999):08d}",
        phone=faker.phone_number(),
        subject=faker.random_element(ART_SUBJECTS if art else SUBJECTS),
    )


def _check_character(body: str) -> str:
    total = sum(weight * int(digit) for weight, digit in zip(_ID_WEIGHTS, body, strict=True))
    return _ID_CHECKS[total % 11]
