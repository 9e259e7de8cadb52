"""For each rule: a scenario that reaches it, how to spoil the ideal interview in this one respect, and how to keep the rule from seeing it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from harness.core.events import (
    Arrived,
    Contacted,
    DeskActed,
    DeviceChanged,
    Disturbed,
    Event,
    FacePicture,
    Finished,
    Intent,
    InView,
    Machine,
    Offered,
    Operation,
    PatchBegan,
    PreviewSeen,
    ProcessChanged,
    QrRead,
    Recorded,
    Reported,
    Scene,
    Served,
    TlsTried,
    Viewed,
    Yielded,
)
from harness.core.footage import Gap, Heard, Likeness, Seen
from harness.core.view import (
    Act,
    AlertCode,
    ControlState,
    Countdown,
    Page,
    QuestionShown,
    Rect,
    Role,
    Stage,
    Stream,
    View,
)
from tests.rules.build import PLAN, Film

Edit = Callable[[Film], Film]
QUESTION: Final = PLAN.tracks["ordinary"].question
END: Final = 13_250  # of the ordinary interview: preparation, 250 ms until 【开始】, the lesson
FAR: Final = 10**9


class Case(NamedTuple):
    """`spoiled` must be broken and `hidden` unobserved, where `scenario` is kept."""

    requirement: str
    scenario: str
    spoiled: Edit
    hidden: Edit


# -- small edits -------------------------------------------------------------------------------------------------------


def silent(*codes: AlertCode, role: Role = Role.LAPTOP) -> Edit:
    """These alerts are never shown."""
    return lambda film: film.views(
        lambda view: replace(view, alerts=tuple(each for each in view.alerts if each.code not in codes)), role
    )


def mute(role: Role = Role.LAPTOP) -> Edit:
    """The page says nothing in sentences."""
    return lambda film: film.views(
        lambda view: replace(view, text=(), alerts=tuple(replace(each, text="。") for each in view.alerts)), role
    )


def pressable(act: Act, enabled: bool, after: int = -FAR, before: int = FAR, page: Page | None = None) -> Edit:
    """A control can (or can't) be pressed, whatever the client thought."""

    def edit(view: View) -> View:
        if page is not None and view.page != page:
            return view
        return replace(view, controls={**view.controls, act.value: ControlState(enabled)})

    return lambda film: film.views(edit, after=after, before=before)


def checked(kind: str, **fields: str) -> Edit:
    """The device check's line of that kind, with other field values."""

    def edit(view: View) -> View:
        return replace(view, checks={k: replace(v, **fields) if k == kind else v for k, v in view.checks.items()})

    return lambda film: film.views(edit)


def pictured(**fields: Any) -> Edit:
    """The face picture, with other field values."""
    return lambda film: film.changed(FacePicture, lambda event, data: replace(event, data=replace(data, **fields)))


def frozen(at_ms: int, role: Role = Role.LAPTOP) -> Edit:
    return lambda film: film.frozen(at_ms, role)


def until(at_ms: int) -> Edit:
    return lambda film: film.until(at_ms)


def unwatched(*what: str) -> Edit:
    return lambda film: film.unwatched(*what)


def no_footage(stream: Stream) -> Edit:
    return lambda film: film.without(Recorded, stream=stream)


def gap(stream: Stream, from_ms: int, to_ms: int) -> Edit:
    return lambda film: film.footage(stream, gaps=(Gap(from_ms=from_ms, to_ms=to_ms),))


def likeness(**fields: float) -> Edit:
    """The camera recording differs from what the camera delivered."""
    alike = Likeness(compared=9, face_missing=0, face_added=0, ground_left=1, added_cells=0, added_levels=0)
    return lambda film: film.footage(Stream.CAMERA, likeness=replace(alike, **fields))


def clipped(stream: Stream, first: int = -FAR, last: int = FAR) -> Edit:
    """The recording shows only what lies between these times."""

    def edit(event: Event, data: Recorded) -> Event:
        def cut(span: Seen | Heard) -> Seen | Heard:
            return replace(span, from_ms=max(first, span.from_ms), to_ms=min(last, span.to_ms))

        footage = data.footage
        seen = tuple(cut(span) for span in footage.seen)
        heard = tuple(cut(span) for span in footage.heard)
        return replace(event, data=replace(data, footage=replace(footage, seen=seen, heard=heard)))

    return lambda film: film.changed(Recorded, edit, stream=stream)


def device(stream: Stream, number: int) -> Edit:
    """Another device is in the recording."""

    def edit(event: Event, data: Recorded) -> Event:
        footage = data.footage
        seen = tuple(replace(span, device=number) if number < 8 else span for span in footage.seen)
        heard = tuple(replace(span, device=number) if number >= 8 else span for span in footage.heard)
        return replace(event, data=replace(data, footage=replace(footage, seen=seen, heard=heard)))

    return lambda film: film.changed(Recorded, edit, stream=stream)


def incomplete(stream: Stream) -> Edit:
    """A part of what was declared is not held, and nothing moved for long."""
    return lambda film: film.changed(
        Recorded,
        lambda event, data: replace(event, data=replace(data, length=data.length - 1_000, intact=False)),
        stream=stream,
    ).without(Finished, stream=stream)


def paged(page: Page, as_page: Page, after: int = -FAR, before: int = FAR) -> Edit:
    """One page in the place of another."""
    return lambda film: film.views(
        lambda view: replace(view, page=as_page) if view.page == page else view, after=after, before=before
    )


def longer_on(page: Page, by: int) -> Edit:
    """Everything that came after that page came so much later; the page stood all the longer."""

    def edit(film: Film) -> Film:
        last = max(e.at_ms for e in film.events if isinstance(e.data, Viewed) and e.data.view.page == page)
        return film.changed(
            Viewed,
            lambda event, data: (
                replace(event, at_ms=event.at_ms + by) if data.role == Role.LAPTOP and event.at_ms > last else event
            ),
        )

    return edit


def counted(edit: Callable[[Countdown], Countdown | None]) -> Edit:
    """Countdowns as `edit` makes them; None: not shown."""
    return lambda film: film.views(
        lambda view: replace(view, countdowns=tuple(new for c in view.countdowns if (new := edit(c)) is not None))
    )


def unserved(operation: Operation) -> Edit:
    return lambda film: film.without(Served, operation=operation)


def untouched(act: Act, role: Role = Role.LAPTOP) -> Edit:
    return lambda film: film.without(Intent, act=act, role=role)


def _refused(film: Film, operation: Operation, problem: str, status: int = 403) -> Film:
    return film.changed(
        Served,
        lambda event, data: replace(event, data=replace(data, status=status, problem=problem)),
        operation=operation,
    )


def then(*edits: Edit) -> Edit:
    """One after the other."""

    def edit(film: Film) -> Film:
        for each in edits:
            film = each(film)
        return film

    return edit


def _sent_from(offset: int, stream: Stream, after: int) -> Edit:
    return lambda film: film.changed(
        PatchBegan,
        lambda event, data: replace(event, data=replace(data, offset=offset)) if event.at_ms >= after else event,
        stream=stream,
    )


def _asked(film: Film) -> Film:
    return film.plus(-5_000, Served(operation=Operation.QUESTION, role=Role.LAPTOP, status=200), source="service")


def _never_again(film: Film) -> Film:
    """No outage came after the one at the entry."""
    return film.changed(Disturbed, lambda event, _: event if event.at_ms < -1_000 else None)


def _constant_retries(film: Film) -> Film:
    tries = [
        Served(operation=Operation.HELP, role=Role.LAPTOP, status=503, problem="unavailable", subject="x")
        for _ in range(6)
    ]
    film = film.without(Served, lambda data: data.status >= 500)
    for number, each in enumerate(tries):
        film = film.plus(2_000 + 400 * number, each, source="service")
    return film


def _at_deadline(view: View) -> View:
    return replace(view, alerts=tuple(a for a in view.alerts if a.code is not AlertCode.UPLOAD_OVERDUE))


def _misreported(by: int) -> Edit:
    return lambda film: film.changed(
        Reported, lambda event, data: replace(event, data=replace(data, claimed_ms=data.claimed_ms + by))
    )


def _shown_question(view: View) -> View:
    return replace(view, question=QuestionShown(present=True, text=QUESTION))


def _later_bytes(stream: Stream) -> Edit:
    """Bytes still arrive after everything."""
    return lambda film: film.plus(
        17_000,
        Arrived(upload=f"{stream}-0", stream=stream, segment=0, offset=0, length=1, started_ms=0),
        until_ms=17_001,
        source="service",
    )


def prolonged(film: Film) -> Film:
    return film.prolonged(20_000)


def _unflushed(film: Film) -> Film:
    """Of what was recorded before the kill nothing but the beginning came."""

    def edit(event: Event, data: Recorded) -> Event:
        spans = tuple(replace(each, to_ms=100) if each.from_ms < 2_500 else each for each in data.footage.seen)
        return replace(event, data=replace(data, footage=replace(data.footage, seen=spans)))

    return film.changed(Recorded, edit, stream=Stream.CAMERA)


def _not_again(film: Film) -> Film:
    """Nothing of the evidence arrives after the service lost it."""
    loss = next(e.at_ms for e in film.events if isinstance(e.data, Disturbed) and e.data.kind == "lost-evidence")
    return film.changed(Arrived, lambda event, _: event if event.at_ms < loss else None, stream=Stream.EVIDENCE)


def _closes(film: Film) -> Film:
    """Closing is simply done."""
    return film.changed(Intent, lambda event, data: replace(event, data=replace(data, status="done")), act=Act.CLOSE)


def _qr_read(text: str) -> Edit:
    """What a scanner reads off the QR code."""
    return lambda film: film.changed(QrRead, lambda event, data: replace(event, data=replace(data, text=text)))


def _glimpsed(film: Film) -> Film:
    """The QR code stood for an instant, and the candidate did not ask for it."""
    shown = next(event.at_ms for event in film.events if isinstance(event.data, QrRead))
    hidden = film.views(
        lambda view: view if view.binding is None else replace(view, binding=replace(view.binding, qr_png="")),
        after=shown + 1,
    )
    return untouched(Act.SHOW_CODE)(hidden)


def _unread_after_the_restart(film: Film) -> Film:
    back = max(e.at_ms for e in film.events if isinstance(e.data, ProcessChanged) and e.data.change == "started")
    return film.views(
        lambda view: replace(view, attachments=tuple(replace(each, read=False) for each in view.attachments)),
        after=back,
    )


def _mark_lost(name: str) -> Edit:
    """One yaw mark is legible in no picture of the evidence."""

    def edit(event: Event, data: Recorded) -> Event:
        symbols = tuple(each for each in data.footage.symbols if each.text != name)
        return replace(event, data=replace(data, footage=replace(data.footage, symbols=symbols)))

    return lambda film: film.changed(Recorded, edit, stream=Stream.EVIDENCE)


def _bound_late(film: Film) -> Film:
    return clipped(Stream.EVIDENCE, first=-6_000)(film)


CASES: Final[tuple[Case, ...]] = (
    Case(
        "PREP-1",
        "ordinary",
        lambda f: f.views(
            lambda view: replace(view, checks={k: v for k, v in view.checks.items() if k != "recording"})
        ),
        unserved(Operation.LOGIN),
    ),
    Case("PREP-2", "troubled", then(silent(AlertCode.NO_CAMERA), checked("camera", reason="")), untouched(Act.PROCEED)),
    Case(
        "PREP-3",
        "troubled",
        then(silent(AlertCode.NO_MICROPHONE), checked("microphone", reason="")),
        untouched(Act.PROCEED),
    ),
    Case("PREP-4", "wanting", silent(AlertCode.LOW_BATTERY), unserved(Operation.EXAM)),
    Case(
        "PREP-5",
        "troubled",
        then(silent(AlertCode.OFFLINE), lambda f: f.views(lambda view: replace(view, network="online"))),
        lambda f: f.without(Disturbed),
    ),
    Case("PREP-6", "troubled", checked("camera", state="working"), lambda f: f.without(Scene)),
    Case("PREP-7", "wanting", silent(AlertCode.SYSTEM_BELOW_MINIMUM), lambda f: f.without(Machine)),
    Case("LOGIN-1", "ordinary", lambda f: f.moved(Served, -800, operation=Operation.LOGIN), unserved(Operation.LOGIN)),
    Case(
        "LOGIN-2",
        "ordinary",
        then(unserved(Operation.LOGIN), frozen(-11_800)),
        then(unserved(Operation.LOGIN), untouched(Act.LOGIN)),
    ),
    Case("LOGIN-3", "ordinary", pictured(taken_ms=-13_800), lambda f: f.without(FacePicture)),
    Case("LOGIN-4", "refused", silent(AlertCode.FACE_MISMATCH), unserved(Operation.LOGIN)),
    Case("LOGIN-5", "vouched", frozen(-11_250), until(-11_500)),
    Case(
        "LOGIN-6", "extended", silent(AlertCode.EXTENDED_DISPLAY), then(untouched(Act.LOGIN), unserved(Operation.LOGIN))
    ),
    Case(
        "LOGIN-7",
        "returning",
        silent(AlertCode.SECOND_SESSION, role=Role.RIVAL_LAPTOP),
        lambda f: f.without(Served, problem="second-session"),
    ),
    Case("LOGIN-8", "refused", silent(AlertCode.FACE_COVERED), unserved(Operation.LOGIN)),
    Case("LOGIN-9", "ordinary", untouched(Act.CONSENT), unserved(Operation.LOGIN)),
    Case("BIND-1", "ordinary", _qr_read(""), _glimpsed),
    Case(
        "BIND-2",
        "ordinary",
        lambda f: f.views(
            lambda view: view if view.binding is None else replace(view, binding=replace(view.binding, code=""))
        ),
        untouched(Act.SHOW_CODE),
    ),
    Case(
        "BIND-3",
        "scanned",
        lambda f: _refused(f, Operation.PHONE_BIND, "wrong-code", 404).frozen(-11_300, Role.PHONE),
        untouched(Act.SCAN, Role.PHONE),
    ),
    Case(
        "BIND-4",
        "ordinary",
        lambda f: _refused(f, Operation.PHONE_BIND, "wrong-code", 404).frozen(-11_300, Role.PHONE),
        untouched(Act.TYPE_CODE, Role.PHONE),
    ),
    Case("BIND-5", "mistyped", silent(AlertCode.WRONG_CODE, role=Role.PHONE), no_footage(Stream.EVIDENCE)),
    Case("BIND-6", "ordinary", _bound_late, no_footage(Stream.EVIDENCE)),
    Case(
        "BIND-7",
        "ordinary",
        lambda f: f.views(
            lambda view: view if view.binding is None else replace(view, binding=replace(view.binding, bound=False))
        ),
        unserved(Operation.PHONE_BIND),
    ),
    Case(
        "BIND-8",
        "changing_phones",
        lambda f: f.views(lambda view: replace(view, recording=True), Role.RIVAL_PHONE),
        lambda f: f.without(DeskActed),
    ),
    Case("EVID-1", "ordinary", device(Stream.EVIDENCE, 3), no_footage(Stream.EVIDENCE)),
    Case("EVID-2", "ordinary", _mark_lost("yaw-090"), lambda f: f.without(InView)),
    Case("EVID-3", "ordinary", gap(Stream.EVIDENCE, 2_000, 4_500), untouched(Act.STOP, Role.PHONE)),
    Case("EVID-4", "phone_out", gap(Stream.EVIDENCE, 1_200, 5_000), lambda f: f.without(Disturbed)),
    Case("EVID-5", "ordinary", clipped(Stream.EVIDENCE, last=END), no_footage(Stream.EVIDENCE)),
    Case("EVID-6", "ordinary", clipped(Stream.EVIDENCE, last=END), untouched(Act.STOP, Role.PHONE)),
    Case(
        "EVID-7",
        "phone_cut",
        lambda f: f.plus(
            22_000,
            Arrived(upload="again", stream=Stream.EVIDENCE, segment=0, offset=0, length=9, started_ms=22_000),
            source="service",
        ),
        lambda f: f.without(Disturbed).without(PatchBegan),
    ),
    Case("EVID-8", "away", gap(Stream.EVIDENCE, 500, 3_000), untouched(Act.RETURN, Role.PHONE)),
    Case("EVID-9", "ordinary", mute(Role.PHONE), unserved(Operation.PHONE_BIND)),
    Case(
        "EVID-10",
        "early",
        lambda f: f.views(
            lambda view: replace(view, recording=False, alerts=()), Role.PHONE, after=8_600, before=8_860
        ),
        untouched(Act.STOP, Role.PHONE),
    ),
    Case("EVID-11", "ordinary", _later_bytes(Stream.EVIDENCE), frozen(16_000, Role.PHONE)),
    Case("EVID-12", "phone_killed", lambda f: f.without(Reported, what="gap"), lambda f: f.without(ProcessChanged)),
    Case(
        "ATT-1",
        "ordinary",
        lambda f: f.views(lambda view: replace(view, attachments=view.attachments[1:])),
        until(-11_100),
    ),
    Case(
        "ATT-2",
        "mistyped",
        lambda f: f.views(
            lambda view: replace(view, attachments=tuple(replace(each, read=True) for each in view.attachments))
        ),
        untouched(Act.READ),
    ),
    Case("ATT-3", "ordinary", pressable(Act.PROCEED, True, page=Page.ATTACHMENTS), until(-10_650)),
    Case("ATT-4", "returning", _unread_after_the_restart, lambda f: f.without(ProcessChanged, change="killed")),
    Case(
        "ATT-5",
        "ordinary",
        then(
            lambda f: f.views(
                lambda view: replace(view, attachments=tuple(replace(each, text="") for each in view.attachments))
            ),
            lambda f: f.changed(
                Viewed,
                lambda event, data: event if data.view.page == Page.ATTACHMENTS or event.at_ms < -10_400 else None,
                role=Role.LAPTOP,
            ),
        ),
        untouched(Act.OPEN),
    ),
    Case("ENTER-1", "ordinary", pressable(Act.ENTER, True, page=Page.LOBBY), until(-9_000)),
    Case("ENTER-2", "ordinary", then(untouched(Act.ENTER), frozen(-8_100)), until(-8_500)),
    Case("ENTER-3", "lost", frozen(-8_100), until(-8_500)),
    Case(
        "ENTER-4",
        "late",
        then(unserved(Operation.ENTRY), frozen(1_400)),
        then(unserved(Operation.ENTRY), untouched(Act.ENTER)),
    ),
    Case("ENTER-5", "too_late", silent(AlertCode.TOO_LATE), until(3_000)),
    Case("ENTER-6", "ordinary", clipped(Stream.SCREEN, first=-5_000), no_footage(Stream.SCREEN)),
    Case(
        "ENTER-7",
        "ordinary",
        lambda f: f.changed(
            Arrived, lambda event, _: event if not -3_000 < event.at_ms < 3_000 else None, stream=Stream.SCREEN
        ),
        unwatched("service"),
    ),
    Case("ENTER-8", "pulled", _misreported(1_500), untouched(Act.LEAVE)),
    Case("ENTER-9", "taking", lambda f: f.without(Reported, what="screenshot"), untouched(Act.SCREENSHOT)),
    Case("ENTER-10", "pulled", silent(AlertCode.NO_SCREEN), lambda f: f.without(DeviceChanged)),
    Case(
        "DEV-1",
        "ordinary",
        lambda f: f.views(lambda view: replace(view, devices=view.devices[1:])),
        until(-7_700),
    ),
    Case(
        "DEV-2",
        "devices",
        lambda f: f.views(lambda view: replace(view, devices=tuple(d for d in view.devices if d.id != "camera-2"))),
        untouched(Act.REFRESH_DEVICES),
    ),
    Case(
        "DEV-3",
        "devices",
        lambda f: f.views(
            lambda view: replace(
                view, devices=tuple(d for view in [_full(f)] for d in view.devices) if view.page == Page.DEVICES else ()
            ),
            after=-7_500,
        ),
        untouched(Act.REFRESH_DEVICES),
    ),
    Case("DEV-4", "devices", device(Stream.CAMERA, 0), untouched(Act.CHOOSE)),
    Case("DEV-5", "devices", device(Stream.CAMERA, 8), untouched(Act.CHOOSE)),
    Case("DEV-6", "ordinary", paged(Page.WAITING, Page.PREPARATION), untouched(Act.WAIT)),
    Case("DEV-7", "pulled", silent(AlertCode.DEVICE_LOST), lambda f: f.without(DeviceChanged)),
    Case("ANS-1", "ordinary", counted(lambda c: None if c.stage == "waiting" else c), until(-7_500)),
    Case("ANS-2", "ordinary", lambda f: f.views(_shown_question, after=-6_000, before=0), unwatched("laptop")),
    Case("ANS-3", "ordinary", counted(lambda c: None if c.stage == "preparation" else c), until(-500)),
    Case("ANS-4", "late", longer_on(Page.PREPARATION, 3_000), unserved(Operation.ENTRY)),
    Case("ANS-5", "ordinary", longer_on(Page.PREPARATION, 3_000), until(7_000)),
    Case(
        "ANS-6",
        "ordinary",
        lambda f: f.plus(
            8_100,
            Reported(what="started", role=Role.LAPTOP, stage=Stage.LESSON, claimed_ms=8_100),
            source="service",
        ),
        until(8_100),
    ),
    Case(
        "ANS-7",
        "ordinary",
        counted(lambda each: replace(each, rect=Rect(16, 16, 160, 48))),
        counted(lambda each: replace(each, rect=None)),
    ),
    Case("ANS-8", "ordinary", longer_on(Page.LESSON, 1_500), lambda f: f.without(Reported)),
    Case("ANS-9", "ordinary", lambda f: f.without(PreviewSeen), lambda f: f.without(PreviewSeen).unwatched("preview")),
    Case(
        "ANS-10",
        "lost",
        lambda f: f.views(lambda view: replace(view, question=None)),
        unserved(Operation.QUESTION),
    ),
    Case("ANS-11", "early", frozen(10_000), untouched(Act.FINISH)),
    Case("ANS-12", "lost", unserved(Operation.HELP), untouched(Act.HELP)),
    Case("ANS-13", "art", paged(Page.SKILL_TEST, Page.PRESENTATION), until(12_000)),
    Case("ANS-14", "ordinary", gap(Stream.CAMERA, 4_000, 7_000), no_footage(Stream.SCREEN)),
    Case(
        "ANS-15",
        "ordinary",
        lambda f: f.footage(Stream.CAMERA, av_offset_ms=240.0, av_worst_ms=240.0),
        no_footage(Stream.CAMERA),
    ),
    Case("ANS-16", "held_up", lambda f: f.footage(Stream.CAMERA, symbols=()), lambda f: f.without(Scene)),
    Case(
        "ANS-17",
        "ordinary",
        counted(lambda c: replace(c, remaining_ms=c.remaining_ms + 2_500)),
        counted(lambda _: None),
    ),
    Case("ANS-18", "ordinary", likeness(face_missing=0.5), no_footage(Stream.CAMERA)),
    Case("ANS-19", "art", paged(Page.PRESENTATION, Page.LESSON), until(20_000)),
    Case("ANS-20", "ordinary", _misreported(3_000), untouched(Act.START)),
    Case("ANS-21", "ordinary", lambda f: f.footage(Stream.CAMERA, phrases=()), lambda f: f.without(Scene)),
    Case(
        "ANS-22",
        "taking",
        lambda f: f.changed(Yielded, lambda event, data: replace(event, data=replace(data, text=QUESTION)), by="drag"),
        lambda f: f.without(Yielded, by="print"),
    ),
    Case(
        "NET-1",
        "outage",
        longer_on(Page.PREPARATION, 2_500),
        lambda f: f.without(Disturbed),
    ),
    Case("NET-2", "outage", gap(Stream.CAMERA, 7_000, 10_000), lambda f: f.without(Disturbed)),
    Case("NET-3", "over_the_end", then(incomplete(Stream.CAMERA), prolonged), lambda f: f.without(Disturbed)),
    Case(
        "NET-4",
        "cut_off",
        then(pressable(Act.ENTER, False, page=Page.LOBBY), frozen(-7_500), _never_again),
        lambda f: f.without(Disturbed),
    ),
    Case("NET-5", "failing", _constant_retries, lambda f: f.without(Served, lambda data: data.status >= 500)),
    Case("NET-6", "outage", _sent_from(7, Stream.CAMERA, 7_000), lambda f: f.without(Disturbed).without(Offered)),
    Case("NET-7", "killed", _unflushed, lambda f: f.without(ProcessChanged)),
    Case("END-1", "ordinary", clipped(Stream.CAMERA, last=END - 1_500), untouched(Act.START)),
    Case("END-2", "ordinary", then(paged(Page.UPLOAD, Page.LOBBY), paged(Page.DONE, Page.LOBBY)), until(END - 500)),
    Case("END-3", "over_the_end", then(silent(AlertCode.UPLOAD_RUNNING), _closes), untouched(Act.CLOSE)),
    Case("END-4", "ordinary", _later_bytes(Stream.CAMERA), frozen(END + 50)),
    Case("END-5", "failing", pressable(Act.RETRY, False), untouched(Act.RETRY)),
    Case("END-6", "over_the_end", lambda f: f.views(_at_deadline), until(25_000)),
    Case("END-7", "regained", then(no_footage(Stream.EVIDENCE), _not_again, prolonged), lambda f: f.without(Disturbed)),
    Case(
        "END-8",
        "late",
        lambda f: f.plus(16_500, Served(operation=Operation.ENTRY, role=Role.LAPTOP, status=200), source="service"),
        lambda f: f.changed(Intent, lambda event, _: event if event.at_ms < 10_000 else None, act=Act.ENTER),
    ),
    Case("END-9", "ordinary", then(incomplete(Stream.CAMERA), prolonged), until(END)),
    Case("END-10", "ordinary", silent(AlertCode.STOP_PHONE), until(END)),
    Case("PRIV-1", "ordinary", lambda f: f.views(_shown_question, after=END), until(END)),
    Case(
        "PRIV-2", "ordinary", lambda f: f.footage(Stream.SCREEN, personal=("13800000000",)), no_footage(Stream.SCREEN)
    ),
    Case(
        "PRIV-3",
        "ordinary",
        lambda f: f.plus(1_000, Contacted(role=Role.PHONE, host="127.0.0.2", port=80), source="network"),
        unwatched("network"),
    ),
    Case(
        "PRIV-4",
        "ordinary",
        likeness(added_cells=15, added_levels=40.0),
        lambda f: f.footage(Stream.CAMERA, likeness=None),
    ),
    Case(
        "PRIV-5",
        "distrusting",
        lambda f: f.plus(-12_000, TlsTried(role=Role.LAPTOP, outcome="used"), source="network"),
        unwatched("network"),
    ),
    Case(
        "PRIV-6",
        "ordinary",
        lambda f: f.plus(
            -9_000,
            Arrived(upload="camera-0", stream=Stream.CAMERA, segment=0, offset=0, length=5, started_ms=-9_000),
            source="service",
        ),
        lambda f: f.without(DeviceChanged),
    ),
)


def _full(film: Film) -> View:
    """The fullest list of devices that the ideal interview showed."""
    return max((e.data.view for e in film.events if isinstance(e.data, Viewed)), key=lambda view: len(view.devices))
