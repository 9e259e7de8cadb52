"""Scenarios whose ideal interview reaches what a rule judges. By name, so that a case can say which it is about."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final

from features.steps.arrival import extended, returning, troubled, wanting
from features.steps.candidate import tries_to_take_the_question
from features.steps.phone import changing_phones
from features.steps.service import certificate_is_invalid
from harness.core.plan import Plan
from harness.core.script import DeskAct, Disturb, Do, Kill, LoseRecording, Misbehaviour, Plug, ShowScene, Step, Wait
from harness.core.view import Act, AlertCode, Page, Role, Stream
from harness.session.interview import Interview, Named, careful, finishing, press
from tests.rules.build import PLAN, Film, film

OUT_MS: Final = 2 * PLAN.limits.stall + 500


def _do(act: Act, role: Role = Role.LAPTOP, /, **args: str) -> Do:
    return Do(role=role, act=act, args=args)


def ordinary(plan: Plan) -> Interview:
    return careful(plan)


def art(plan: Plan) -> Interview:
    return finishing(careful(plan, "art"), Page.PRESENTATION, 1_800)


def refused(plan: Plan) -> Interview:
    """The face does not match, then is covered, then logs in."""
    faces = [Misbehaviour(kind="refuse-face", reason=reason, count=1) for reason in ("mismatch", "covered")]
    interview = careful(plan).misbehaving(*faces)
    for name in ("again", "and-again"):
        interview = interview.following("login", Named(name, press(Act.LOGIN, Page.LOGIN, after=700, patience=4_000)))
    return interview


def vouched(plan: Plan) -> Interview:
    """The face never matches; the desk completes the login."""
    seen = Wait(alert=AlertCode.FACE_MISMATCH)
    return (
        careful(plan)
        .misbehaving(Misbehaviour(kind="refuse-face", reason="mismatch"))
        .beside("desk", Named("vouch", Step(action=DeskAct(action="login"), when=seen, after=500)))
    )


def mistyped(plan: Plan) -> Interview:
    """A wrong code first; 【下一步】 and 【已阅】 before anything was opened."""
    interview = careful(plan)
    wrong = Step(action=_do(Act.TYPE_CODE, Role.PHONE, code="ZZZZZZ"), when=Wait(code=True), after=250)
    good = interview.step("bind").step
    interview = interview.instead("bind", Named("wrong", wrong), Named("bind", Step(action=good.action, after=1_000)))
    first = plan.attachments[0].id
    skip = Step(action=_do(Act.PROCEED), when=Wait(pages=(Page.ATTACHMENTS,)), after=200)
    return interview.before(
        f"open-{first}", Named("skip", skip), Named("hasty", Step(action=_do(Act.READ, id=first), after=100))
    )


def scanned(plan: Plan) -> Interview:
    scan = Step(action=_do(Act.SCAN, Role.PHONE, payload="$qr"), when=Wait(code=True), after=250)
    return careful(plan).instead("bind", Named("bind", scan))


def lost(plan: Plan) -> Interview:
    """The push, the first attachment and the question are lost; the candidate refreshes and fetches; asks for help."""
    interview = careful(plan).misbehaving(
        Misbehaviour(kind="lose-push", reason="entry-opened"),
        Misbehaviour(kind="lose", operation="attachment", count=1),
        Misbehaviour(kind="lose", operation="question", count=1),
    )
    first = plan.attachments[0].id
    again = Step(action=_do(Act.OPEN, id=first), when=Wait(alert=AlertCode.NOT_LOADED), after=600, patience=3_000)
    due = plan.windows.entry_opens + plan.limits.reaction
    fetch = press(Act.FETCH_QUESTION, Page.PREPARATION, after=400, patience=30_000)
    answer = DeskAct(action="answer", text="请点击获取题目")
    return (
        interview.following(f"open-{first}", Named("open-again", again))
        .before("enter", Named("refresh", Step(action=_do(Act.REFRESH), at=due + 100)))
        .beside("fetching", Named("fetch", fetch))
        .beside("asking", Named("help", Step(action=_do(Act.HELP, text="？"), when=Wait(pages=(Page.PREPARATION,)))))
        .beside("desk", Named("answer", Step(action=answer, at=3_000)))
    )


def late(plan: Plan) -> Interview:
    """Enters after T0; puts off 【开始】; tries to enter again after the end."""
    again = Step(action=_do(Act.ENTER), when=Wait(pages=(Page.DONE,)), after=300)
    return (
        careful(plan)
        .put_off("enter", plan.windows.entry_closes - 2_500)
        .put_off("start", plan.preparation_ends + 1_500)
        .beside("again", Named("again", again))
    )


def too_late(plan: Plan) -> Interview:
    """【进入考试】 after it closed, and the service would not mind."""
    at = plan.windows.entry_closes + plan.limits.reaction
    enter = Named("enter", Step(action=_do(Act.ENTER), at=at))
    return (
        careful(plan)
        .misbehaving(Misbehaviour(kind="drop-guard", reason="entry"))
        .instead("enter", enter)
        .without("wait", "start", "stop", "confirm-stop")
        .ending(at + 6_000)
    )


def devices(plan: Plan) -> Interview:
    """One camera is plugged in and one microphone pulled out on the device page; the new camera and the other microphone are chosen."""
    page = Wait(pages=(Page.DEVICES,))
    return (
        careful(plan)
        .unplugged("camera-2")
        .before(
            "wait",
            Named("plug", Step(action=Plug(device="camera-2", present=True), when=page, after=200)),
            Named("refresh-1", press(Act.REFRESH_DEVICES, Page.DEVICES)),
            Named("camera", press(Act.CHOOSE, Page.DEVICES, id="camera-2")),
            Named("microphone", press(Act.CHOOSE, Page.DEVICES, id="microphone-2")),
            Named("unplug", Step(action=Plug(device="microphone-1", present=False), after=200)),
            Named("refresh-2", press(Act.REFRESH_DEVICES, Page.DEVICES)),
            Named("refresh-3", press(Act.REFRESH_DEVICES, Page.DEVICES, after=500)),
        )
    )


def lingering(plan: Plan) -> Interview:
    """Stays on the device page past T0."""
    return careful(plan).put_off("wait", 1_200)


def early(plan: Plan) -> Interview:
    """Ends in the lesson; wanted to stop the phone before it."""
    stop = Step(action=_do(Act.STOP, Role.PHONE), when=Wait(pages=(Page.LESSON,)), after=600)
    cancel = Step(
        action=_do(Act.CANCEL, Role.PHONE), when=Wait(role=Role.PHONE, alert=AlertCode.CONFIRM_STOP), after=200
    )
    interview = careful(plan).without("phrase").beside("hasty", Named("hasty", stop), Named("cancel", cancel))
    return finishing(interview, Page.LESSON, 1_800)


def outage(plan: Plan) -> Interview:
    """The laptop's network is out over the end of preparation and the start of the lesson."""
    return careful(plan).disturbed("down", plan.preparation_ends - 1_500, OUT_MS, Role.LAPTOP).longer(3_000)


def over_the_end(plan: Plan) -> Interview:
    """The laptop's network is out until after the end, and beyond the deadline; the candidate wants to close the client."""
    start, end = plan.preparation_ends + 1_500, plan.preparation_ends + plan.answering("ordinary")
    close = Step(action=_do(Act.CLOSE), when=Wait(pages=(Page.UPLOAD,)), after=300)
    return (
        careful(plan)
        .disturbed("down", start, end - start + plan.spans.upload_deadline + 4_000, Role.LAPTOP)
        .beside("closing", Named("close", close))
        .longer(plan.spans.upload_deadline + 12_000)
    )


def cut_off(plan: Plan) -> Interview:
    """Both networks are out when the code is typed, when 【进入考试】 is pressed, at T0, and when the evidence is uploaded."""
    entry = careful(plan).step("enter").step
    out = Disturb(kind="down", for_ms=1_000)
    film = Wait(role=Role.PHONE, pages=(Page.UPLOAD,))
    return (
        careful(plan)
        .beside("binding", Named("binding", Step(action=out, when=Wait(code=True), after=230)))
        .beside("entry", Named("entry", Step(action=out, when=entry.when, after=entry.after - 20)))
        .beside("start", Named("start-out", Step(action=out, at=-600)))
        .beside("film", Named("film", Step(action=out, when=film, after=20)))
        .longer(6_000)
    )


def phone_out(plan: Plan) -> Interview:
    """The phone's network is out while it records."""
    return careful(plan).disturbed("down", 1_000, OUT_MS, Role.PHONE).longer(3_000)


def phone_cut(plan: Plan) -> Interview:
    """The phone's network goes while it uploads."""
    cut = Step(
        action=Disturb(kind="down", role=Role.PHONE, for_ms=OUT_MS),
        when=Wait(role=Role.PHONE, pages=(Page.UPLOAD,)),
        after=20,
    )
    return careful(plan).beside("cutting", Named("cut", cut)).longer(OUT_MS + 4_000)


def pulled(plan: Plan) -> Interview:
    """The camera that is recorded goes and another is chosen; the microphone goes and comes back; then the screen does; there was none at
    the entry. The candidate leaves the window twice.
    """
    missed = plan.limits.reaction + 300

    def gone(device: str, at: int) -> Step:
        return Step(action=Plug(device=device, present=False), at=at)

    return (
        careful(plan)
        .unplugged("screen-1")
        .plugging("screen-1", -1_000, present=True)
        .beside(
            "pulling",
            Named("camera-out", gone("camera-1", 400)),
            Named("camera", Step(action=_do(Act.CHOOSE, id="camera-2"), after=missed)),
            Named("screen-out", gone("screen-1", 3_000)),
            Named("screen-back", Step(action=Plug(device="screen-1", present=True), after=missed)),
            Named("microphone-out", Step(action=Plug(device="microphone-1", present=False), after=300)),
            Named("microphone-back", Step(action=Plug(device="microphone-1", present=True), after=missed)),
            Named("leave", Step(action=_do(Act.LEAVE), at=plan.preparation_ends + 2_500)),
            Named("return", Step(action=_do(Act.RETURN), after=500)),
            Named("leave-again", Step(action=_do(Act.LEAVE), after=300)),
        )
    )


def regained(plan: Plan) -> Interview:
    """After success the service loses camera and evidence; the candidate has each uploaded again."""
    interview = careful(plan)
    for role, stream in ((Role.LAPTOP, Stream.CAMERA), (Role.PHONE, Stream.EVIDENCE)):
        lose = Step(action=LoseRecording(stream=stream), when=Wait(role=role, pages=(Page.DONE,)), after=300)
        again = Step(action=_do(Act.RETRY, role), when=Wait(role=role, enabled=Act.RETRY), after=400)
        interview = interview.beside(f"losing-{role}", Named(f"{role}-lost", lose), Named(f"{role}-again", again))
    return interview


def failing(plan: Plan) -> Interview:
    """Uploads fail while the candidate prepares, and again at the end, where 【重新上传】 is pressed."""
    end = plan.preparation_ends + plan.answering("ordinary")
    uploads = ("upload-patch", "upload-head", "upload-create", "finish")
    fails = [Misbehaviour(kind="fail", operation=each, from_ms=end, until_ms=end + 6_000) for each in uploads]
    busy = Misbehaviour(kind="fail", operation="upload-patch", from_ms=1_000, until_ms=1_000 + OUT_MS)
    retry = Step(action=_do(Act.RETRY), when=Wait(alert=AlertCode.UPLOAD_FAILED, pages=(Page.UPLOAD,)), after=600)
    return (
        careful(plan)
        .misbehaving(*fails, busy)
        .disturbed("reset_peer", 6_000, 300, Role.LAPTOP)
        .beside("retrying", Named("retry", retry))
        .longer(8_000)
    )


def killed(plan: Plan) -> Interview:
    """The laptop client is killed while the candidate prepares, and started again."""
    again = [Named("check-2", press(Act.PROCEED, Page.CHECK)), Named("login-2", press(Act.LOGIN))]
    return (
        careful(plan)
        .following(
            "wait",
            *(
                Named(each.name, Step(action=each.step.action, when=each.step.when, at=3_700, patience=4_000))
                for each in again
            ),
        )
        .beside(
            "killing",
            Named("kill", Step(action=Kill(role=Role.LAPTOP), at=2_500)),
            Named("restart", Step(action=Kill(role=Role.LAPTOP, restart=True), after=800)),
        )
        .longer(6_000)
    )


def away(plan: Plan) -> Interview:
    """The candidate leaves the phone's app twice, each time for longer than a recording may lack."""
    gone = plan.limits.recording_gap + 1_000
    leave, back = _do(Act.LEAVE, Role.PHONE), _do(Act.RETURN, Role.PHONE)
    return careful(plan).beside(
        "leaving",
        Named("leave", Step(action=leave, at=500)),
        Named("return", Step(action=back, after=gone)),
        Named("leave-again", Step(action=leave, after=1_000)),
        Named("return-again", Step(action=back, after=gone)),
    )


def phone_killed(plan: Plan) -> Interview:
    """The phone client is killed in the lesson, started again, and bound again."""
    pairing = Wait(role=Role.PHONE, pages=(Page.PAIR,))
    show = Step(action=_do(Act.SHOW_CODE), when=pairing, after=200, patience=1_000)
    bind = Step(action=_do(Act.TYPE_CODE, Role.PHONE, code="$code"), when=pairing, after=200, patience=1_000)
    return (
        careful(plan)
        .beside(
            "killing",
            Named("kill", Step(action=Kill(role=Role.PHONE), at=plan.preparation_ends + 600)),
            Named("restart", Step(action=Kill(role=Role.PHONE, restart=True), after=plan.limits.recording_gap + 400)),
            Named("show", show),
            Named("bind-again", bind),
        )
        .longer(4_000)
    )


def held_up(plan: Plan) -> Interview:
    """Each side of the sheet is held to the camera for three seconds and more."""
    show = ShowScene(device="camera-1", scene="sheet-front", for_ms=3_200)
    back = ShowScene(device="camera-1", scene="sheet-back", for_ms=3_200)
    return (
        careful(plan)
        .instead("sheet-front", Named("sheet-front", Step(action=show, at=500)))
        .instead("sheet-back", Named("sheet-back", Step(action=back, at=4_000)))
    )


def distrusting(plan: Plan) -> Interview:
    """The service shows a certificate that is not valid."""
    return certificate_is_invalid(careful(plan), plan)


def taking(plan: Plan) -> Interview:
    """Presses the screenshot key while preparing, and tries to get at the question's text."""
    return tries_to_take_the_question(careful(plan))


def declining(plan: Plan) -> Interview:
    """Does not consent to the face picture."""
    return careful(plan).instead("consent", Named("decline", press(Act.DECLINE))).without("login").ending(0)


SCENARIOS: Final[dict[str, Callable[[Plan], Interview]]] = {
    each.__name__: each
    for each in (
        ordinary, art, troubled, returning, refused, vouched, mistyped, scanned, lost, late, too_late, devices, lingering, early, outage,
        over_the_end, cut_off, distrusting, phone_out, phone_cut, failing, killed, held_up,
        pulled, regained, away, phone_killed, changing_phones, extended, wanting, taking,
    )
}  # fmt: skip


@cache
def ideal(name: str) -> Film:
    """The ideal interview of a scenario, at scaled speed."""
    return film(SCENARIOS[name](PLAN).script())
