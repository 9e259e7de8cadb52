"""What the service says to a candidate, in Chinese: the `detail` of problems and the consent's purpose. No time stands here, only the plan's."""

from __future__ import annotations

import datetime as dt
from typing import Final

from harness.core.plan import Plan

CONSENT: Final = "人脸照片仅用于核验考生身份，不作其他用途。请在同意后拍摄；如不同意，请联系技术服务代为登录。"


def clock(plan: Plan, at_ms: int) -> str:
    """An exam time as the day's time and relative to 开考: `8:30（开考前30分钟）`."""
    moment = plan.starts + dt.timedelta(milliseconds=at_ms)
    shown = f"{moment:%H:%M}" if at_ms % 60_000 == 0 else f"{moment:%H:%M:%S}"
    if at_ms == 0:
        return f"{shown}（开考）"
    return f"{shown}（开考{'前' if at_ms < 0 else '后'}{span(abs(at_ms))}）"


def span(ms: int) -> str:
    """A length of time in words: `15分钟`, `1分30秒`, `8秒`."""
    minutes, rest = divmod(ms, 60_000)
    seconds = f"{rest / 1000:g}秒" if rest else ""
    if not minutes:
        return seconds or "0秒"
    return f"{minutes}分{seconds}" if rest else f"{minutes}分钟"


def desk(plan: Plan) -> str:
    """Whom to call."""
    return f"如需帮助，请致电技术服务：{plan.contact.phone}（{plan.contact.hours}）。"
