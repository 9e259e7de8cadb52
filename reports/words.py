"""The words of the report: what each value of the core is called, in Chinese and in English. Data only.

The Chinese names of controls are the notice's own. Called by the sentences, the picture and the page.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from harness.core.plan import Speed, Track
from harness.core.verdict import Outcome
from harness.core.view import Act, Page, Role, Stream


class Words(NamedTuple):
    """The same thing said twice."""

    zh: str
    en: str


VERDICTS: Final[dict[Outcome, Words]] = {
    "kept": Words("符合", "kept"),
    "broken": Words("违反", "broken"),
    "unobserved": Words("未观察到", "unobserved"),
    "unsupported": Words("不支持", "unsupported"),
    "unjudged": Words("未评判", "unjudged"),
    "error": Words("执行出错", "error"),
}

ROLES: Final[dict[Role, Words]] = {
    Role.LAPTOP: Words("笔记本端", "the laptop"),
    Role.PHONE: Words("手机端", "the phone"),
    Role.RIVAL_LAPTOP: Words("另一台笔记本", "the second laptop"),
    Role.RIVAL_PHONE: Words("另一部手机", "the second phone"),
}
TRACKS: Final[dict[Track, Words]] = {"ordinary": Words("普通学科", "ordinary"), "art": Words("美术", "art")}
SPEEDS: Final[dict[Speed, Words]] = {
    "full": Words("原速", "full"),
    "scaled": Words("缩时", "scaled"),
    "virtual": Words("虚拟时间（原长；录像按缩时判定）", "virtual"),
    "quick": Words("虚拟时间（缩时）", "quick"),
}
STREAMS: Final[dict[Stream, Words]] = {
    Stream.CAMERA: Words("摄像头", "camera"),
    Stream.SCREEN: Words("屏幕", "screen"),
    Stream.EVIDENCE: Words("佐证", "evidence"),
}

SECTIONS: Final[dict[str, Words]] = {
    "PREP": Words("设备准备", "Preparing the devices"),
    "LOGIN": Words("人脸登录", "Login by face"),
    "BIND": Words("佐证绑定", "Binding the phone"),
    "EVID": Words("佐证视频", "The evidence recording"),
    "ATT": Words("考试附件", "Attachments"),
    "ENTER": Words("进入考试", "Entering"),
    "DEV": Words("设备选择", "Choosing devices"),
    "ANS": Words("开始答题", "Answering"),
    "NET": Words("网络中断", "Network outages"),
    "END": Words("结束考试", "The end"),
    "PRIV": Words("隐私与安全", "Privacy"),
}

PAGES: Final[dict[Page, Words]] = {
    Page.CHECK: Words("设备检测", "device check"),
    Page.LOGIN: Words("人脸登录", "login"),
    Page.BIND: Words("绑定", "binding"),
    Page.ATTACHMENTS: Words("考试附件", "attachments"),
    Page.LOBBY: Words("等候进入", "lobby"),
    Page.DEVICES: Words("选择设备", "devices"),
    Page.WAITING: Words("待考", "waiting"),
    Page.PREPARATION: Words("备课", "preparation"),
    Page.LESSON: Words("模拟教学", "lesson"),
    Page.SKILL_TEST: Words("技能测试", "skill test"),
    Page.PRESENTATION: Words("展示", "presentation"),
    Page.UPLOAD: Words("上传", "upload"),
    Page.DONE: Words("完成", "done"),
    Page.PAIR: Words("配对", "pairing"),
    Page.FILMING: Words("拍摄", "filming"),
}

STAGES: Final[dict[str, Words]] = {
    "waiting": PAGES[Page.WAITING],
    "preparation": PAGES[Page.PREPARATION],
    "lesson": PAGES[Page.LESSON],
    "skill_test": PAGES[Page.SKILL_TEST],
    "presentation": PAGES[Page.PRESENTATION],
}

ACTS: Final[dict[Act, Words]] = {
    Act.CONSENT: Words("同意", "consent"),
    Act.DECLINE: Words("不同意", "decline"),
    Act.LOGIN: Words("人脸登录", "log in"),
    Act.SHOW_CODE: Words("智试通二维码", "show the code"),
    Act.OPEN: Words("打开附件", "open"),
    Act.READ: Words("已阅", "read"),
    Act.PROCEED: Words("下一步", "proceed"),
    Act.ENTER: Words("进入考试", "enter"),
    Act.REFRESH: Words("刷新", "refresh"),
    Act.REFRESH_DEVICES: Words("刷新设备", "refresh devices"),
    Act.CHOOSE: Words("选择设备", "choose"),
    Act.WAIT: Words("进入待考", "wait"),
    Act.START: Words("开始", "start"),
    Act.FINISH: Words("结束考试", "finish"),
    Act.CONFIRM: Words("确认", "confirm"),
    Act.CANCEL: Words("取消", "cancel"),
    Act.HELP: Words("求助", "help"),
    Act.FETCH_QUESTION: Words("获取题目", "fetch the question"),
    Act.RETRY: Words("重新上传", "upload again"),
    Act.CLOSE: Words("关闭页面", "close"),
    Act.SCAN: Words("扫码", "scan"),
    Act.TYPE_CODE: Words("输入绑定码", "type the code"),
    Act.RECORD: Words("开始录制", "record"),
    Act.STOP: Words("停止录制", "stop"),
    Act.LEAVE: Words("切出", "leave"),
    Act.RETURN: Words("返回", "return"),
    Act.SCREENSHOT: Words("按截屏键", "press the screenshot key"),
    Act.COPY: Words("设法取得文字", "try to get the text out"),
}

REPORTS: Final[dict[str, Words]] = {
    "started": Words("环节开始", "a stage had started"),
    "ended": Words("环节结束", "a stage had ended"),
    "early-end": Words("提前结束", "the candidate ended early"),
    "focus-lost": Words("切屏", "the window lost focus"),
    "focus-regained": Words("切回", "the window has focus again"),
    "screenshot": Words("截屏", "a screenshot was taken"),
    "app-left": Words("切出软件", "the app was left"),
    "device-lost": Words("设备断开", "a device was lost"),
    "capture-stopped": Words("采集停止", "capture stopped"),
    "gap": Words("录制间断", "the recording has a gap"),
}

FAULTS: Final[dict[str, Words]] = {
    "down": Words("断网", "down"),
    "latency": Words("延迟", "latency"),
    "bandwidth": Words("限速", "bandwidth"),
    "slow_close": Words("关闭缓慢", "slow close"),
    "timeout": Words("无响应", "timeout"),
    "reset_peer": Words("连接重置", "reset"),
    "slicer": Words("碎片化", "slicer"),
    "limit_data": Words("限量后断开", "data limit"),
    "restart": Words("服务端重启", "service restarted"),
    "lost-camera": Words("服务端丢失了摄像头录像", "the service lost the camera recording"),
    "lost-screen": Words("服务端丢失了屏幕录像", "the service lost the screen recording"),
    "lost-evidence": Words("服务端丢失了佐证录像", "the service lost the evidence recording"),
}

TLS: Final[dict[str, Words]] = {
    "refused": Words("拒绝连接", "refused it"),
    "completed": Words("握手后离开", "completed the handshake and went"),
    "used": Words("照常发送请求", "sent a request over it"),
    "plaintext": Words("改用明文发送请求", "sent a request without TLS"),
}

CHANGES: Final[dict[str, Words]] = {
    "plugged": Words("接入", "was plugged in"),
    "unplugged": Words("拔出", "was pulled out"),
    "opened": Words("被打开", "was opened"),
    "released": Words("被释放", "was released"),
    "started": Words("启动", "was started"),
    "closed": Words("关闭", "was closed"),
    "killed": Words("被强行终止", "was killed"),
    "died": Words("自行退出", "died"),
    "hung": Words("没有响应", "hung"),
    "babbled": Words("所答不合协议", "did not speak the protocol"),
    "mismatch": Words("版本不符", "speaks another version"),
}

DESK: Final[dict[str, Words]] = {
    "login": Words("代为完成登录", "completed the login"),
    "release": Words("解除手机绑定", "released the phone"),
    "answer": Words("答复求助", "answered"),
    "publish": Words("公布成绩", "published the results"),
}

PROBLEMS: Final[dict[str, Words]] = {
    "empty": Words("空文件", "is empty"),
    "not-a-recording": Words("不是录像", "is no recording"),
    "truncated": Words("被截断", "is truncated"),
    "damaged": Words("已损坏", "is damaged"),
    "no-marks": Words("没有标记", "shows no marks"),
}
