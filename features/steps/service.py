"""Steps: what the exam service does wrong, or leaves to the client."""

from __future__ import annotations

import msgspec
from pytest_bdd import given

from harness.core.plan import Plan
from harness.core.script import DeskAct, Do, LoseRecording, Misbehaviour, Step, Wait
from harness.core.view import Act, AlertCode, Page, Role, Stream
from harness.session.interview import Interview, Named


def push_is_lost(interview: Interview) -> Interview:
    return interview.misbehaving(Misbehaviour(kind="lose-push", reason="entry-opened"))


@given("服务端不再把守入口", target_fixture="interview")
def entry_is_not_guarded(interview: Interview) -> Interview:
    return interview.misbehaving(Misbehaviour(kind="drop-guard", reason="entry"))


def login_is_not_guarded(interview: Interview) -> Interview:
    return interview.misbehaving(Misbehaviour(kind="drop-guard", reason="login"))


def question_leaks(interview: Interview) -> Interview:
    return interview.misbehaving(Misbehaviour(kind="leak-question"), Misbehaviour(kind="drop-guard", reason="question"))


def faces_refused_twice(interview: Interview) -> Interview:
    """First no match, then a covered face."""
    mismatch, covered = (Misbehaviour(kind="refuse-face", reason=reason, count=1) for reason in ("mismatch", "covered"))
    return interview.misbehaving(mismatch, covered)


def face_never_matches(interview: Interview) -> Interview:
    return interview.misbehaving(Misbehaviour(kind="refuse-face", reason="mismatch"))


def desk_completes_the_login(interview: Interview) -> Interview:
    """At once, so that the candidate is in the lobby before entry opens."""
    seen = Wait(alert=AlertCode.FACE_MISMATCH)
    return interview.beside("desk", Named("desk-login", Step(action=DeskAct(action="login"), when=seen, after=100)))


def desk_answers(interview: Interview) -> Interview:
    answer = Step(
        action=DeskAct(action="answer", text="请点击左上角的获取题目按钮"),
        when=Wait(pages=(Page.PREPARATION,)),
        after=3_000,
    )
    return interview.beside("desk", Named("desk-answer", answer))


def question_is_lost_once(interview: Interview) -> Interview:
    return interview.misbehaving(Misbehaviour(kind="lose", operation="question", count=1))


def attachment_is_lost_once(interview: Interview) -> Interview:
    return interview.misbehaving(Misbehaviour(kind="lose", operation="attachment", count=1))


def recordings_are_lost_after_success(interview: Interview) -> Interview:
    """The service loses camera and evidence, each after its success was shown, and the candidate has each uploaded again."""
    for role, stream in ((Role.LAPTOP, Stream.CAMERA), (Role.PHONE, Stream.EVIDENCE)):
        done = Wait(role=role, pages=(Page.DONE,))
        again = Step(
            action=Do(role=role, act=Act.RETRY),
            when=Wait(role=role, enabled=Act.RETRY),
            after=400,
            patience=interview.plan.limits.reaction + 300,
        )
        interview = interview.beside(
            f"losing-{role}",
            Named(f"{role}-lost", Step(action=LoseRecording(stream=stream), when=done, after=300)),
            Named(f"{role}-again", again),
        )
    return interview.longer(8_000).lingering(interview.plan.limits.reaction + 300)


def uploads_fail_after_the_end(interview: Interview, plan: Plan) -> Interview:
    """From the last moments on, so that nothing is through before the page of the upload comes, and for so long that who says nothing of it
    is told from who had not tried yet.
    """
    start = interview.step("start").step.at or plan.preparation_ends
    end = start + plan.answering(interview.track)
    until = end + 2 * plan.limits.catch_up + 4_000
    fails = [
        Misbehaviour(kind="fail", operation=operation, status=503, from_ms=end - 1_000, until_ms=until)
        for operation in ("upload-patch", "upload-head", "upload-create", "finish")
    ]
    return interview.misbehaving(*fails).longer(until - end + 4_500)


@given("服务端忙，一时返回错误", target_fixture="interview")
def service_answers_with_errors(interview: Interview, plan: Plan) -> Interview:
    return interview.misbehaving(
        Misbehaviour(
            kind="fail", operation="upload-patch", status=503, from_ms=1_000, until_ms=1_000 + 2 * plan.limits.stall
        )
    )


@given("服务端出示无效的证书", target_fixture="interview")
def certificate_is_invalid(interview: Interview, plan: Plan) -> Interview:
    """The clients are opened, and left to try until a stalled request would have been given up, and told of."""
    patience = plan.limits.stall + plan.limits.reaction
    alone = msgspec.structs.replace(interview, certificate="self-signed", threads={})
    return alone.ending(interview.begins + 2 * patience, Wait(pages=(Page.DONE,)))
