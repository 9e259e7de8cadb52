"""Steps: what the candidate does, and does otherwise than a careful one."""

from __future__ import annotations

from typing import Final

from pytest_bdd import given, parsers, when

from harness.core.plan import Plan, Track
from harness.core.script import Do, Step, Wait
from harness.core.view import Act, AlertCode, Page, Role
from harness.session.interview import REACTION_MS, Interview, Named, careful, finishing, press

TRACK: Final[dict[str, Track]] = {"普通": "ordinary", "美术": "art"}


@given(parsers.parse("一场{track}面试"), target_fixture="interview")
def an_interview(plan: Plan, track: str) -> Interview:
    interview = careful(plan, TRACK[track])
    # An art interview has no end of its own but the presentation's limit; this candidate ends it, as most would.
    return finishing(interview, Page.PRESENTATION, 1_800) if track == "美术" else interview


@given("考生的展示一直做到时限", target_fixture="interview")
def presents_to_the_limit(interview: Interview) -> Interview:
    return interview.without("finish", "confirm-1", "confirm-2")


@when("考生不点击【刷新】", target_fixture="interview")
def candidate_does_not_refresh(interview: Interview) -> Interview:
    return interview


@when("考生在入口开放后点击【刷新】", target_fixture="interview")
def candidate_refreshes(interview: Interview, plan: Plan) -> Interview:
    due = plan.windows.entry_opens + plan.limits.reaction
    refresh = Named("refresh", Step(action=Do(role=Role.LAPTOP, act=Act.REFRESH), at=due + 100))
    return interview.before("enter", refresh)


@when("考生在入口开放前点击【刷新】", target_fixture="interview")
def candidate_refreshes_early(interview: Interview, plan: Plan) -> Interview:
    refresh = Step(
        action=Do(role=Role.LAPTOP, act=Act.REFRESH), at=plan.windows.entry_opens - 700, when=Wait(pages=(Page.LOBBY,))
    )
    return interview.beside("refreshing", Named("refresh", refresh))


@when("考生迟到，在关闭入口前进入", target_fixture="interview")
def candidate_is_late(interview: Interview, plan: Plan) -> Interview:
    return interview.put_off("enter", plan.windows.entry_closes - 1_500)


@when("考生在入口关闭后才点击【进入考试】", target_fixture="interview")
def candidate_is_too_late(interview: Interview, plan: Plan) -> Interview:
    late = Step(action=Do(role=Role.LAPTOP, act=Act.ENTER), at=plan.windows.entry_closes + plan.limits.reaction)
    leaves = Step(action=Do(role=Role.PHONE, act=Act.STOP), after=1_500)
    agreed = Step(
        action=Do(role=Role.PHONE, act=Act.CONFIRM),
        when=Wait(role=Role.PHONE, alert=AlertCode.CONFIRM_STOP),
        after=200,
        patience=800,
    )
    shortened = interview.instead("enter", Named("enter", late)).without("wait", "start")
    return (
        shortened.instead("stop", Named("stop", _after(late, leaves)))
        .instead("confirm-stop", Named("confirm-stop", agreed))
        .ending(plan.windows.entry_closes + plan.limits.reaction + 6_000, Wait(role=Role.PHONE, pages=(Page.DONE,)))
    )


def _after(first: Step, step: Step) -> Step:
    """The step, so long after the exam time of another."""
    return Step(action=step.action, at=(first.at or 0) + step.after)


@when("考生在设备确认页停留到开考以后", target_fixture="interview")
def candidate_stays_on_the_device_page(interview: Interview) -> Interview:
    return interview.put_off("wait", 1_200)


@when("考生在试讲中提前结束", target_fixture="interview")
def candidate_ends_early(interview: Interview) -> Interview:
    return finishing(interview, Page.LESSON, 1_800).without("phrase")


@when("考生推迟开始试讲", target_fixture="interview")
def candidate_puts_off_the_lesson(interview: Interview, plan: Plan) -> Interview:
    return interview.put_off("start", plan.preparation_ends + 2_500).longer(2_500)


@when("考生在面试结束后再次点击【进入考试】", target_fixture="interview")
def candidate_enters_again(interview: Interview) -> Interview:
    again = Step(action=Do(role=Role.LAPTOP, act=Act.ENTER), when=Wait(pages=(Page.DONE,)), after=600)
    return interview.beside("laptop", Named("enter-again", again))


@when("考生在上传完成前关闭客户端", target_fixture="interview")
def candidate_closes_early(interview: Interview) -> Interview:
    close = Step(
        action=Do(role=Role.LAPTOP, act=Act.CLOSE), when=Wait(pages=(Page.UPLOAD,)), after=300, patience=30_000
    )
    return interview.beside("closing", Named("close", close))


@when("考生点击【求助】", target_fixture="interview")
def candidate_asks_for_help(interview: Interview) -> Interview:
    ask = Step(
        action=Do(role=Role.LAPTOP, act=Act.HELP, args={"text": "看不到题目图片"}),
        when=Wait(pages=(Page.PREPARATION,)),
        after=1_500,
    )
    return interview.beside("asking", Named("help", ask))


@when("考生不同意采集人脸照片", target_fixture="interview")
def candidate_declines(interview: Interview) -> Interview:
    return interview.instead("consent", Named("decline", press(Act.DECLINE))).without("login")


@when("考生再次人脸登录", target_fixture="interview")
def candidate_logs_in_again(interview: Interview) -> Interview:
    return interview.following("login", Named("login-again", press(Act.LOGIN, Page.LOGIN, after=900)))


@when("考生先输入一个错误的绑定码", target_fixture="interview")
def candidate_types_a_wrong_code(interview: Interview) -> Interview:
    wrong = Step(
        action=Do(role=Role.PHONE, act=Act.TYPE_CODE, args={"code": "ZZZZZZ"}),
        when=Wait(role=Role.LAPTOP, code=True),
        after=REACTION_MS,
    )
    bind = interview.step("bind")
    later = Named("bind", Step(action=bind.step.action, when=bind.step.when, after=1_200))
    return interview.instead("bind", Named("wrong-code", wrong), later)


@when("考生扫描二维码绑定", target_fixture="interview")
def candidate_scans(interview: Interview) -> Interview:
    scan = Step(
        action=Do(role=Role.PHONE, act=Act.SCAN, args={"payload": "$qr"}),
        when=Wait(role=Role.LAPTOP, code=True),
        after=REACTION_MS,
    )
    return interview.instead("bind", Named("bind", scan))


@when("考生在未读完附件时点击下一步", target_fixture="interview")
def candidate_skips_reading(interview: Interview, plan: Plan) -> Interview:
    skip = Step(action=Do(role=Role.LAPTOP, act=Act.PROCEED), when=Wait(pages=(Page.ATTACHMENTS,)), after=200)
    return interview.before(f"open-{plan.attachments[0].id}", Named("skip", skip))


@when("考生重新打开没有加载出来的附件", target_fixture="interview")
def candidate_opens_again(interview: Interview, plan: Plan) -> Interview:
    first = plan.attachments[0].id
    again = Step(
        action=Do(role=Role.LAPTOP, act=Act.OPEN, args={"id": first}),
        when=Wait(alert=AlertCode.NOT_LOADED),
        after=600,
        patience=3_000,
    )
    return interview.following(f"open-{first}", Named("open-again", again))


@when("考生点击【获取题目】", target_fixture="interview")
def candidate_fetches_the_question(interview: Interview) -> Interview:
    return interview.beside(
        "fetching", Named("fetch", press(Act.FETCH_QUESTION, Page.PREPARATION, after=400, patience=4_000))
    )


@when("考生点击【重新上传】", target_fixture="interview")
def candidate_retries(interview: Interview) -> Interview:
    return interview.beside(
        "retrying", Named("retry", press(Act.RETRY, Page.UPLOAD, after=700, patience=25_000))
    ).longer(12_000)


@when("考生在面试结束前停止佐证录制", target_fixture="interview")
def candidate_stops_the_phone_early(interview: Interview) -> Interview:
    stop = Step(action=Do(role=Role.PHONE, act=Act.STOP), when=Wait(pages=(Page.LESSON,)), after=1_000)
    cancel = Step(
        action=Do(role=Role.PHONE, act=Act.CANCEL),
        when=Wait(role=Role.PHONE, alert=AlertCode.CONFIRM_STOP),
        after=300,
        patience=800,
    )
    return interview.beside("hasty", Named("stop-early", stop), Named("cancel-stop", cancel))
