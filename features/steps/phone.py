"""Steps: what befalls the phone: the candidate leaves its app, its client is killed, another phone is to take its place."""

from __future__ import annotations

from pytest_bdd import given, when

from harness.core.plan import Plan
from harness.core.script import DeskAct, Disturb, Do, Kill, Step, Wait
from harness.core.view import Act, Role
from harness.session.interview import REACTION_MS, Interview, Named, careful, press


def leaves_the_app_twice(interview: Interview, plan: Plan) -> Interview:
    """Each time for well over what a recording may lack without a word."""
    away = plan.limits.recording_gap + 1_500
    filming = Wait(role=Role.PHONE, recording=True)
    leave, back = Do(role=Role.PHONE, act=Act.LEAVE), Do(role=Role.PHONE, act=Act.RETURN)
    return interview.beside(
        "leaving",
        Named("leave", Step(action=leave, at=500, when=filming)),
        Named("return", Step(action=back, after=away)),
        Named("leave-again", Step(action=leave, after=1_000)),
        Named("return-again", Step(action=back, after=away)),
    )


def _is_killed(interview: Interview, at: int, dead: int) -> Interview:
    """Killed at that time, started again so much later, and bound again wherever it offers that."""
    offered, shown = Wait(role=Role.PHONE, enabled=Act.TYPE_CODE), Wait(role=Role.LAPTOP, code=True)
    show = Do(role=Role.LAPTOP, act=Act.SHOW_CODE)
    bind = Do(role=Role.PHONE, act=Act.TYPE_CODE, args={"code": "$code"})
    return interview.beside(
        "killing the phone",
        Named("kill-phone", Step(action=Kill(role=Role.PHONE), at=at)),
        Named("restart-phone", Step(action=Kill(role=Role.PHONE, restart=True), after=dead)),
        Named("show-code-again", Step(action=show, when=offered, after=REACTION_MS, patience=1_500)),
        Named("bind-again", Step(action=bind, when=shown, after=2 * REACTION_MS, patience=1_500)),
    )


@when("手机客户端在试讲时被强行终止，随后重新打开", target_fixture="interview")
def phone_is_killed(interview: Interview, plan: Plan) -> Interview:
    return _is_killed(interview, plan.preparation_ends + 600, plan.limits.recording_gap + 400)


@when("手机在试讲断网时被强行终止，随后重新打开", target_fixture="interview")
def phone_is_killed_offline(interview: Interview, plan: Plan) -> Interview:
    """The phone's network goes before the kill and is back well after the new start."""
    fails, dead = plan.preparation_ends + 600, plan.limits.recording_gap + 400
    down = Disturb(kind="down", role=Role.PHONE, for_ms=dead + 1_800)
    offline = interview.beside("phone's network", Named("phone-down", Step(action=down, at=fails)))
    return _is_killed(offline, fails + 600, dead)


@given("一位要换用另一部手机的考生", target_fixture="interview")
def changing_phones(plan: Plan) -> Interview:
    """Tries the code of the phone that films on a second one, in vain; the desk releases the first, and the second is bound. Ends there."""
    rival = Role.RIVAL_PHONE
    bind = Do(role=rival, act=Act.TYPE_CODE, args={"code": "$code"})
    waits, shown = Wait(role=rival, enabled=Act.TYPE_CODE), Wait(code=True)
    show = press(Act.SHOW_CODE, patience=3_000)
    return (
        careful(plan)
        .only("check", "consent", "login", "show-code", "bind", "record")
        .against(rival)
        .following(
            "record",
            Named(
                "second-phone", Step(action=Kill(role=rival, restart=True), when=Wait(role=Role.PHONE, recording=True))
            ),
            Named("show-used-code", Step(action=show.action, when=waits, after=REACTION_MS)),
            Named("bind-second", Step(action=bind, when=shown, after=2 * REACTION_MS)),
            Named("release", Step(action=DeskAct(action="release"), after=plan.limits.reaction)),
            # A laptop that shows the code still need not be asked for it.
            Named("unbound", Step(action=show.action, when=Wait(bound=False), after=REACTION_MS, patience=3_000)),
            Named("bind-second-again", Step(action=bind, when=shown, after=2 * REACTION_MS)),
        )
        .ending(plan.windows.login_opens + 20_000, Wait(role=rival, recording=True))
    )
