"""What the reference client says to the candidate, in the notice's own words. Sentences only; nothing is decided here."""

from __future__ import annotations

from typing import Final

from harness.protocol.exam_api import ContactInfo
from harness.protocol.vocabulary import AlertCode

CONTACT: Final = "请联系技术服务：{phone}（服务时间：{hours}）。"
UNKNOWN_CONTACT: Final = "请联系技术服务。"

SENTENCES: Final[dict[AlertCode, str]] = {
    AlertCode.TOO_EARLY: "尚未到开放时间。",
    AlertCode.TOO_LATE: "已过进入面试的截止时间，系统不再允许进入面试界面。",
    AlertCode.FACE_MISMATCH: "人脸比对未通过，可以再试一次。",
    AlertCode.FACE_COVERED: "面部或耳部被遮挡，或使用了滤镜、美颜；请调整后再试。",
    AlertCode.SECOND_SESSION: "该考生已在另一处登录；不得多屏登录。",
    AlertCode.NO_CAMERA: "没有可用的摄像头，请接入摄像头并允许使用。",
    AlertCode.NO_MICROPHONE: "没有可用的麦克风，请接入麦克风并允许使用。",
    AlertCode.NO_SCREEN: "屏幕没有被录制，请允许录制整个屏幕。",
    AlertCode.DEVICE_LOST: "所选设备已断开，其他录制继续进行；请重新接入或另选设备。",
    AlertCode.WRONG_CODE: "绑定码不正确，没有开始录制。",
    AlertCode.CODE_EXPIRED: "绑定码已过期，请使用电脑上显示的新绑定码；没有开始录制。",
    AlertCode.CODE_USED: "绑定码已被另一台设备使用；没有开始录制。",
    AlertCode.OFFLINE: "网络已中断，正在自动重连；请继续面试，录制不受影响。",
    AlertCode.NOT_LOADED: "内容没有加载出来，请再点一次。",
    AlertCode.UPLOAD_FAILED: "上传没有成功，正在自动重试，也可点击【重新上传】。",
    AlertCode.UPLOAD_OVERDUE: "面试结束后规定时间内未能确认上传成功；录制都保留在本机，请主动联系技术人员。",
    AlertCode.UPLOAD_RUNNING: "上传尚未完成，请勿关闭页面。",
    AlertCode.UPLOAD_DONE: "上传成功，可以关闭页面。面试成绩公布之前，请勿卸载软件或删除相关文件。",
    AlertCode.NOT_READ: "请先查阅全部考试附件并点击【已阅】。",
    AlertCode.NOT_BOUND: "请先用移动设备“智试通”完成佐证绑定。",
    AlertCode.CONFIRM_FINISH: "确定要提前结束吗？结束后不能再次进入。",
    AlertCode.CONFIRM_STOP: "面试尚未结束，确定要停止佐证视频拍摄吗？",
    AlertCode.STOP_PHONE: "面试已结束，请手动停止移动设备“智试通”的拍摄，佐证视频会自动上传。",
    AlertCode.HELP_SENT: "求助已发送，请继续面试。",
    AlertCode.ENDED: "面试已经结束，不能再次进入。",
    AlertCode.OTHER: "操作没有成功，请再试一次。",
}
# Where the candidate is told whom to call as well.
CALL: Final = frozenset(
    {
        AlertCode.FACE_MISMATCH,
        AlertCode.FACE_COVERED,
        AlertCode.SECOND_SESSION,
        AlertCode.TOO_LATE,
        AlertCode.CODE_USED,
        AlertCode.UPLOAD_FAILED,
        AlertCode.UPLOAD_OVERDUE,
        AlertCode.OTHER,
    }
)

DECLINED: Final = "您没有同意采集人脸照片，需由技术服务人员完成登录。"
WAITING_FOR_PHONE: Final = "请用移动设备“智试通”扫描二维码；识别不成功时，点击【智试通二维码】并输入绑定码。"
PHONE_BOUND: Final = "移动设备已绑定，佐证视频正在录制。"
PAN: Final = "请使用前置摄像头360度环拍面试环境，确保本人在镜头内。"
PLACE: Final = "环拍完成后，将移动设备固定在侧后方45度位置，持续拍摄到面试结束，不得中断拍摄。"
KEEP_STILL: Final = "正在上传面试视频，此时请勿进行任何操作。"
UPLOADING_EVIDENCE: Final = "拍摄已停止，佐证视频正在自动上传。"


def contact(info: ContactInfo | None) -> str:
    """Whom to call, and when."""
    return UNKNOWN_CONTACT if info is None else CONTACT.format(phone=info.phone, hours=info.hours)


def sentence(code: AlertCode, info: ContactInfo | None, more: str = "") -> str:
    """What that alert says, with what the service added and with whom to call where that helps."""
    called = contact(info) if code in CALL else ""
    return "".join((SENTENCES[code], more, called))


def before_start(ms: int) -> str:
    """A moment of the exam as the notice names it."""
    seconds = abs(ms) // 1_000
    length = f"{seconds // 60}分钟" if seconds % 60 == 0 else f"{seconds}秒"
    return f"开考{'前' if ms < 0 else '后'}{length}"
