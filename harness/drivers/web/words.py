"""The words by which a page's parts are known: the notice's own, unless a manifest's labels say otherwise. Data and matching, nothing else.

Laws: a word matches a whole button's name, and any part of a heading or an alert; where several match, the longest word counts; a manifest's
label takes the place of the default words of that key and of no other. Called by the reading of snapshots and by the driver.

    [laptop.labels]                       in client.toml
    login = "Sign in by face"             an act: the name of its button
    "page.lesson" = "Teaching"            a page: a part of its heading
    "alert.too-early" = "not open yet"    an alert: a part of its sentence
    "region.question" = "Question"        question, person, attachments; "field.ticket", "field.code", "field.help"
    send_help = "Send"                    the button under that field, where there is one
    share_screen = "Share again"          the button by which a screen that is not recorded is shared again
    "stream.screen" = "Screen"            screen, camera, evidence: a part of the name of its progress bar
    "check.camera" = "Camera"             camera, microphone, recording: what a line of the device check begins with
    "state.working" = "fine"              working, failed, checking: what the line says next
    "sign.bound" = "Phone bound"          bound, recording: a part of the text that says so; qr: of the name of the QR code's picture
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from harness.core.errors import ManifestError
from harness.core.view import Act, AlertCode, Page, Role, Stream

Table = dict[str, tuple[str, ...]]

BUTTONS: Final[Table] = {
    Act.PROCEED: ("下一步",),
    Act.CONSENT: ("同意",),
    Act.DECLINE: ("不同意",),
    Act.LOGIN: ("人脸登录",),
    Act.SHOW_CODE: ("智试通二维码",),
    Act.READ: ("已阅",),
    Act.ENTER: ("进入考试",),
    Act.REFRESH: ("刷新",),
    Act.REFRESH_DEVICES: ("刷新设备",),
    Act.WAIT: ("进入待考",),
    Act.START: ("开始",),
    Act.FINISH: ("结束考试", "结束面试"),
    Act.CONFIRM: ("确定", "确认"),
    Act.CANCEL: ("取消",),
    Act.HELP: ("求助",),
    Act.FETCH_QUESTION: ("获取题目",),
    Act.RETRY: ("重新上传",),
    Act.SCAN: ("扫描二维码", "扫一扫"),
    Act.TYPE_CODE: ("绑定",),
    Act.RECORD: ("开始拍摄", "开始录制"),
    Act.STOP: ("停止拍摄", "停止录制"),
}

LAPTOP_PAGES: Final[Table] = {
    Page.CHECK: ("设备准备", "设备检查", "设备检测"),
    Page.LOGIN: ("人脸登录",),
    Page.BIND: ("佐证绑定",),
    Page.ATTACHMENTS: ("考试附件",),
    Page.LOBBY: ("进入考试",),
    Page.DEVICES: ("设备确认",),
    Page.WAITING: ("待考", "面试开始前倒计时"),
    Page.PREPARATION: ("备课",),
    Page.LESSON: ("模拟课堂教学", "试讲"),
    Page.SKILL_TEST: ("技能测试",),
    Page.PRESENTATION: ("展示",),
    Page.UPLOAD: ("上传",),
    Page.DONE: ("面试结束", "上传成功"),
}
PHONE_PAGES: Final[Table] = {
    Page.PAIR: ("佐证绑定",),
    Page.FILMING: ("佐证视频",),
    Page.UPLOAD: ("佐证视频上传", "正在上传"),
    Page.DONE: ("佐证视频已上传", "上传成功"),
}

ALERTS: Final[Table] = {
    AlertCode.TOO_EARLY: ("尚未到", "未到开放时间", "暂未开放"),
    AlertCode.TOO_LATE: ("不再允许进入", "截止时间", "已截止"),
    AlertCode.FACE_MISMATCH: ("人脸比对未通过", "人脸不匹配"),
    AlertCode.FACE_COVERED: ("遮挡",),
    AlertCode.EXTENDED_DISPLAY: ("扩展屏幕", "扩展显示", "其他显示器"),
    AlertCode.SECOND_SESSION: ("另一处登录", "其他设备登录", "重复登录"),
    AlertCode.NO_CAMERA: ("没有可用的摄像头", "未检测到摄像头"),
    AlertCode.NO_MICROPHONE: ("没有可用的麦克风", "未检测到麦克风"),
    AlertCode.NO_SCREEN: ("屏幕没有被录制", "共享整个屏幕", "录制整个屏幕"),
    AlertCode.DEVICE_LOST: ("设备已断开",),
    AlertCode.WRONG_CODE: ("绑定码不正确", "绑定码错误"),
    AlertCode.CODE_EXPIRED: ("绑定码已过期", "已失效"),
    AlertCode.CODE_USED: ("绑定码已被", "已被使用"),
    AlertCode.OFFLINE: ("网络已中断", "网络中断", "网络已断开"),
    AlertCode.NOT_LOADED: ("没有加载出来", "加载失败"),
    AlertCode.UPLOAD_FAILED: ("上传没有成功", "上传失败"),
    AlertCode.UPLOAD_OVERDUE: ("未能确认上传成功",),
    AlertCode.UPLOAD_RUNNING: ("上传尚未完成",),
    AlertCode.UPLOAD_DONE: ("上传成功，",),
    AlertCode.NOT_READ: ("查阅全部考试附件",),
    AlertCode.NOT_BOUND: ("佐证绑定",),
    AlertCode.CONFIRM_FINISH: ("确定要提前结束", "确定结束"),
    AlertCode.CONFIRM_STOP: ("确定要停止",),
    AlertCode.STOP_PHONE: ("手动停止",),
    AlertCode.HELP_SENT: ("求助已发送",),
    AlertCode.HELP_ANSWER: ("技术服务回复",),
    AlertCode.ENDED: ("面试已经结束，不能",),
    AlertCode.LOW_BATTERY: ("电量",),
    AlertCode.SYSTEM_BELOW_MINIMUM: ("系统配置",),
}

REGIONS: Final[Table] = {"question": ("试题",), "person": ("个人信息",), "attachments": ("考试附件",)}
FIELDS: Final[Table] = {"ticket": ("面试码",), "code": ("绑定码", "重新绑定"), "help": ("求助内容",)}
# Buttons that no act is named after: they belong to one.
MINOR: Final[Table] = {"send_help": ("发送",), "share_screen": ("重新共享屏幕", "共享屏幕")}
STREAMS: Final[Table] = {Stream.SCREEN: ("屏幕",), Stream.CAMERA: ("摄像头",), Stream.EVIDENCE: ("佐证",)}
CHECKS: Final[Table] = {"camera": ("摄像头",), "microphone": ("麦克风",), "recording": ("录制", "录音", "录像")}
STATES: Final[Table] = {
    "working": ("正常", "可用"),
    "failed": ("异常", "不可用", "失败"),
    "checking": ("检查中", "检测中"),
}
SIGNS: Final[Table] = {
    "bound": ("已绑定",),
    "recording": ("正在录制", "录制中", "正在拍摄"),
    "qr": ("二维码", "QR"),
}


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """The words of one page of a build."""

    buttons: Table
    minor: Table
    pages: Table
    alerts: Table
    regions: Table
    fields: Table
    streams: Table
    checks: Table
    states: Table
    signs: Table

    def act(self, name: str) -> Act | None:
        """The act whose button has that name."""
        return next((Act(act) for act, words in self.buttons.items() if name in words), None)

    def page(self, headings: Iterable[str]) -> Page | None:
        """The page that has one of these headings."""
        found = longest(self.pages, " ".join(headings))
        return None if found is None else Page(found)

    def signs_of(self, sign: str, text: str) -> bool:
        """Whether the text says so."""
        return any(word in text for word in self.signs[sign])

    def alert(self, text: str) -> AlertCode:
        """What that sentence says; `other` for what has no code."""
        return AlertCode(longest(self.alerts, text) or AlertCode.OTHER)


def longest(table: Mapping[str, tuple[str, ...]], text: str) -> str | None:
    """The key of the longest word that stands in the text."""
    found = [(len(word), key) for key, words in table.items() for word in words if word in text]
    return max(found)[1] if found else None


def earliest(table: Mapping[str, tuple[str, ...]], text: str) -> str | None:
    """The key of the word that stands first in the text."""
    found = [(text.index(word), -len(word), key) for key, words in table.items() for word in words if word in text]
    return min(found)[2] if found else None


def words_of(role: Role, labels: Mapping[str, str]) -> Words:
    """The default words of that role with a manifest's labels in their place. Raises `ManifestError` for a label that means nothing."""
    pages = LAPTOP_PAGES if role.device is Role.LAPTOP else PHONE_PAGES
    tables: dict[str, Table] = {
        "": {**BUTTONS, **MINOR},
        "page.": dict(pages),
        "alert.": dict(ALERTS),
        "region.": dict(REGIONS),
        "field.": dict(FIELDS),
        "stream.": dict(STREAMS),
        "check.": dict(CHECKS),
        "state.": dict(STATES),
        "sign.": dict(SIGNS),
    }
    known = {f"{prefix}{key}": (prefix, key) for prefix, table in tables.items() for key in table}
    for label, word in labels.items():
        if label not in known:
            near = difflib.get_close_matches(label, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else "see harness/drivers/web/words.py for what there is"
            raise ManifestError(f"[{role.device.value}.labels] has {label!r}, which names nothing on a page: {hint}")
        prefix, key = known[label]
        tables[prefix][key] = (word,)
    return Words(
        buttons={key: tables[""][key] for key in BUTTONS},
        minor={key: tables[""][key] for key in MINOR},
        pages=tables["page."],
        alerts=tables["alert."],
        regions=tables["region."],
        fields=tables["field."],
        streams=tables["stream."],
        checks=tables["check."],
        states=tables["state."],
        signs=tables["sign."],
    )
