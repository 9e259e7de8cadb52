"""Events as sentences: what happened, in words a person reads, in Chinese and in English.

Pure. Every type of the core's closed union has its sentence; what a subject said in it is bounded here. Called by the page and by JUnit.
"""

from __future__ import annotations

from typing import assert_never

from harness.core import events as ev
from harness.core.footage import Footage
from harness.core.units import show, show_moment
from harness.core.verdict import Margin
from harness.core.view import Role, View
from reports.text import bounded
from reports.window import of_window
from reports.words import (
    ACTS,
    CHANGES,
    DESK,
    FAULTS,
    PAGES,
    PROBLEMS,
    REPORTS,
    ROLES,
    STAGES,
    STREAMS,
    TLS,
    VERDICTS,
    Words,
)

QUOTE = 80  # characters of a subject's own words in a sentence


def when(event: ev.Event) -> str:
    """The event's exam time: `T-15min`, `T+2.4s – T+5s`, with the clock's error where it is known."""
    text = show_moment(event.at_ms)
    if event.until_ms is not None and event.until_ms != event.at_ms:
        text += f" – {show_moment(event.until_ms)}"
    return f"{text} ±{show(event.error_ms)}" if event.error_ms else text


def size(count: int) -> str:
    """Bytes as people read them: `812 B`, `1.4 MB`."""
    if count < 1_000:
        return f"{count} B"
    return f"{count / 1_000:.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def distance(margin: Margin) -> str:
    """A margin with its sign: `+412ms`, `-900ms`, `+7.3 kB`, `+2 frames`, `+16`, `+7 %`."""
    value = abs(margin.value)
    match margin.unit:
        case "ms":
            text = show(value)
        case "bytes":
            text = size(value)
        case "frames":
            text = _count(value, "frame")
        case "count":
            text = str(value)
        case "percent":
            text = f"{value} %"
    sign = "+" if margin.value > 0 else "-" if margin.value < 0 else ""
    return f"{sign}{text}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def describe(event: ev.Event) -> Words:  # noqa: PLR0911, PLR0912 - one return for each kind of the closed union
    """What happened, without its time."""
    match event.data:
        case ev.Intent() as data:
            return _intent(data)
        case ev.Viewed(role=role, view=view):
            return _viewed(role, view)
        case ev.Served() as data:
            return _served(data)
        case ev.Reported() as data:
            return _reported(data)
        case ev.Offered() | ev.Arrived() | ev.PatchBegan() | ev.Finished() as data:
            return _uploading(data)
        case ev.Recorded() as data:
            return _recorded(data)
        case ev.FacePicture() as data:
            return _face_picture(data)
        case ev.Watched() | ev.Lateness() as data:
            return _harness(data)
        case ev.InView() | ev.QrRead() as data:
            return _legible(data)
        case ev.PreviewSeen() | ev.Yielded() | ev.Searched() | ev.Enrolled() | ev.Machine() as data:
            return of_window(data)
        case ev.Disturbed() | ev.Contacted() | ev.TlsTried() | ev.DeviceChanged() | ev.Scene() | ev.DeskActed() as data:
            return _surroundings(data)
        case ev.ProcessChanged() | ev.Misconduct() as data:
            return _process(data)
        case ev.Introduced() as data:
            return _introduced(data)
        case never:
            assert_never(never)


def _quoted(text: str, opening: str, closing: str) -> str:
    return f"{opening}{bounded(text, QUOTE)}{closing}" if text else ""


def _intent(data: ev.Intent) -> Words:
    role, act = ROLES[data.role], ACTS[data.act]
    args = ", ".join(f"{bounded(key, 20)}={bounded(value, 40)}" for key, value in data.args.items())
    zh = f"考生在{role.zh}做【{act.zh}】{_quoted(args, '（', '）')}"
    en = f"on {role.en} the candidate did “{act.en}”{_quoted(args, ' (', ')')}"
    if data.status == "done":
        return Words(zh, en)
    outcome = Words("被客户端拒绝", "refused by the client") if data.status == "refused" else VERDICTS["unsupported"]
    return Words(
        f"{zh}，{outcome.zh}{_quoted(data.reason, '：', '')}", f"{en}: {outcome.en}{_quoted(data.reason, ', ', '')}"
    )


def _viewed(role: Role, view: View) -> Words:
    zh, en = (
        [f"{ROLES[role].zh}显示“{PAGES[view.page].zh}”页"],
        [f"{ROLES[role].en} shows the {PAGES[view.page].en} page"],
    )
    for countdown in view.countdowns:
        stage = STAGES[countdown.stage]
        zh.append(f"{stage.zh}倒计时 {show(countdown.remaining_ms)}")
        en.append(f"{stage.en} countdown at {show(countdown.remaining_ms)}")
    pressable = [ACTS[act] for act in ACTS if view.enabled(act)]
    if pressable:
        zh.append("可按" + "".join(f"【{act.zh}】" for act in pressable))
        en.append("can be pressed: " + ", ".join(act.en for act in pressable))
    for alert in view.alerts[:3]:
        zh.append(f"提示（{alert.code}）{_quoted(alert.text, '“', '”')}")
        en.append(f"alert {alert.code}{_quoted(alert.text, ' “', '”')}")
    if view.question is not None and view.question.present:
        zh.append("有试题")
        en.append("the question is in the page")
    for stream, upload in view.upload.items():
        zh.append(f"{STREAMS[stream].zh}上传 {size(upload.sent)}/{size(upload.total)}（{upload.state}）")
        en.append(f"{STREAMS[stream].en} upload at {size(upload.sent)} of {size(upload.total)}, {upload.state}")
    if view.network == "offline":
        zh.append("显示离线")
        en.append("says it is offline")
    return Words("，".join(zh), "; ".join(en))


def _served(data: ev.Served) -> Words:
    role = Words("", "") if data.role is None else ROLES[data.role]
    about = _quoted(data.subject, "（", "）"), _quoted(data.subject, " (", ")")
    granted = data.status < 400
    zh = f"服务端{'受理' if granted else '拒绝'}{role.zh}的 {data.operation} 请求{about[0]}：{data.status}"
    whose = f" of {role.en}" if role.en else ""
    en = f"the service {'granted' if granted else 'refused'} {data.operation}{whose}{about[1]}: {data.status}"
    return Words(f"{zh} {data.problem}".rstrip(), f"{en} {data.problem}".rstrip())


def _reported(data: ev.Reported) -> Words:
    stage = Words("", "") if data.stage is None else STAGES[data.stage]
    what, claimed = REPORTS[data.what], show_moment(data.claimed_ms)
    return Words(
        f"{ROLES[data.role].zh}报告：{stage.zh}{what.zh}，自称时间 {claimed}{_quoted(data.text, '，“', '”')}",
        f"{ROLES[data.role].en} reported that {what.en}{_quoted(stage.en, ' (', ')')}, "
        f"at {claimed} by its own account{_quoted(data.text, ', “', '”')}",
    )


def _uploading(data: ev.Offered | ev.Arrived | ev.PatchBegan | ev.Finished) -> Words:
    stream = STREAMS[data.stream]
    zh, en = f"{stream.zh}第 {data.segment} 段", f"segment {data.segment} of {stream.en}"
    match data:
        case ev.Offered():
            lost = Words("", "") if data.delivered else Words("，但答复未能送达", ", but the reply never arrived")
            return Words(
                f"服务端答复 {data.reply_to}：持有{zh}至 {data.offset} 字节{lost.zh}",
                f"in reply to {data.reply_to} the service gave offset {data.offset} for {en}{lost.en}",
            )
        case ev.Arrived():
            return Words(
                f"{zh}：收到 {data.length} 字节，自 {data.offset} 起",
                f"{data.length} bytes of {en} arrived, from offset {data.offset}",
            )
        case ev.PatchBegan():
            verdict = Words("受理", "accepted") if data.accepted else Words("拒绝", "refused")
            return Words(
                f"客户端自 {data.offset} 字节起发送{zh}，{verdict.zh}",
                f"a PATCH of {en} began at offset {data.offset}: {verdict.en}",
            )
        case ev.Finished():
            held = (
                Words("服务端全部持有", "the service holds it all")
                if data.held
                else Words("服务端并未全部持有", "the service does not")
            )
            return Words(
                f"客户端声明{zh}完成，{data.length} 字节；{held.zh}",
                f"{en} was declared finished with {data.length} bytes; {held.en}",
            )


def _recorded(data: ev.Recorded) -> Words:
    stream, footage = STREAMS[data.stream], data.footage
    declared = "?" if data.declared is None else size(data.declared)
    whole = Words("校验一致", "checksums agree") if data.intact else Words("校验不一致", "checksums differ")
    shows = _footage(footage)
    return Words(
        f"服务端持有的{stream.zh}录像：{data.segments} 段，{size(data.length)}（声明 {declared}），{whole.zh}；{shows.zh}",
        f"the {stream.en} recording held: {_count(data.segments, 'segment')}, {size(data.length)} of {declared} declared, "
        f"{whole.en}; {shows.en}",
    )


def _footage(footage: Footage) -> Words:
    if footage.problem is not None:
        problem = PROBLEMS[footage.problem]
        return Words(f"{problem.zh}", f"it {problem.en}{_quoted(footage.reason, ': ', '')}")
    if footage.first_ms is None or footage.last_ms is None:
        return PROBLEMS["no-marks"]
    span = f"{show_moment(footage.first_ms)} – {show_moment(footage.last_ms)}"
    longest = max((gap.length for gap in footage.gaps), default=0)
    gaps = Words(
        f"，{len(footage.gaps)} 处间断，最长 {show(longest)}",
        f", {_count(len(footage.gaps), 'gap')}, the longest {show(longest)}",
    )
    return (
        Words(f"画面 {span}{gaps.zh}", f"marks from {span}{gaps.en}")
        if footage.gaps
        else Words(f"画面 {span}", f"marks from {span}")
    )


def _face_picture(data: ev.FacePicture) -> Words:
    if data.device is None or data.taken_ms is None:
        return Words(
            "收到一张人脸照片，看不出由哪个摄像头拍摄", "a face picture came in, and nothing says which camera took it"
        )
    taken = show_moment(data.taken_ms)
    return Words(
        f"收到一张人脸照片，由 {data.device} 号摄像头拍摄于 {taken}",
        f"a face picture came in that camera {data.device} took at {taken}",
    )


def _harness(data: ev.Watched | ev.Lateness) -> Words:
    if isinstance(data, ev.Watched):
        return Words(f"其间一直在观察 {data.what}", f"{data.what} was watched all the time")
    return Words(
        f"评测程序自身迟了 {show(data.late_ms)}（{data.what}）",
        f"the harness itself was {show(data.late_ms)} late ({data.what})",
    )


def _connecting(data: ev.Contacted | ev.TlsTried) -> Words:
    whose = ROLES[data.role]
    if isinstance(data, ev.Contacted):
        where = f"{bounded(data.host, QUOTE)}:{data.port}"
        return Words(f"{whose.zh}与 {where} 通信", f"{whose.en} talked to {where}")
    did = TLS[data.outcome]
    return Words(f"{whose.zh}对无效的证书：{did.zh}", f"{whose.en}, met by an invalid certificate, {did.en}")


def _disturbed(data: ev.Disturbed) -> Words:
    if data.kind == "restart":
        return Words("服务端被强行终止，随后重新启动", "the service was killed and started again")
    kind = FAULTS.get(data.kind, Words(data.kind, data.kind))
    if data.kind.startswith("lost-"):
        return kind
    whose = Words("两端", "both sides") if data.role is None else ROLES[data.role]
    value = f" {data.value}" if data.value else ""
    return Words(f"{whose.zh}网络：{kind.zh}{value}", f"network of {whose.en}: {kind.en}{value}")


def _surroundings(
    data: ev.Disturbed | ev.Contacted | ev.TlsTried | ev.DeviceChanged | ev.Scene | ev.DeskActed,
) -> Words:
    match data:
        case ev.Disturbed():
            return _disturbed(data)
        case ev.Contacted() | ev.TlsTried():
            return _connecting(data)
        case ev.DeviceChanged():
            change = CHANGES[data.change]
            return Words(
                f"{ROLES[data.role].zh}的 {data.device} {change.zh}",
                f"{data.device} of {ROLES[data.role].en} {change.en}",
            )
        case ev.Scene():
            return Words(f"{data.device} 面前是 {data.scene}", f"{data.device} was shown {data.scene}")
        case ev.DeskActed():
            action = DESK[data.action]
            return Words(
                f"技术服务{action.zh}{_quoted(data.text, '：“', '”')}",
                f"the desk {action.en}{_quoted(data.text, ': “', '”')}",
            )


def _legible(data: ev.InView | ev.QrRead) -> Words:
    if isinstance(data, ev.InView):
        return Words(
            f"{data.device} 一直完整拍到 {data.symbol}", f"{data.symbol} was whole in every picture of {data.device}"
        )
    whose = ROLES[data.role]
    if not data.text:
        return Words(f"{whose.zh}所示二维码无法识读", f"the QR code that {whose.en} shows can't be read")
    return Words(
        f"{whose.zh}所示二维码读作{_quoted(data.text, '“', '”')}",
        f"the QR code that {whose.en} shows reads{_quoted(data.text, ' “', '”')}",
    )


def _introduced(data: ev.Introduced) -> Words:
    name = bounded(f"{data.name} {data.version}", QUOTE)
    zh = f"{ROLES[data.role].zh}自称 {name}，会 {len(data.intents)} 种操作，能显示 {len(data.views)} 项内容"
    en = f"{ROLES[data.role].en} said that it is {name}, knows {len(data.intents)} intents and can show {len(data.views)} parts of a view"
    return Words(zh, en)


def _process(data: ev.ProcessChanged | ev.Misconduct) -> Words:
    change = CHANGES[data.change if isinstance(data, ev.ProcessChanged) else data.kind]
    reason = _quoted(data.reason, "：", ""), _quoted(data.reason, ": ", "")
    return Words(f"{ROLES[data.role].zh}{change.zh}{reason[0]}", f"{ROLES[data.role].en} {change.en}{reason[1]}")
