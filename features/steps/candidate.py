"""Steps: which candidate this is, and what they do otherwise than a careful one.

A run is the dearest thing there is, so a few candidates meet much, one thing a stage, and scenarios of several stages ask about the same
run: the hasty, the unlucky, the helped and the calm one below. What each meets is listed in their step.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace
from pytest_bdd import given, parsers, when

from features.steps import devices, network, phone, service
from harness.core.plan import Plan, Track
from harness.core.script import Do, Kill, Step, Wait
from harness.core.view import RUNNING, Act, AlertCode, Page, Role
from harness.session.interview import LEAD_MS, REACTION_MS, Interview, Named, careful, finishing, press

# More than any clock here is off, and well inside the second in which entry closes.
JUST_CLOSED_MS: Final = 300

INSIDE: Final = Wait(pages=(Page.WAITING, *RUNNING))

TRACK: Final[dict[str, Track]] = {"普通": "ordinary", "美术": "art"}


@given(parsers.parse("一场{track}面试"), target_fixture="interview")
def an_interview(plan: Plan, track: str) -> Interview:
    interview = early(careful(plan, TRACK[track]), plan)
    # An art interview has no end of its own but the presentation's limit; this candidate ends it, as most would.
    return finishing(interview, Page.PRESENTATION, 3_300) if track == "美术" else interview


def early(interview: Interview, plan: Plan) -> Interview:
    """Starts early enough before the first window that what is said before it can be seen."""
    return interview.starting(plan.windows.login_opens - LEAD_MS - plan.limits.reaction)


@given("一位处处遇到波折的考生", target_fixture="interview")
def unlucky(plan: Plan) -> Interview:
    """The face is refused twice, the code mistyped, reading skipped, an attachment and the question lost; help; the camera and the microphone
    that are recorded are pulled out; entering again.
    """
    interview = service.faces_refused_twice(careful(plan))
    # The second press comes so long after the first that the first's picture is old by then.
    for after in (700, 700 + plan.limits.still_age):
        interview = interview.following(
            "login", Named("login-again", press(Act.LOGIN, Page.LOGIN, after=after, patience=4_000))
        )
    interview = types_a_wrong_code(interview)
    interview = skips_reading(service.attachment_is_lost_once(interview), plan)
    interview = opens_again(interview, plan)
    interview = fetches_the_question(service.question_is_lost_once(interview))
    interview = service.desk_answers(asks_for_help(interview))
    return enters_again(devices.pulls_out_what_is_recorded(interview, plan))


@given("一位得到技术服务帮助的考生", target_fixture="interview")
def helped(plan: Plan) -> Interview:
    """The desk logs them in; the push is lost; there is no screen at the entry; a camera is plugged in late; another camera and microphone;
    the phone's network fails; the service loses what it had confirmed.
    """
    interview = service.desk_completes_the_login(service.face_never_matches(careful(plan)))
    interview = refreshes(service.push_is_lost(interview), plan)
    interview = devices.plugs_in_and_refreshes(devices.second_camera_is_missing(interview))
    interview = devices.chooses_the_other_microphone(devices.chooses_the_other_camera(interview))
    interview = devices.screen_is_missing_at_the_entry(interview, plan)
    return service.recordings_are_lost_after_success(network.phone_network_fails(interview, plan))


@given("一位匆忙的考生", target_fixture="interview")
def hasty(plan: Plan) -> Interview:
    """Scans the code; comes late and stays on the device page; a camera is pulled out; ends early; tries to stop the phone too soon;
    the phone's network fails twice.
    """
    interview = scans(careful(plan))
    interview = devices.pulls_out_and_refreshes(is_late(interview, plan))
    interview = ends_early(stops_the_phone_early(interview))
    # A phone that uploads live is cut off in the preparation, one that uploads at the end is then.
    return network.phone_network_fails_while_it_uploads(network.phone_network_fails(interview, plan), plan)


@given("一位从容的考生", target_fixture="interview")
def calm(plan: Plan) -> Interview:
    """Would be let in before login opens; presses 【刷新】 before entry does; the question has leaked; the screen goes for a while; leaves the
    phone's app; presses the screenshot key and tries to get the question's text; puts the lesson off; uploads fail for a while after the end.
    """
    interview = phone.leaves_the_app_twice(service.login_is_not_guarded(early(careful(plan), plan)), plan)
    interview = refreshes_early(service.question_leaks(interview), plan)
    interview = devices.screen_goes_and_comes_back(interview, plan)
    interview = tries_to_take_the_question(puts_off_the_lesson(interview, plan))
    return retries(service.uploads_fail_after_the_end(interview, plan))


@when("考生在入口关闭后才点击【进入考试】", target_fixture="interview")
def is_too_late(interview: Interview, plan: Plan) -> Interview:
    pressed = plan.windows.entry_closes + JUST_CLOSED_MS
    enter = Named("enter", Step(action=Do(role=Role.LAPTOP, act=Act.ENTER), at=pressed))
    stop = Named("stop", Step(action=Do(role=Role.PHONE, act=Act.STOP), at=pressed + 1_500))
    shortened = interview.instead("enter", enter).without("wait", "start").instead("stop", stop)
    return shortened.ending(pressed + 6_000, Wait(role=Role.PHONE, pages=(Page.DONE,)))


@when("笔记本客户端在备课时被强行终止，随后重新打开", target_fixture="interview")
def laptop_is_killed(interview: Interview) -> Interview:
    return interview.beside(
        "killing",
        Named("kill", Step(action=Kill(role=Role.LAPTOP), at=2_500)),
        Named("restart", Step(action=Kill(role=Role.LAPTOP, restart=True), after=800)),
        *_in_again("again"),
    )


def _in_again(when: str) -> tuple[Named, ...]:
    """The way in once more, which a client may want to be gone; who is inside before it could be pressed presses nothing."""
    return tuple(
        Named(f"{act.value}-{when}", replace(press(act, page, patience=patience), unless=INSIDE))
        for act, page, patience in (
            (Act.PROCEED, Page.CHECK, 2_500),
            (Act.LOGIN, Page.LOGIN, 1_000),
            (Act.ENTER, Page.LOBBY, 1_000),
        )
    )


@when("考生在网络中断前后各切换到其他窗口一次", target_fixture="interview")
def leaves_the_window_twice(interview: Interview, plan: Plan) -> Interview:
    """While the network works, and in the lesson, when it is out; and when all is over, which is nobody's business."""
    leave, back = (Do(role=Role.LAPTOP, act=act) for act in (Act.LEAVE, Act.RETURN))
    told = plan.preparation_ends + plan.answering(interview.track) + 4_000 + plan.limits.catch_up
    return interview.beside(
        "leaving",
        *(
            step
            for number, at in enumerate((2_000, plan.preparation_ends + 2_500))
            for step in (
                Named(f"leave-{number}", Step(action=leave, at=at)),
                Named(f"return-{number}", Step(action=back, after=900)),
            )
        ),
        Named("leave-after", Step(action=leave, at=told + 300)),
        Named("return-after", Step(action=back, after=50)),
    )


@when("随后又被强行终止一次，再次重新打开", target_fixture="interview")
def laptop_is_killed_again(interview: Interview, plan: Plan) -> Interview:
    """Once it had the time to record again."""
    return interview.beside(
        "killing",
        Named("kill-again", Step(action=Kill(role=Role.LAPTOP), when=INSIDE, after=plan.limits.recording_start + 200)),
        Named("restart-again", Step(action=Kill(role=Role.LAPTOP, restart=True), after=800)),
        *_in_again("once-more"),
    )


def refreshes(interview: Interview, plan: Plan) -> Interview:
    due = plan.windows.entry_opens + plan.limits.reaction
    return interview.before("enter", Named("refresh", Step(action=Do(role=Role.LAPTOP, act=Act.REFRESH), at=due + 100)))


def refreshes_early(interview: Interview, plan: Plan) -> Interview:
    refresh = Step(
        action=Do(role=Role.LAPTOP, act=Act.REFRESH), at=plan.windows.entry_opens - 600, when=Wait(pages=(Page.LOBBY,))
    )
    return interview.beside("refreshing", Named("refresh", refresh))


def is_late(interview: Interview, plan: Plan) -> Interview:
    return interview.put_off("enter", plan.windows.entry_closes - 1_500)


def ends_early(interview: Interview) -> Interview:
    return finishing(interview, Page.LESSON, 2_000).without("phrase")


def puts_off_the_lesson(interview: Interview, plan: Plan) -> Interview:
    return interview.put_off("start", plan.preparation_ends + 2_500).longer(2_500)


def enters_again(interview: Interview) -> Interview:
    again = Step(action=Do(role=Role.LAPTOP, act=Act.ENTER), when=Wait(pages=(Page.DONE,)), after=600)
    return interview.beside("laptop", Named("enter-again", again))


def asks_for_help(interview: Interview) -> Interview:
    ask = Step(
        action=Do(role=Role.LAPTOP, act=Act.HELP, args={"text": "看不到题目图片"}),
        when=Wait(pages=(Page.PREPARATION,)),
        after=1_500,
    )
    return interview.beside("asking", Named("help", ask))


def types_a_wrong_code(interview: Interview) -> Interview:
    wrong = Step(
        action=Do(role=Role.PHONE, act=Act.TYPE_CODE, args={"code": "ZZZ-ZZZ-ZZZ"}),
        when=Wait(role=Role.LAPTOP, code=True),
        after=REACTION_MS,
    )
    bind = interview.step("bind").step
    return interview.instead(
        "bind", Named("wrong-code", wrong), Named("bind", Step(action=bind.action, when=bind.when, after=1_000))
    )


def scans(interview: Interview) -> Interview:
    """Holds the phone to the QR code; where that does not bind, types the code, as the notice has it."""
    scan = Step(
        action=Do(role=Role.PHONE, act=Act.SCAN, args={"payload": "$qr"}),
        when=Wait(role=Role.LAPTOP, code=True),  # where no picture is shown with it, the code is typed
        after=2 * REACTION_MS,
    )
    instead = Step(
        action=Do(role=Role.PHONE, act=Act.TYPE_CODE, args={"code": "$code"}),
        when=Wait(role=Role.PHONE, alert=AlertCode.WRONG_CODE),
        after=2 * REACTION_MS,
        patience=8_000,
    )
    return interview.instead("bind", Named("bind", scan)).beside("typing", Named("type-instead", instead))


def skips_reading(interview: Interview, plan: Plan) -> Interview:
    """Presses 【已阅】 of a file that was not opened, and the next step before anything was read."""
    first = plan.attachments[0].id
    unopened = Step(
        action=Do(role=Role.LAPTOP, act=Act.READ, args={"id": first}), when=Wait(pages=(Page.ATTACHMENTS,)), after=200
    )
    skip = Step(action=Do(role=Role.LAPTOP, act=Act.PROCEED), after=200)
    return interview.before(f"open-{first}", Named("read-unopened", unopened), Named("skip", skip))


def opens_again(interview: Interview, plan: Plan) -> Interview:
    first = plan.attachments[0].id
    again = Step(
        action=Do(role=Role.LAPTOP, act=Act.OPEN, args={"id": first}),
        when=Wait(alert=AlertCode.NOT_LOADED),
        after=400,
        patience=3_000,
    )
    return interview.following(f"open-{first}", Named("open-again", again))


def tries_to_take_the_question(interview: Interview) -> Interview:
    """Presses the screenshot key while the question is there; then selects, copies, drags and prints."""
    shown = Wait(question=True)
    return interview.beside(
        "taking",
        Named("screenshot", Step(action=Do(role=Role.LAPTOP, act=Act.SCREENSHOT), when=shown, after=1_500)),
        Named("copy", Step(action=Do(role=Role.LAPTOP, act=Act.COPY), when=shown, after=700)),
    )


def fetches_the_question(interview: Interview) -> Interview:
    offered = Wait(enabled=Act.FETCH_QUESTION)
    fetch = Step(action=Do(role=Role.LAPTOP, act=Act.FETCH_QUESTION), at=0, when=offered, after=400, patience=4_000)
    return interview.beside("fetching", Named("fetch", fetch))


def retries(interview: Interview) -> Interview:
    failed = Wait(alert=AlertCode.UPLOAD_FAILED)
    retry = Step(
        action=Do(role=Role.LAPTOP, act=Act.RETRY), at=interview.longest, when=failed, after=500, patience=10_000
    )
    # Whoever sees it fail once more presses once more; an upload that goes on by itself is never seen to.
    again = Step(action=Do(role=Role.LAPTOP, act=Act.RETRY), when=failed, after=3_000, patience=6_000)
    return interview.beside("retrying", Named("retry", retry), Named("retry-again", again)).longer(12_000)


def stops_the_phone_early(interview: Interview) -> Interview:
    stop = Step(action=Do(role=Role.PHONE, act=Act.STOP), when=Wait(pages=(Page.LESSON,)), after=700)
    cancel = Step(
        action=Do(role=Role.PHONE, act=Act.CANCEL),
        when=Wait(role=Role.PHONE, alert=AlertCode.CONFIRM_STOP),
        after=300,
        patience=800,
    )
    return interview.beside("hasty", Named("stop-early", stop), Named("cancel-stop", cancel))
