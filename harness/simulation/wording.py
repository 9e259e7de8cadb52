"""What the ideal clients say: one sentence for each alert, with the desk's contact and the opening time where the catalogue asks for them."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Final

from harness.core.view import Alert, AlertCode

_CONTACT: Final = "请联系技术服务：{contact}。"

SENTENCES: Final[dict[AlertCode, str]] = {
    AlertCode.TOO_EARLY: "尚未开放，{opens} 开放。",
    AlertCode.TOO_LATE: "已过开放时间，不能再进入。" + _CONTACT,
    AlertCode.FACE_MISMATCH: "人脸比对未通过，可以再试一次。" + _CONTACT,
    AlertCode.FACE_COVERED: "面部或耳部被遮挡，或使用了滤镜，请调整后再试。" + _CONTACT,
    AlertCode.EXTENDED_DISPLAY: "检测到扩展显示器，请断开后再登录。",
    AlertCode.SECOND_SESSION: "该考生已在另一处登录，不得多屏登录。" + _CONTACT,
    AlertCode.NO_CAMERA: "没有可用的摄像头。",
    AlertCode.NO_MICROPHONE: "没有可用的麦克风。",
    AlertCode.NO_SCREEN: "屏幕没有被录制，请允许录制整个屏幕。",
    AlertCode.DEVICE_LOST: "所选设备已断开，请重新接入或另选设备。",
    AlertCode.WRONG_CODE: "绑定码不正确。",
    AlertCode.CODE_EXPIRED: "绑定码已过期。",
    AlertCode.CODE_USED: "绑定码已被另一台设备使用。",
    AlertCode.OFFLINE: "网络已断开，请继续面试，录制不受影响。",
    AlertCode.NOT_LOADED: "试题没有加载出来，请点击【获取题目】。",
    AlertCode.UPLOAD_FAILED: "上传没有成功，正在重试，也可点击【重新上传】。" + _CONTACT,
    AlertCode.UPLOAD_OVERDUE: "仍未确认上传成功，录制保留在本机。" + _CONTACT,
    AlertCode.UPLOAD_RUNNING: "正在上传，请勿关闭。",
    AlertCode.UPLOAD_DONE: "上传成功。",
    AlertCode.NOT_READ: "请先阅读全部考试附件。",
    AlertCode.NOT_BOUND: "请先绑定移动设备。",
    AlertCode.CONFIRM_FINISH: "确定要提前结束吗？",
    AlertCode.CONFIRM_STOP: "面试尚未结束，确定要停止拍摄吗？",
    AlertCode.STOP_PHONE: "面试已结束，请手动停止移动设备的拍摄。",
    AlertCode.HELP_SENT: "求助已发送，请继续面试。",
    AlertCode.HELP_ANSWER: "技术服务回复：{answer}",
    AlertCode.ENDED: "面试已经结束。",
    AlertCode.LOW_BATTERY: "电量不足，请接通电源。",
    AlertCode.SYSTEM_BELOW_MINIMUM: "这台电脑低于考试要求的最低系统配置。" + _CONTACT,
    AlertCode.OTHER: "未同意采集人脸照片，将由技术服务人员完成登录。" + _CONTACT,
}


@lru_cache(maxsize=1_024)
def alert(code: AlertCode, contact: str = "", opens: str = "", answer: str = "") -> Alert:
    """The alert with its sentence; shared, since it is frozen."""
    return Alert(code, SENTENCES[code].format(contact=contact, opens=opens, answer=answer))


@lru_cache(maxsize=1_024)
def clock_time(starts: dt.datetime, at_ms: int) -> str:
    """A moment of the exam as candidates read it off a clock: `08:30:00`."""
    return f"{starts + dt.timedelta(milliseconds=at_ms):%H:%M:%S}"
