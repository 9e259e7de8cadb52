"""Steps: the network fails and comes back. Faults last real ms: at least twice the stall limit where retrying is judged."""

from __future__ import annotations

from typing import Final

from pytest_bdd import when

from features.steps.devices import MISSED_MS
from harness.core.plan import Plan
from harness.core.script import Disturb, Do, Step, Wait
from harness.core.view import Act, Page, Role
from harness.session.interview import REACTION_MS, Interview, Named, finishing

# Evidence of half a minute is about 0.7 MB: five seconds on this line.
SLOW_LINE: Final = 150_000  # bytes a second


def outage(plan: Plan) -> int:
    """So long that a client must have noticed and tried again, ms."""
    return 2 * plan.limits.stall + 500


@when("备课时服务器不再应答", target_fixture="interview")
def network_is_half_open_in_preparation(interview: Interview, plan: Plan) -> Interview:
    return interview.disturbed("timeout", 1_500, outage(plan), Role.LAPTOP).longer(3_000)


@when("网络在备课结束前中断，直到试讲开始以后", target_fixture="interview")
def network_fails_over_the_change_of_stage(interview: Interview, plan: Plan) -> Interview:
    return interview.disturbed("down", plan.preparation_ends - 1_500, outage(plan), Role.LAPTOP).longer(3_000)


@when("网络在试讲中断，直到面试结束以后", target_fixture="interview")
def network_fails_over_the_end(interview: Interview, plan: Plan) -> Interview:
    start = plan.preparation_ends + 1_500
    return interview.disturbed("down", start, plan.answering(interview.track) + 2_500, Role.LAPTOP).longer(9_000)


@when("考生提前结束，而网络中断直到上传期限以后", target_fixture="interview")
def network_fails_beyond_the_deadline(interview: Interview, plan: Plan) -> Interview:
    """Begun when login is open and ended in the preparation: a plan's deadline is long enough to wait for."""
    ended = 1_500 + REACTION_MS
    out = ended + plan.spans.upload_deadline + plan.limits.reaction + 500
    fails = Disturb(kind="down", role=Role.LAPTOP, for_ms=out)
    # What a client makes of the network's return is waited for, also of one that says it is done.
    seen = Do(role=Role.LAPTOP, act=Act.RETURN)
    short = finishing(interview.without("start", "teach", "phrase"), Page.PREPARATION, ended - REACTION_MS)
    short = short.starting(plan.windows.login_opens).beside(
        "failing",
        Named("out", Step(action=fails, when=Wait(pages=(Page.PREPARATION,)), after=600)),
        Named("seen", Step(action=seen, after=out + plan.limits.reaction + MISSED_MS)),
    )
    return short.ending(out + 4 * plan.limits.catch_up, *interview.until)


@when("考生在上传完成前关闭客户端", target_fixture="interview")
def candidate_closes_early(interview: Interview) -> Interview:
    close = Step(
        action=Do(role=Role.LAPTOP, act=Act.CLOSE),
        at=interview.plan.preparation_ends,
        when=Wait(pages=(Page.UPLOAD,)),
        after=300,
        patience=interview.longest - interview.plan.preparation_ends + 20_000,
    )
    return interview.beside("closing", Named("close", close))


def phone_network_fails(interview: Interview, plan: Plan) -> Interview:
    return interview.disturbed("down", 1_000, outage(plan), Role.PHONE).longer(3_000)


def phone_network_fails_while_it_uploads(interview: Interview, plan: Plan) -> Interview:
    """A slow line first, so that a part of the evidence is there when the network goes."""
    stop = interview.step("stop").step
    slow = Disturb(kind="bandwidth", role=Role.PHONE, value=SLOW_LINE, for_ms=4_000)
    fails = Step(
        action=Disturb(kind="down", role=Role.PHONE, for_ms=outage(plan)),
        when=Wait(role=Role.PHONE, pages=(Page.UPLOAD,)),
        after=1_500,
    )
    slowed = interview.instead(
        "stop",
        Named("slow", Step(action=slow, when=stop.when, after=stop.after)),
        Named("stop", Step(action=stop.action, after=50)),
    )
    return slowed.beside("failing", Named("phone-out", fails)).longer(outage(plan) + 6_000)
