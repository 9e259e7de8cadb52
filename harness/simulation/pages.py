"""The pages of the ideal interview as data: which cause leads from one to the next, and what each offers to press.

Laws: a pair of page and cause leads to one page; a cause that the table doesn't have changes nothing. The laptop, the phone and the
diagram of `docs/model.md` all read these tables; no page is left in any other way.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from harness.core.view import Act, ControlState, Page, Rect, Role, Stage


class Cause(StrEnum):
    """Why a page is left."""

    PROCEED = "下一步"
    LOGGED_IN = "logged in"
    ENTERED = "entered"
    WAIT = "进入待考"
    T0 = "T0"
    PREPARATION_OVER = "preparation is over"
    LESSON_OVER = "the lesson is over"
    LESSON_OVER_ART = "the lesson is over (art)"
    SKILL_TEST_OVER = "the skill test is over"
    PRESENTATION_OVER = "the presentation is over"
    FINISHED = "结束考试"
    OVER = "the interview is over"
    NOT_READMITTED = "not readmitted"
    BOUND = "bound"
    RELEASED = "released by the desk"
    STOPPED = "stopped"
    RESTARTED = "killed and started again"
    HELD = "the service holds every byte"
    SENT_ANEW = "重新上传"


LAPTOP: Final[dict[tuple[Page, Cause], Page]] = {
    (Page.CHECK, Cause.PROCEED): Page.LOGIN,
    (Page.LOGIN, Cause.RESTARTED): Page.CHECK,
    (Page.LOGIN, Cause.LOGGED_IN): Page.BIND,
    (Page.BIND, Cause.PROCEED): Page.ATTACHMENTS,
    (Page.ATTACHMENTS, Cause.PROCEED): Page.LOBBY,
    (Page.LOBBY, Cause.ENTERED): Page.DEVICES,
    (Page.DEVICES, Cause.WAIT): Page.WAITING,
    (Page.DEVICES, Cause.OVER): Page.UPLOAD,
    (Page.WAITING, Cause.T0): Page.PREPARATION,
    (Page.PREPARATION, Cause.PREPARATION_OVER): Page.LESSON,
    (Page.PREPARATION, Cause.FINISHED): Page.UPLOAD,
    (Page.LESSON, Cause.LESSON_OVER): Page.UPLOAD,
    (Page.LESSON, Cause.LESSON_OVER_ART): Page.SKILL_TEST,
    (Page.LESSON, Cause.FINISHED): Page.UPLOAD,
    (Page.SKILL_TEST, Cause.SKILL_TEST_OVER): Page.PRESENTATION,
    (Page.SKILL_TEST, Cause.FINISHED): Page.UPLOAD,
    (Page.PRESENTATION, Cause.PRESENTATION_OVER): Page.UPLOAD,
    (Page.PRESENTATION, Cause.FINISHED): Page.UPLOAD,
    (Page.DEVICES, Cause.NOT_READMITTED): Page.UPLOAD,
    (Page.WAITING, Cause.NOT_READMITTED): Page.UPLOAD,
    (Page.PREPARATION, Cause.NOT_READMITTED): Page.UPLOAD,
    (Page.LESSON, Cause.NOT_READMITTED): Page.UPLOAD,
    (Page.SKILL_TEST, Cause.NOT_READMITTED): Page.UPLOAD,
    (Page.PRESENTATION, Cause.NOT_READMITTED): Page.UPLOAD,
    (Page.UPLOAD, Cause.HELD): Page.DONE,
    (Page.DONE, Cause.SENT_ANEW): Page.UPLOAD,
}

PHONE: Final[dict[tuple[Page, Cause], Page]] = {
    (Page.PAIR, Cause.BOUND): Page.FILMING,
    (Page.FILMING, Cause.RELEASED): Page.PAIR,
    (Page.FILMING, Cause.RESTARTED): Page.PAIR,
    (Page.FILMING, Cause.STOPPED): Page.UPLOAD,
    (Page.UPLOAD, Cause.HELD): Page.DONE,
    (Page.DONE, Cause.SENT_ANEW): Page.UPLOAD,
}

TRANSITIONS: Final = {Role.LAPTOP: LAPTOP, Role.PHONE: PHONE}

# 智试通二维码 stays within reach after binding: a phone that died has to be bound again in the middle of the interview.
_ANSWERING: Final = (Act.FINISH, Act.HELP, Act.FETCH_QUESTION, Act.CHOOSE, Act.REFRESH_DEVICES, Act.SHOW_CODE)

# What each page offers to press. CONFIRM and CANCEL join it while the page asks something.
OFFERS: Final[dict[Page, tuple[Act, ...]]] = {
    Page.CHECK: (Act.PROCEED,),
    Page.LOGIN: (Act.CONSENT, Act.DECLINE, Act.LOGIN),
    Page.BIND: (Act.SHOW_CODE, Act.PROCEED),
    Page.ATTACHMENTS: (Act.OPEN, Act.READ, Act.PROCEED),
    Page.LOBBY: (Act.ENTER, Act.REFRESH, Act.SHOW_CODE),
    Page.DEVICES: (Act.CHOOSE, Act.REFRESH_DEVICES, Act.WAIT, Act.HELP, Act.SHOW_CODE),
    Page.WAITING: (Act.HELP, Act.SHOW_CODE),
    Page.PREPARATION: _ANSWERING,
    Page.LESSON: (Act.START, *_ANSWERING),
    Page.SKILL_TEST: _ANSWERING,
    Page.PRESENTATION: _ANSWERING,
    Page.UPLOAD: (Act.RETRY, Act.CLOSE),
    Page.DONE: (Act.RETRY, Act.CLOSE),
    Page.PAIR: (Act.SCAN, Act.TYPE_CODE),
    Page.FILMING: (Act.STOP,),
}
# Controls that can be shown without being enabled; every other one is enabled wherever it is offered.
CONDITIONAL: Final = frozenset(
    {
        Act.PROCEED,
        Act.CONSENT,
        Act.DECLINE,
        Act.LOGIN,
        Act.READ,
        Act.ENTER,
        Act.START,
        Act.FINISH,
        Act.FETCH_QUESTION,
        Act.RETRY,
    }
)
ASKING: Final = (Act.CONFIRM, Act.CANCEL)

STAGE_OF: Final = {
    Page.PREPARATION: Stage.PREPARATION,
    Page.LESSON: Stage.LESSON,
    Page.SKILL_TEST: Stage.SKILL_TEST,
    Page.PRESENTATION: Stage.PRESENTATION,
}

# The ideal window: the countdown at its upper right (ANS-7), 获取题目 at its upper left (ANS-10). CSS pixels.
VIEWPORT: Final = Rect(0, 0, 1280, 720)
COUNTDOWN: Final = Rect(1104, 16, 160, 48)
_RECTS: Final = {Act.FETCH_QUESTION: Rect(16, 16, 120, 40)}


def controls(page: Page, conditions: tuple[bool, ...], asking: bool) -> dict[str, ControlState]:
    """The controls of a page; `conditions` says of each conditional one, in the page's order, whether it is enabled."""
    met = iter(conditions)
    shown = {act: next(met) if act in CONDITIONAL else True for act in OFFERS[page]}
    shown |= dict.fromkeys(ASKING, True) if asking else {}
    return {act.value: ControlState(enabled=enabled, rect=_RECTS.get(act)) for act, enabled in shown.items()}
