"""A run as the suite would record it, made up from a plan: two interviews at scaled speed, most requirements kept, some not."""

from pathlib import Path

import msgspec

from harness.core import events as ev
from harness.core.footage import Footage, FrameCounts, Gap, Heard, Seen
from harness.core.plan import Plan, Track, parse_plan
from harness.core.record import Judgement, Record, Run, SubjectInfo
from harness.core.verdict import Margin, Outcome
from harness.core.view import (
    ROLES,
    Act,
    Alert,
    AlertCode,
    ControlState,
    Countdown,
    Page,
    Role,
    Stage,
    Stream,
    UploadShown,
    View,
)
from harness.rules.requirement import requirements

ROOT = Path(__file__).parents[2]
HOSTILE = "<script>alert('x')</script>\x1b[31m\x00 \u202e]]> & \"quoted\""

PLAIN, OUTAGE = "5f0c9f3a11d27e64", "b81e22c07a4d9e10"


def plan() -> Plan:
    return parse_plan((ROOT / "exams" / "heshan-2022.toml").read_text("utf-8"), "heshan-2022.toml").at_scale()


class _Tape:
    """Collects events in order."""

    def __init__(self) -> None:
        self.events: list[ev.Event] = []

    def add(self, at: int, source: ev.Source, data: ev.Data, until: int | None = None, error: int = 0) -> ev.Event:
        event = ev.Event(len(self.events) + 1, at, source, data, until, error)
        self.events.append(event)
        return event

    def act(self, at: int, act: Act, role: Role = Role.LAPTOP, **args: str) -> None:
        self.add(at, "candidate", ev.Intent(role=role, act=act, args=args), at + 20)

    def view(self, at: int, page: Page, role: Role = Role.LAPTOP, **more: object) -> ev.Event:
        view = msgspec.convert({"page": page, **more}, View, from_attributes=True)
        return self.add(at, "laptop" if role is Role.LAPTOP else "phone", ev.Viewed(role=role, view=view), error=8)


def interview(track: Track = "ordinary", *, outage: bool = False) -> list[ev.Event]:
    tape = _Tape()
    stop = 13_000 if track == "ordinary" else 25_000
    _before(tape)
    _running(tape, stop, track)
    if outage:
        tape.add(6_500, "network", ev.Disturbed(kind="down", role=Role.LAPTOP), 10_700)
        tape.view(
            7_100, Page.PREPARATION, network="offline", alerts=(Alert(AlertCode.OFFLINE, "网络已断开，请继续作答"),)
        )
    _media(tape, stop, outage=outage)
    tape.add(-12_500, "harness", ev.Watched(what="laptop"), stop + 6_000)
    return sorted(tape.events, key=lambda event: (event.at_ms, event.seq))


def _before(tape: _Tape) -> None:
    for role in ROLES:
        tape.add(-12_500, "harness", ev.ProcessChanged(role=role, change="started"))
    tape.view(-12_400, Page.CHECK)
    tape.view(-12_350, Page.PAIR, Role.PHONE)
    tape.act(-12_300, Act.PROCEED)
    tape.view(-12_280, Page.LOGIN, alerts=(Alert(AlertCode.TOO_EARLY, "登录将于 8:30 开放"),))
    tape.act(-12_200, Act.CONSENT)
    tape.add(
        -12_120, "service", ev.Served(operation=ev.Operation.LOGIN, role=Role.LAPTOP, status=403, problem="too-early")
    )
    tape.act(-11_800, Act.LOGIN)
    tape.view(-11_600, Page.BIND, binding={"code": "483920", "bound": False})
    tape.act(-11_300, Act.SHOW_CODE)
    tape.act(-11_000, Act.TYPE_CODE, Role.PHONE, code="483920")
    tape.view(-10_900, Page.FILMING, Role.PHONE, recording=True)
    tape.view(-10_800, Page.ATTACHMENTS, binding={"bound": True})
    for at, name in ((-10_500, "rules"), (-9_900, "pledge")):
        tape.act(at, Act.OPEN, id=name)
        tape.act(at + 250, Act.READ, id=name)
    tape.act(-9_300, Act.PROCEED)
    tape.view(-9_250, Page.LOBBY, controls={"enter": ControlState(False)})
    tape.view(-7_588, Page.LOBBY, controls={"enter": ControlState(True)})


def _running(tape: _Tape, stop: int, track: Track) -> None:
    tape.act(-7_000, Act.ENTER)
    tape.view(-6_900, Page.DEVICES)
    tape.act(-6_300, Act.CHOOSE, id="camera-1")
    tape.add(-6_250, "device", ev.DeviceChanged(device="camera-1", change="opened", role=Role.LAPTOP))
    tape.act(-5_800, Act.WAIT)
    tape.view(-5_700, Page.WAITING, countdowns=(Countdown("waiting", 5_700),))
    tape.view(40, Page.PREPARATION, question={"present": True, "text": "请以《荷叶圆圆》为课题"})
    tape.add(60, "laptop", ev.Reported(what="started", role=Role.LAPTOP, stage=Stage.PREPARATION, claimed_ms=31))
    tape.act(8_000, Act.START)
    tape.view(8_050, Page.LESSON, countdowns=(Countdown("lesson", 5_000),))
    if track == "art":
        tape.view(13_050, Page.SKILL_TEST)
        tape.view(21_050, Page.PRESENTATION)
    tape.add(stop - 1_500, "device", ev.Scene(device="camera-1", scene="portrait"))
    tape.view(stop + 60, Page.UPLOAD, upload={Stream.CAMERA: UploadShown(400_000, 900_000, "sending")})
    tape.act(stop + 900, Act.STOP, Role.PHONE)
    tape.view(stop + 950, Page.UPLOAD, Role.PHONE)
    tape.view(stop + 3_200, Page.DONE, alerts=(Alert(AlertCode.UPLOAD_DONE, "上传成功"),))
    tape.view(stop + 4_100, Page.DONE, Role.PHONE)


def _media(tape: _Tape, stop: int, *, outage: bool) -> None:
    spans = {Stream.CAMERA: (120, stop), Stream.SCREEN: (-6_800, stop), Stream.EVIDENCE: (-10_850, stop + 850)}
    for number, (stream, (start, end)) in enumerate(spans.items()):
        offset = 0
        for at in range(start + 900, end + 2_600, 700):
            if outage and stream is not Stream.EVIDENCE and 6_500 <= at <= 10_700:
                continue
            length = 21_000 + (at * 7919) % 23_000
            if outage and stream is not Stream.EVIDENCE and 10_700 < at < 12_200:
                length *= 4
            arrived = ev.Arrived(
                upload=f"u{number}", stream=stream, segment=0, offset=offset, length=length, started_ms=at
            )
            tape.add(at, "service", arrived, at + 350)
            offset += length
        tape.add(end + 3_000, "service", _finished(stream, number, offset))
        tape.add(stop + 5_500, "recording", _recorded(stream, number, offset, start, end, gap=outage and number == 0))


def _finished(stream: Stream, number: int, length: int) -> ev.Finished:
    return ev.Finished(upload=f"u{number}", stream=stream, segment=0, length=length, sha256="0" * 64, held=True)


def _recorded(stream: Stream, device: int, length: int, start: int, end: int, *, gap: bool) -> ev.Recorded:
    cut = (start, 6_700, 9_100, end) if gap else (start, end)
    pairs = list(zip(cut[::2], cut[1::2], strict=True))
    seen = tuple(
        Seen(device=device, session=1, first=i, last=i + 9, from_ms=a, to_ms=b, media_ms=0)
        for i, (a, b) in enumerate(pairs)
    )
    heard = tuple(Heard(device=8, session=1, from_ms=a, to_ms=b, chirps=40, media_ms=0) for a, b in pairs)
    footage = Footage(
        container="webm",
        playable=True,
        duration_ms=end - start,
        frames=FrameCounts(read=(end - start) // 100),
        seen=seen,
        heard=() if stream is Stream.SCREEN else heard,
        gaps=(Gap(from_ms=6_700, to_ms=9_100),) if gap else (),
    )
    return ev.Recorded(stream=stream, segments=1, length=length, declared=length, intact=True, footage=footage)


NOT_KEPT: dict[str, tuple[Outcome, str, int | None]] = {
    "NET-2": ("broken", "the camera recording has a gap of 2.4s during the outage, at most 1.5s asked", -900),
    "ANS-5": ("unobserved", "nobody watched the page at the end of preparation", None),
    "PREP-5": ("broken", f"the page said {HOSTILE}", None),
    "DEV-4": ("error", "the microphone could not be made: no sink was free", None),
}
SCENARIOS = {
    "PREP": "考生检测设备",
    "LOGIN": "考生在开考前30分钟登录",
    "BIND": "考生输入绑定码",
    "EVID": "考生用手机拍摄佐证视频",
    "ATT": "考生阅读考试附件",
    "ENTER": "考生在开放之后进入考试",
    "DEV": "考生选择摄像头和麦克风",
    "ANS": "考生完成备课和模拟教学",
    "NET": "备课中断网四秒",
    "END": "面试结束后自动上传",
    "PRIV": "录像中没有个人信息",
}


def record(*, kept_only: bool = False, subject: str = "远答云 5.2 for Windows") -> Record:
    timelines = {PLAIN: interview(), OUTAGE: interview(outage=True)}
    judgements = []
    for number, asked in enumerate(each for each in requirements() if each.judged_of == "client"):
        if not kept_only and asked.id.endswith(("-9", "-10", "-3")) and asked.id != "NET-3":
            continue
        as_asked: tuple[Outcome, str, int | None] = ("kept", "as asked", 180 + number * 13 % 1_700)
        verdict, reason, margin = as_asked if kept_only else NOT_KEPT.get(asked.id, as_asked)
        digest = OUTAGE if asked.stage == "NET" else PLAIN
        tracks: tuple[Track, ...] = ("ordinary", "art") if asked.stage in ("ANS", "ENTER") else ("ordinary",)
        evidence = _evidence(timelines[digest], asked.stage)
        judgements += [
            Judgement(
                requirement=asked.id,
                scenario=SCENARIOS[asked.stage],
                feature=f"{asked.stage.lower()}.feature",
                track=track,
                verdict=verdict,
                reason=reason,
                margin=None if margin is None else Margin(margin + 40 * (track == "art")),
                evidence=evidence,
                run=digest,
            )
            for track in tracks
        ]
    return Record(
        suite="0.1.0",
        subject=SubjectInfo(
            name=subject, vendor="远答科技", version="5.2.1", path="clients/headless", driver="headless"
        ),
        exam="heshan-2022",
        tracks=("ordinary", "art"),
        speed="scaled",
        started="2026-11-22T19:20:05+08:00",
        took_ms=74_300,
        judgements=tuple(judgements),
        runs=tuple(
            Run(
                digest=digest,
                attempt=1,
                track="ordinary",
                timeline=f"timelines/{digest}-1.jsonl",
                began_ms=-12_500,
                ended_ms=19_000,
                lateness_ms=38,
                took_ms=32_100,
            )
            for digest in timelines
        ),
        unsupported={} if kept_only else {"EVID-8": "the phone build has no background mode"},
        plan_warnings=("heshan-2022: login opens at 08:30, before the desk's hours",) if not kept_only else (),
    )


def _evidence(events: list[ev.Event], stage: str) -> tuple[ev.Event, ...]:
    wanted: dict[str, type] = {"NET": ev.Disturbed, "EVID": ev.Recorded, "END": ev.Finished, "PREP": ev.Intent}
    kind = wanted.get(stage, ev.Viewed)
    found = [event for event in events if isinstance(event.data, kind)]
    recorded = [event for event in events if isinstance(event.data, ev.Recorded)][:1] if stage == "NET" else []
    return tuple(found[len(found) // 2 : len(found) // 2 + 2] + recorded)


def write(folder: Path, of: Record | None = None) -> Record:
    """The output folder as the suite leaves it: `record.json` and the timelines."""
    of = of or record()
    (folder / "timelines").mkdir(parents=True, exist_ok=True)
    for run in of.runs:
        lines = [msgspec.json.encode(event) for event in interview(outage=run.digest == OUTAGE)]
        (folder / run.timeline).write_bytes(b"\n".join(lines) + b"\n")
    (folder / "record.json").write_bytes(msgspec.json.encode(of))
    return of
