"""Rules about logging in by face (notice, section two)."""

from __future__ import annotations

import re
from typing import Final

from harness.core.events import DeskActed, Event, Intent, Operation, Scene, Served, Viewed
from harness.core.script import Script
from harness.core.timeline import Timeline
from harness.core.units import show, show_moment
from harness.core.verdict import Broken, Kept, Margin, Unobserved, Verdict
from harness.core.view import Act, AlertCode, Page, Role, View
from harness.rules.facts import (
    GLANCE_MS,
    OUTAGES,
    doubt,
    error_of,
    extended,
    faulty,
    first_seen,
    horizon,
    out_at,
    read,
    refusals,
    seen_throughout,
    tells_contact,
    view_before,
    view_of,
    views,
    visible,
)
from harness.rules.rule import Need, rule
from harness.rules.weigh import either

OUTSIDE: Final = (Page.CHECK, Page.LOGIN)
# Whoever says when something opens says a number, in digits or in Chinese.
_NUMBER: Final = re.compile(r"[0-9０-９零一二两三四五六七八九十]")
# Whoever says what the face picture is for names it.
_PICTURE: Final = re.compile(r"人脸|面部|照片|图像|拍摄|face|picture|photo", re.IGNORECASE)


def _is_in(view: View) -> bool:
    return view.page not in OUTSIDE


def _tells_opening(view: View) -> bool:
    text = view.alert(AlertCode.TOO_EARLY)
    return bool(text) and _NUMBER.search(text + visible(view)) is not None


@rule("LOGIN-1", Need.LAPTOP, Need.SERVICE)
def not_before_it_opens(timeline: Timeline, script: Script) -> Verdict:
    """No login is granted before T-30 (a dropped guard included), and before T-30 the page says when it opens.

    The positive is a login from T-30 on. The absence of the sentence counts where the login's page stood for the plan's reaction, or
    where the candidate pressed in vain and had looked for half a second.
    """
    opens = script.plan.windows.login_opens
    granted = timeline.served(Operation.LOGIN)
    early = next((event for event in granted if event.at_ms < opens), None)
    if early is not None:
        margin = Margin(early.at_ms - opens)
        if -margin.value <= early.error_ms:
            return Unobserved(reason="logged in before it opens by less than the error of measurement")
        return Broken(
            reason=f"logged in at {show_moment(early.at_ms)}, {show(-margin.value)} before login opens",
            margin=margin,
            evidence=(early,),
        )
    since = first_seen(timeline, Role.LAPTOP)
    if since is None or since >= opens or not timeline.watched("service", since, opens):
        return Unobserved(reason="nobody watched the client before login opened")
    told = timeline.shown(Role.LAPTOP, _tells_opening, before=opens)
    if told is None:
        return _not_told(timeline, script, opens)
    if not granted:
        return Unobserved(reason="nobody ever logged in, so that no login before the opening shows nothing")
    return Kept(
        reason=f"told at {show_moment(told.at_ms)} when login opens; logged in at {show_moment(granted[0].at_ms)}",
        margin=Margin(granted[0].at_ms - opens),
        evidence=(told, granted[0]),
    )


def _not_told(timeline: Timeline, script: Script, opens: int) -> Verdict:
    page = timeline.shown(Role.LAPTOP, lambda view: view.page == Page.LOGIN, before=opens)
    press = timeline.first(Intent, before=opens, role=Role.LAPTOP, act=Act.LOGIN)
    stood: list[tuple[int, int]] = [] if page is None else [(page.at_ms, script.plan.limits.reaction)]
    stood += [] if press is None else [(press.end_ms, GLANCE_MS)]
    for since, long_enough in stood:
        if opens - since >= long_enough and doubt(timeline, Role.LAPTOP, since, opens) is None:
            return Broken(
                reason=f"from {show_moment(since)} to the opening nothing said when login opens",
                margin=Margin(long_enough - (opens - since)),
                evidence=tuple(event for event in (page, press) if event is not None),
            )
    return Unobserved(reason="the candidate was not at the login long enough before it opened")


@rule("LOGIN-2", Need.LAPTOP, Need.SERVICE)
def a_matching_face_logs_in(timeline: Timeline, script: Script) -> Verdict:
    """A press of 【人脸登录】 from T-30 on, with the candidate's own face before the camera, is granted and leads on.

    What the service was scripted to refuse, and what it refused for another requirement's reason (a stale picture,
    no consent, a living session), is not judged here.
    """
    window, plan = script.plan.windows, script.plan
    granted = next((event for event in timeline.served(Operation.LOGIN, after=window.login_opens)), None)
    if granted is not None:
        inside = timeline.shown(Role.LAPTOP, _is_in, after=granted.at_ms)
        if inside is not None and inside.at_ms >= granted.at_ms - error_of(inside, granted):
            return Kept(
                reason=f"logged in at {show_moment(granted.at_ms)}, and page {view_of(inside).page} came",
                margin=Margin(granted.at_ms - window.login_opens),
                evidence=(granted, inside),
            )
    press = _could_log_in(timeline, script)
    if press is None:
        return Unobserved(
            reason="the candidate did not press 【人脸登录】 while login was open and everything done for it"
        )
    if any(each.kind == "refuse-face" for each in script.misbehaviour) or _covered(timeline, script, press):
        return Unobserved(reason="the face that was shown was not to match")
    if faulty(script, Operation.LOGIN, Operation.CONSENT, to_ms=press.end_ms):
        return Unobserved(reason="the service was made to fail logins")
    others = ("still-stale", "no-consent", "second-session", "too-late", "ended")
    refused = refusals(timeline, Operation.LOGIN, *others)
    if refused:
        return Unobserved(
            reason=f"the service refused it as {read(Served, refused[0]).problem}", evidence=(refused[0],)
        )
    until = press.end_ms + plan.limits.reaction
    why = doubt(timeline, Role.LAPTOP, press.at_ms, until)
    if why is None and out_at(timeline, Role.LAPTOP, press.at_ms, until, OUTAGES):
        why = "the network was disturbed meanwhile: NET-4 judges it"
    if why is not None or not timeline.watched("service", press.at_ms, until):
        return Unobserved(reason=why or "nobody watched the service")
    return Broken(
        reason=f"【人脸登录】 was pressed at {show_moment(press.at_ms)} with a matching face, and the candidate did not get in",
        margin=Margin(-plan.limits.reaction),
        evidence=(press,),
    )


def _could_log_in(timeline: Timeline, script: Script) -> Event | None:
    """The first press of 【人脸登录】 in the window that was taken, was on offer, or came on its page when consent had long been given."""
    window, reaction = script.plan.windows, script.plan.limits.reaction
    for press in timeline.of(
        Intent, after=window.login_opens, before=window.entry_closes, role=Role.LAPTOP, act=Act.LOGIN
    ):
        before = view_before(timeline, Role.LAPTOP, press)
        if read(Intent, press).status == "unsupported" or before is None:
            continue
        if extended(timeline, script, press.at_ms - reaction) or extended(timeline, script, press.at_ms):
            continue
        view = view_of(before)
        consented = timeline.intent(Act.CONSENT, before=press.at_ms - reaction) is not None
        on_offer = view.enabled(Act.LOGIN) or (view.page == Page.LOGIN and consented)
        if read(Intent, press).status == "done" or on_offer:
            return press
    return None


def _covered(timeline: Timeline, script: Script, press: Event) -> bool:
    """A camera of the laptop showed something else than the candidate when the picture was taken."""
    cameras = {each.id: each for each in script.devices if each.role == Role.LAPTOP and each.kind == "camera"}
    scenes = {each.id: each.scene for each in cameras.values()}
    for event in timeline.of(Scene, before=press.at_ms + 1):
        data = read(Scene, event)
        if data.device in scenes and (event.until_ms is None or event.until_ms > press.at_ms):
            scenes[data.device] = data.scene
    return any(not scene.startswith("portrait") for scene in scenes.values())


def _refused_login(timeline: Timeline, script: Script, problem: str, code: AlertCode) -> tuple[Event, int] | Verdict:
    """The first login refused for that reason, and until when its sentence must have been shown."""
    found = refusals(timeline, Operation.LOGIN, problem)
    if not found:
        return Unobserved(reason=f"the service refused no face as {problem}")
    refused = found[0]
    before = timeline.view_at(Role.LAPTOP, refused.at_ms - 1)
    if before is not None and view_of(before).says(code):
        return Unobserved(reason="the sentence stood there before the refusal", evidence=(before,))
    return refused, _next_try(timeline, refused, script.plan.limits.reaction)


def _next_try(timeline: Timeline, refused: Event, reaction: int) -> int:
    """How long the candidate looked at what came of a refused login, at most the plan's reaction; exam ms."""
    until = refused.at_ms + reaction
    tries = [
        *timeline.of(Intent, after=refused.at_ms + 1, role=Role.LAPTOP, act=Act.LOGIN),
        *timeline.of(DeskActed, after=refused.at_ms + 1, action="login"),
    ]
    return min([until, *(event.at_ms for event in tries)])


def _reason_shown(timeline: Timeline, script: Script, problem: str, code: AlertCode) -> Event | Verdict:
    """The view with which the reason of a refused login came; Broken where the candidate looked and it did not."""
    found = _refused_login(timeline, script, problem, code)
    if not isinstance(found, tuple):
        return found
    refused, until = found
    shown = timeline.shown(Role.LAPTOP, lambda view: bool(view.alert(code)), after=refused.at_ms)
    late = error_of(refused, shown)
    if shown is not None and shown.at_ms <= until + late:
        return shown
    looked = until - refused.at_ms
    why = doubt(timeline, Role.LAPTOP, refused.at_ms, until)
    if why is not None or looked < GLANCE_MS:
        return Unobserved(reason=why or "the candidate went on at once", evidence=(refused,))
    if faulty(script, Operation.LOGIN, from_ms=refused.at_ms, to_ms=until):
        return Unobserved(reason="the service was made to hold back what it answers to a login", evidence=(refused,))
    return Broken(
        reason=f"the face was refused ({problem}), and in {show(looked)} the reason was not shown",
        margin=Margin(-looked),
        evidence=(refused,),
    )


@rule("LOGIN-4", Need.LAPTOP, Need.SERVICE)
def a_strange_face_stays_out(timeline: Timeline, script: Script) -> Verdict:
    """After a face that did not match: still outside, the reason with the desk's telephone and hours on the page, and 【人脸登录】 again."""
    shown = _reason_shown(timeline, script, "face-mismatch", AlertCode.FACE_MISMATCH)
    if not isinstance(shown, Event):
        return shown
    refused = refusals(timeline, Operation.LOGIN, "face-mismatch")[0]
    let_in = [*timeline.served(Operation.LOGIN, after=refused.at_ms), *timeline.of(DeskActed, action="login")]
    until = min((event.at_ms for event in let_in), default=horizon(timeline, Role.LAPTOP) or refused.at_ms)
    went_on = timeline.first(
        Viewed, lambda data: data.role == Role.LAPTOP and _is_in(data.view), after=refused.at_ms, before=until
    )
    if went_on is not None:
        return Broken(
            reason=f"the face did not match, and page {view_of(went_on).page} came all the same",
            evidence=(refused, went_on),
        )
    if not seen_throughout(timeline, Role.LAPTOP, refused.at_ms, until):
        return Unobserved(reason="nobody watched the laptop after the refusal")
    # What another refusal says, which the candidate's next try may bring, is not said of this one.
    tries = timeline.of(Intent, after=shown.at_ms, before=until, role=Role.LAPTOP, act=Act.LOGIN)
    tried = next((press for press in tries if (press.at_ms, press.seq) > (shown.at_ms, shown.seq)), None)
    told = timeline.shown(
        Role.LAPTOP,
        lambda view: tells_contact(view, script.plan, hours=True),
        after=shown.at_ms,
        before=until if tried is None else tried.end_ms + 1,
    )
    again = timeline.shown(
        Role.LAPTOP, lambda view: view.page == Page.LOGIN and view.enabled(Act.LOGIN), after=shown.at_ms, before=until
    )
    lacking = [
        what for what, event in (("the desk's contact and hours", told), ("another try", again)) if event is None
    ]
    left = until if tried is None else min(until, tried.at_ms)
    if lacking and left - shown.at_ms <= error_of(refused, shown):
        return Unobserved(reason="the candidate went on in the same instant", evidence=(refused, shown))
    closes = script.plan.windows.entry_closes
    if again is None and told is not None and shown.at_ms + script.plan.limits.reaction >= closes:
        return Unobserved(reason="entry closed before the candidate could try again", evidence=(refused, shown))
    if lacking:
        return Broken(
            reason=f"the face did not match, and the page lacked {' and '.join(lacking)}",
            evidence=(refused, shown),
        )
    return Kept(
        reason="refused with the reason and the desk's contact and hours, and 【人脸登录】 could be pressed again",
        margin=Margin(script.plan.limits.reaction - max(0, shown.at_ms - refused.at_ms)),
        evidence=(refused, shown),
    )


@rule("LOGIN-5", Need.LAPTOP, Need.SERVICE)
def the_desk_lets_in(timeline: Timeline, script: Script) -> Verdict:
    """Once the desk has completed the login, a candidate who had failed (or not consented) gets in. The notice sets no time."""
    helped = timeline.first(DeskActed, action="login")
    if helped is None:
        return Unobserved(reason="the desk completed no login")
    failed = timeline.served(Operation.LOGIN, ok=False, before=helped.at_ms)
    declined = timeline.intent(Act.DECLINE, before=helped.at_ms)
    if not failed and declined is None:
        return Unobserved(reason="no login had failed before the desk completed it")
    before = timeline.view_at(Role.LAPTOP, helped.at_ms - 1)
    if before is None or _is_in(view_of(before)):
        return Unobserved(reason="the candidate was not outside when the desk completed the login")
    if timeline.served(Operation.LOGIN, after=helped.at_ms):
        return Unobserved(reason="a face login was granted as well")
    inside = timeline.shown(Role.LAPTOP, _is_in, after=helped.at_ms)
    if inside is not None:
        return Kept(
            reason=f"the desk completed the login at {show_moment(helped.at_ms)}, and page {view_of(inside).page} came",
            margin=Margin((horizon(timeline, Role.LAPTOP) or inside.at_ms) - inside.at_ms),
            evidence=(helped, inside),
        )
    until = (
        helped.at_ms + script.plan.limits.catch_up
    )  # no time is set: a lost push, a poll, and it is never seen later either
    why = doubt(timeline, Role.LAPTOP, helped.at_ms, until)
    if why is not None:
        return Unobserved(reason=why, evidence=(helped,))
    return Broken(
        reason=f"the desk completed the login at {show_moment(helped.at_ms)}; {show(until - helped.at_ms)} later still outside",
        margin=Margin(helped.at_ms - until),
        evidence=(helped,),
    )


@rule("LOGIN-8", Need.LAPTOP, Need.SERVICE)
def a_covered_face_is_told_why(timeline: Timeline, script: Script) -> Verdict:
    """The service refused a covered face: the page says so, before the candidate's next try."""
    shown = _reason_shown(timeline, script, "face-covered", AlertCode.FACE_COVERED)
    if not isinstance(shown, Event):
        return shown
    refused = refusals(timeline, Operation.LOGIN, "face-covered")[0]
    return Kept(
        reason=f"said “{view_of(shown).alert(AlertCode.FACE_COVERED)}”",
        margin=Margin(script.plan.limits.reaction - max(0, shown.at_ms - refused.at_ms)),
        evidence=(refused, shown),
    )


@rule("LOGIN-9", Need.LAPTOP, Need.SERVICE)
def consent_comes_first(timeline: Timeline, script: Script) -> Verdict:
    """No face picture leaves before the candidate read what it is for and agreed; who declines is led to the desk."""
    return either([_consented(timeline), _declined(timeline, script)], "no face picture was sent and nobody declined")


def _consented(timeline: Timeline) -> Verdict:
    picture = timeline.first(Served, operation=Operation.LOGIN)
    if picture is None:
        return Unobserved(reason="no face picture was sent")
    since = first_seen(timeline, Role.LAPTOP)
    if since is None or not timeline.watched(Role.LAPTOP, since, picture.at_ms):
        return Unobserved(reason="nobody watched the laptop up to the face picture")
    consent = timeline.intent(Act.CONSENT, before=picture.at_ms + picture.error_ms + 1)
    if consent is None:
        return Broken(
            reason=f"a face picture left at {show_moment(picture.at_ms)} without the candidate's consent",
            evidence=(picture,),
        )
    told = [e for e in views(timeline, Role.LAPTOP, before=consent.at_ms + 1) if _PICTURE.search(visible(view_of(e)))]
    if not told:
        return Broken(
            reason="the candidate was asked to consent and nothing said what the face picture is for",
            evidence=(consent, picture),
        )
    return Kept(
        reason=f"consent at {show_moment(consent.at_ms)}, the first face picture at {show_moment(picture.at_ms)}",
        margin=Margin(picture.at_ms - consent.at_ms),
        evidence=(told[-1], consent, picture),
    )


def _declined(timeline: Timeline, script: Script) -> Verdict:
    declined = timeline.intent(Act.DECLINE)
    if declined is None:
        return Unobserved(reason="nobody declined")
    consent = timeline.intent(Act.CONSENT, after=declined.at_ms)
    until = consent.at_ms if consent is not None else horizon(timeline, "service") or declined.at_ms
    picture = timeline.first(
        Served, after=declined.end_ms + error_of(declined) + 1, before=until, operation=Operation.LOGIN
    )
    if picture is not None:
        return Broken(
            reason="the candidate declined, and a face picture left all the same", evidence=(declined, picture)
        )
    before = view_before(timeline, Role.LAPTOP, declined)
    told = timeline.shown(
        Role.LAPTOP, lambda view: tells_contact(view, script.plan), after=declined.at_ms, before=until + 1
    )
    reaction = script.plan.limits.reaction
    if told is not None and before is not None and not tells_contact(view_of(before), script.plan):
        return Kept(
            reason="the candidate declined and was shown the desk's contact",
            margin=Margin(reaction - max(0, told.at_ms - declined.end_ms)),
            evidence=(declined, told),
        )
    if told is not None:
        return Unobserved(reason="the desk's contact stood there before the candidate declined")
    why = doubt(timeline, Role.LAPTOP, declined.at_ms, declined.end_ms + reaction)
    if why is not None:
        return Unobserved(reason=why)
    return Broken(
        reason="the candidate declined, and the desk's contact was not shown",
        margin=Margin(-reaction),
        evidence=(declined,),
    )
