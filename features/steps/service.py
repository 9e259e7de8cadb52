"""Steps: what the exam service does wrong, or leaves to the client."""

from __future__ import annotations

from pytest_bdd import given, parsers, when

from harness.core.plan import Plan
from harness.core.script import DeskAct, Misbehaviour, Step, Wait
from harness.core.view import AlertCode, Page
from harness.session.interview import Interview, Named


@given("服务端的开放通知丢失", target_fixture="interview")
def push_is_lost(interview: Interview) -> Interview:
    return interview.misbehaving(Misbehaviour(kind="lose-push", reason="entry-opened"))


@given(parsers.parse("服务端不再把守{guard}"), target_fixture="interview")
def guard_is_dropped(interview: Interview, guard: str) -> Interview:
    return interview.misbehaving(
        Misbehaviour(kind="drop-guard", reason={"入口": "entry", "试题": "question", "登录": "login"}[guard])
    )


@given("服务端提前泄露试题", target_fixture="interview")
def question_leaks(interview: Interview) -> Interview:
    return interview.misbehaving(Misbehaviour(kind="leak-question"), Misbehaviour(kind="drop-guard", reason="question"))


@given("服务端第一次判定人脸不匹配", target_fixture="interview")
def face_does_not_match_once(interview: Interview) -> Interview:
    return interview.misbehaving(Misbehaviour(kind="refuse-face", reason="mismatch", count=1))


@given("服务端始终判定人脸不匹配", target_fixture="interview")
def face_never_matches(interview: Interview) -> Interview:
    return interview.misbehaving(Misbehaviour(kind="refuse-face", reason="mismatch"))


@given("服务端第一次判定面部被遮挡", target_fixture="interview")
def face_is_covered_once(interview: Interview) -> Interview:
    return interview.misbehaving(Misbehaviour(kind="refuse-face", reason="covered", count=1))


@when("技术服务人员代为完成登录", target_fixture="interview")
def desk_completes_the_login(interview: Interview) -> Interview:
    seen = Wait(alert=AlertCode.FACE_MISMATCH)
    return interview.beside("desk", Named("desk-login", Step(action=DeskAct(action="login"), when=seen, after=500)))


@when("技术服务人员用文字答复", target_fixture="interview")
def desk_answers(interview: Interview) -> Interview:
    answer = Step(
        action=DeskAct(action="answer", text="请点击左上角的获取题目按钮"),
        when=Wait(pages=(Page.PREPARATION,)),
        after=3_000,
    )
    return interview.beside("desk", Named("desk-answer", answer))


@given("试题第一次没有加载出来", target_fixture="interview")
def question_is_lost_once(interview: Interview) -> Interview:
    return interview.misbehaving(Misbehaviour(kind="lose", operation="question", count=1))


@given("附件第一次没有加载出来", target_fixture="interview")
def attachment_is_lost_once(interview: Interview) -> Interview:
    return interview.misbehaving(Misbehaviour(kind="lose", operation="attachment", count=1))


@given("面试结束后服务端一时不能接收上传", target_fixture="interview")
def uploads_fail_after_the_end(interview: Interview, plan: Plan) -> Interview:
    end = plan.preparation_ends + plan.answering(interview.track)
    fails = [
        Misbehaviour(kind="fail", operation=operation, status=503, from_ms=end, until_ms=end + 4_000)
        for operation in ("upload-patch", "upload-head", "upload-create", "finish")
    ]
    return interview.misbehaving(*fails).longer(8_000)


@given("服务端忙，一时返回错误", target_fixture="interview")
def service_answers_with_errors(interview: Interview, plan: Plan) -> Interview:
    return interview.misbehaving(
        Misbehaviour(
            kind="fail", operation="upload-patch", status=503, from_ms=1_000, until_ms=1_000 + 2 * plan.limits.stall
        )
    )
