"""Steps: the devices and the network fail before anybody has logged in, one after the other, until all is well."""

from __future__ import annotations

from typing import Final

from msgspec import structs
from pytest_bdd import given

from features.steps.network import outage
from harness.core.plan import Plan, System
from harness.core.script import DISPLAY, Action, Disturb, Do, Kill, Plug, Say, ShowScene, Step, Wait
from harness.core.view import Act, AlertCode, Page, Role
from harness.session.interview import LEAD_MS, REACTION_MS, TEACHING, Interview, Named, careful, press

# What is to be noticed within a bound stands so much longer, so that it is seen when it was not.
LOOK_MS: Final = 500
PROCEED: Final = Do(role=Role.LAPTOP, act=Act.PROCEED)


@given("一位设备接连出故障的考生", target_fixture="interview")
def troubled(plan: Plan) -> Interview:
    """Starts without a network, in a dim and quiet room. Then one camera hangs and shows nothing, and one microphone is dead while somebody
    speaks; then there is no microphone, then no camera, and 【下一步】 is pressed each time. At last all is well, and the candidate logs in.

    What fails is plugged in failing, so that a client which looks at a device only when it comes has every chance to see it.
    """
    limits = plan.limits
    noticed = limits.device_check + limits.reaction + LOOK_MS
    told = limits.reaction + 100
    speak = Say(role=Role.LAPTOP, text=TEACHING)
    happens: tuple[tuple[int, tuple[Action, ...]], ...] = (
        (0, (Disturb(kind="down", role=Role.LAPTOP, for_ms=outage(plan)),)),
        (outage(plan) + 2_500, (*_in_place_of("camera-1", "camera-2"), *_in_place_of("microphone-2", "microphone-1"))),
        (300, (speak,)),
        (noticed - 300, (*_out("camera-2"), ShowScene(device="camera-2", scene="black"), *_in("camera-2"), speak)),
        (noticed, (*_in_place_of("camera-2", "camera-1"), *_in_place_of("microphone-1", "microphone-2"))),
        (1_200, _out("microphone-2")),
        (told, (PROCEED,)),
        (2 * LOOK_MS, (*_in("microphone-2"), *_out("camera-1"))),
        (told, (PROCEED,)),
        (2 * LOOK_MS, _in("camera-1")),
    )
    steps = [
        Named(f"trouble-{number}-{part}", Step(action=action, after=0 if part else after))
        for number, (after, actions) in enumerate(happens)
        for part, action in enumerate(actions)
    ]
    well = plan.windows.login_opens
    begins = well - LEAD_MS - sum(after for after, _ in happens)
    interview = careful(plan).only("check", "consent", "login").starting(begins).beside("world", *steps)
    for device, scene in (("camera-1", "lights-out"), ("camera-2", "frozen"), ("microphone-1", "silent")):
        interview = interview.seeing(device, scene)
    goes_on = structs.replace(interview.step("check").step, at=well - LEAD_MS, patience=3_000)
    interview = interview.unplugged("camera-2").unplugged("microphone-1").instead("check", Named("check", goes_on))
    return interview.ending(well + 4_000, Wait(pages=(Page.BIND,)))


@given("一位先在另一台电脑上再次登录、又重新打开客户端的考生", target_fixture="interview")
def returning(plan: Plan) -> Interview:
    """Once logged in, wants to log in on a second laptop as well, and switches that off; then reads the first file, after which the laptop's
    client is killed and started again.
    """
    rival, first = Role.RIVAL_LAPTOP, plan.attachments[0].id
    interview = careful(plan).only(
        *("check", "consent", "login", "show-code", "bound", "bind", "record", f"open-{first}", f"read-{first}")
    )
    interview = interview.against(rival).before(
        "show-code",
        Named("second-laptop", Step(action=Kill(role=rival, restart=True), when=Wait(pages=(Page.BIND,)))),
        *(Named(f"second-{act.value}", _at(rival, act)) for act in (Act.PROCEED, Act.CONSENT, Act.LOGIN)),
        Named("second-off", Step(action=Kill(role=rival), after=plan.limits.reaction + LOOK_MS)),
    )
    interview = interview.following(
        f"read-{first}",
        Named("kill", Step(action=Kill(role=Role.LAPTOP), after=700)),
        Named("restart", Step(action=Kill(role=Role.LAPTOP, restart=True), after=700)),
        # A client may want the whole way again; one that needs none of it is at the files before it could be pressed.
        Named("check-again", press(Act.PROCEED, Page.CHECK, patience=3_000)),
        Named("login-again", press(Act.LOGIN, Page.LOGIN, patience=1_000)),
        Named("bound-again", press(Act.PROCEED, Page.BIND, patience=1_500)),
    )
    looked_at = structs.replace(interview, linger_ms=plan.limits.reaction + LOOK_MS)
    return looked_at.ending(plan.windows.login_opens + 20_000, Wait(pages=(Page.ATTACHMENTS,)))


@given("一位起初接着扩展显示器的考生", target_fixture="interview")
def extended(plan: Plan) -> Interview:
    """Wants to log in with a second display beside the laptop's own, pulls that out when it was seen what comes of it, and tries again.

    Who is kept from trying goes on after a while, and goes the same way once more when the display is gone.
    """
    seen = plan.limits.reaction + LOOK_MS
    held_up = plan.limits.device_check + plan.limits.reaction
    unplug = Step(action=Plug(device=DISPLAY.id, present=False), after=seen)
    steps = (
        Named("check", press(Act.PROCEED, Page.CHECK, patience=held_up)),
        Named("consent", press(Act.CONSENT, patience=LEAD_MS)),
        Named("login", structs.replace(press(Act.LOGIN, Page.LOGIN, patience=LEAD_MS), at=plan.windows.login_opens)),
        Named("unplug", unplug),
        Named("check-again", press(Act.PROCEED, Page.CHECK, patience=seen)),
        Named("consent-again", press(Act.CONSENT, patience=LOOK_MS)),
        Named("login-again", press(Act.LOGIN, Page.LOGIN, patience=held_up)),
    )
    interview = careful(plan).having(DISPLAY).only("check").without("check").beside("laptop", *steps)
    return interview.ending(plan.windows.login_opens + 20_000, Wait(pages=(Page.BIND,)))


@given("一位电脑配置与电量都不足的考生", target_fixture="interview")
def wanting(plan: Plan) -> Interview:
    """The exam asks for more than any computer has; the battery is nearly empty, with no charger. Goes no further than the login."""
    limits = plan.limits
    beyond = structs.replace(plan, system=System(cores=4_096, memory_gib=4_096))
    goes_on = press(Act.PROCEED, Page.CHECK, after=limits.reaction, patience=limits.device_check + limits.reaction)
    interview = structs.replace(careful(beyond).only("check"), battery="low").instead("check", Named("check", goes_on))
    told = interview.begins + limits.device_check + 2 * limits.reaction + 2 * LEAD_MS
    return interview.ending(told, Wait(alert=AlertCode.SYSTEM_BELOW_MINIMUM), Wait(alert=AlertCode.LOW_BATTERY))


def _at(role: Role, act: Act) -> Step:
    """That device's control is pressed once it can be."""
    action = Do(role=role, act=act)
    return Step(action=action, when=Wait(role=role, enabled=act), after=REACTION_MS, patience=5_000)


def _in(device: str) -> tuple[Action, ...]:
    return (Plug(device=device, present=True),)


def _out(device: str) -> tuple[Action, ...]:
    return (Plug(device=device, present=False),)


def _in_place_of(old: str, new: str) -> tuple[Action, ...]:
    return (*_out(old), *_in(new))
