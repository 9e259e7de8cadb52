"""A snapshot of a page → the View that the rules read: pure.

The observer in the page tells roles, names, states and places; here the words give them their meaning. Laws: what isn't on the page isn't in
the view; nothing is remembered from one snapshot to the next; a snapshot is bounded before it is read. Called by the web driver.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal, cast

import msgspec

from harness.core.view import (
    Act,
    Alert,
    AlertCode,
    AttachmentShown,
    BindingShown,
    Check,
    ControlState,
    Countdown,
    DeviceShown,
    Page,
    QuestionShown,
    Rect,
    Stream,
    UploadShown,
    View,
)
from harness.drivers.web.words import Words, earliest, longest
from harness.protocol.capture import Device

COUNTDOWNS: Final = frozenset(
    {Page.WAITING, Page.PREPARATION, Page.LESSON, Page.SKILL_TEST, Page.PRESENTATION}
)  # pages on which one may run
_CLOCK: Final = re.compile(r"(?:(\d+):)?(\d{1,3}):(\d{2})(\.\d)?")
_WORDS: Final = re.compile(r"(?:(\d+)\s*(?:小时|时|h))?\s*(?:(\d+)\s*(?:分钟|分|min))?\s*(?:(\d+)\s*(?:秒|s))?")

PERSON_LINES: Final = 20  # of the personal details
Place = tuple[float, float, float, float]
CheckName = Literal["camera", "microphone", "recording"]
CheckState = Literal["working", "failed", "checking"]
CountdownStage = Literal["waiting", "preparation", "lesson", "skill_test", "presentation"]


class Button(msgspec.Struct, frozen=True, kw_only=True):
    """`row` is the text of the list entry that it stands in."""

    name: str
    enabled: bool
    place: Place
    row: str = ""
    pressed: bool = False


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """Something named that stands somewhere; what is not `shown` is in the document all the same. `mark` tells one picture from another."""

    name: str
    place: Place
    text: str = ""
    live: bool = False
    shown: bool = True
    mark: int = 0


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """A progress bar."""

    name: str
    value: float
    most: float


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """A text field."""

    name: str
    enabled: bool


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One of several to choose from."""

    name: str
    chosen: bool


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """An output or status."""

    name: str
    text: str


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """What the observer saw at one moment. Places are x, y, width, height in CSS pixels of the window."""

    headings: tuple[str, ...]
    buttons: tuple[Button, ...]
    timers: tuple[Placed, ...]
    alerts: tuple[str, ...]
    dialogs: tuple[str, ...]
    progress: tuple[Bar, ...]
    fields: tuple[Field, ...]
    choices: tuple[Choice, ...]
    items: tuple[str, ...]
    outputs: tuple[Said, ...]
    regions: tuple[Placed, ...]
    images: tuple[Placed, ...]
    videos: tuple[Placed, ...]
    text: str
    viewport: tuple[float, float]
    scrolled: tuple[float, float] = (0, 0)
    hidden: bool = False


def countdown_ms(text: str) -> tuple[int, int] | None:
    """What a countdown shows and by what step, ms: `"04:59"`, `"1:02:03"`, `"4分59秒"`, `"12.3"` is none."""
    if match := _CLOCK.search(text):
        hours, minutes, seconds, tenths = match.groups()
        whole = (int(hours or 0) * 3_600 + int(minutes) * 60 + int(seconds)) * 1_000
        return whole + (int(tenths[1:]) * 100 if tenths else 0), 100 if tenths else 1_000
    match = _WORDS.search(text)
    while match is not None and not any(match.groups()):
        match = _WORDS.search(text, match.end() + 1) if match.end() < len(text) else None
    if match is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return (hours * 3_600 + minutes * 60 + seconds) * 1_000, 60_000 if match[3] is None else 1_000


def qr_code(seen: Snapshot, words: Words) -> Placed | None:
    """The picture of a QR code that the page shows, if it shows one."""
    return next((image for image in seen.images if words.signs_of("qr", image.name)), None)


def read(
    seen: Snapshot,
    words: Words,
    *,
    seq: int,
    devices: Sequence[Device] = (),
    titles: Mapping[str, str],
    qr_png: str = "",
) -> View | None:
    """The view, or None where the page is none that the words know.

    `devices` are those that were ever plugged in, `titles` maps an attachment's id to its title; `qr_png` is the picture of the QR code on show,
    base64.
    """
    page = words.page(seen.headings)
    if page is None:
        return None
    alerts = tuple(
        {(alert := Alert(words.alert(text), text)).code: alert for text in (*seen.alerts, *seen.dialogs)}.values()
    )
    return View(
        seq=seq,
        page=page,
        controls=_controls(seen, words, frozenset(titles.values())),
        countdowns=_countdowns(seen, page),
        alerts=alerts,
        checks=_checks(seen, words) if page is Page.CHECK else {},
        devices=_devices(seen, devices),
        attachments=_attachments(seen, words, titles),
        binding=_binding(seen, words, qr_png),
        question=_question(seen, words),
        upload=_uploads(seen, words),
        network="offline" if any(alert.code is AlertCode.OFFLINE for alert in alerts) else "online",
        recording=any(words.signs_of("recording", said.text) for said in seen.outputs),
        text=_texts(seen, words),
        viewport=Rect(0, 0, *seen.viewport),
    )


def _controls(seen: Snapshot, words: Words, titles: frozenset[str]) -> dict[str, ControlState]:
    """One control an act: enabled where any button of that name is. An attachment is opened by its title."""
    found: dict[str, ControlState] = {}
    for button in seen.buttons:
        act = Act.OPEN if button.name in titles else _act_of(button, words)
        if act is not None and (act.value not in found or not found[act.value].enabled):
            found[act.value] = ControlState(enabled=button.enabled, rect=Rect(*button.place))
    if seen.choices:
        found[Act.CHOOSE.value] = ControlState(enabled=True)
    return found


def _act_of(button: Button, words: Words) -> Act | None:
    act = words.act(button.name)
    if act is not None:
        return act
    # A button of a list may name its row as well: 已阅 考生须知.
    return Act.READ if any(button.name.startswith(f"{word} ") for word in words.buttons[Act.READ]) else None


def _countdowns(seen: Snapshot, page: Page) -> tuple[Countdown, ...]:
    if page not in COUNTDOWNS:
        return ()
    shown = ((timer, countdown_ms(timer.text)) for timer in seen.timers)
    return tuple(
        Countdown(
            stage=cast("CountdownStage", page.value),
            remaining_ms=left[0],
            resolution_ms=left[1],
            rect=Rect(*timer.place),
        )
        for timer, left in shown
        if left is not None
    )[:1]


def _checks(seen: Snapshot, words: Words) -> dict[CheckName, Check]:
    """A line of the device check begins with what is checked; then comes how it is, and then why."""
    found: dict[CheckName, Check] = {}
    for item in seen.items:
        name, state = earliest(words.checks, item), earliest(words.states, item)
        if name is not None and state is not None:
            reason = item if state == "failed" else ""
            found.setdefault(cast("CheckName", name), Check(state=cast("CheckState", state), reason=reason))
    return found


def _devices(seen: Snapshot, devices: Sequence[Device]) -> tuple[DeviceShown, ...]:
    """Those of the devices that the page lets choose from, whether they are there or not."""
    found = []
    for device in devices:
        choice = next((choice for choice in seen.choices if device.label in choice.name), None)
        if choice is not None:
            shown = DeviceShown(id=device.id, kind=device.kind, label=device.label, chosen=choice.chosen)
            found.append(shown)
    return tuple(found)


def _attachments(seen: Snapshot, words: Words, titles: Mapping[str, str]) -> tuple[AttachmentShown, ...]:
    """The list's entries; the text is that of the other region or article that stands under the same title."""
    rows = [button for button in seen.buttons if _act_of(button, words) is Act.READ]
    listed = _named(seen.regions, words.regions["attachments"])
    found = []
    for identifier, title in titles.items():
        if listed is None or title not in listed.text:
            continue
        row = next((button for button in rows if title in f"{button.name} {button.row}"), None)
        body = next((r.text for r in seen.regions if r.shown and r is not listed and r.text.startswith(title)), "")
        text = body.removeprefix(title).strip()
        read = row is not None and row.pressed
        found.append(AttachmentShown(id=identifier, title=title, opened=bool(text) or read, read=read, text=text))
    return tuple(found)


def _binding(seen: Snapshot, words: Words, qr_png: str) -> BindingShown | None:
    code = next((said.text for said in seen.outputs if said.name in words.fields["code"]), "")
    bound = words.signs_of("bound", seen.text)
    if not (code or bound or qr_png):
        return None
    return BindingShown(code=code, qr_png=qr_png, bound=bound)


def _question(seen: Snapshot, words: Words) -> QuestionShown | None:
    """Present wherever it stands in the document, shown or not; its text is what is shown."""
    region = next((r for r in seen.regions if r.name in words.regions["question"] and (r.shown or r.text)), None)
    if region is None:
        return None
    return QuestionShown(present=bool(region.text), text=region.text if region.shown else "")


def _uploads(seen: Snapshot, words: Words) -> dict[Stream, UploadShown]:
    found = {}
    for bar in seen.progress:
        stream = longest(words.streams, bar.name)
        if stream is not None:
            full = bar.most > 0 and bar.value >= bar.most
            found[Stream(stream)] = UploadShown(
                sent=round(bar.value * 1_000), total=round(bar.most * 1_000), state="done" if full else "sending"
            )
    return found


def _texts(seen: Snapshot, words: Words) -> tuple[str, ...]:
    """Who the page says the candidate is, then everything that it shows."""
    person = _named(seen.regions, words.regions["person"])
    lines = [line.strip() for line in person.text.splitlines()[:PERSON_LINES]] if person is not None else []
    return tuple(line for line in (*lines, seen.text) if line)


def _named(regions: Iterable[Placed], names: tuple[str, ...]) -> Placed | None:
    return next((region for region in regions if region.shown and region.name in names), None)
