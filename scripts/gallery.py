"""Pictures of every page and state of the reference pages, in light and dark and at several sizes of a window: to look at, not to compare.

    PYTHONPATH=. python scripts/gallery.py FOLDER

Walks through an interview as the tests of the pages do, with a drawn portrait before the camera, and writes PNG files into the folder. A few
minutes on a free machine; nothing is judged.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect

from harness.session.exams import load_exam
from tests.web.walking import LAPTOP, PHONE, Walk, short
from virtual_devices.camera import CameraSpec, VirtualCamera

SCHEMES = ("light", "dark")
LARGER = ({"width": 1_920, "height": 1_080}, {"width": 1_024, "height": 640})
FRAMES = 20


def portrait(path: Path) -> Path:
    """Some frames of the drawn candidate as a file that Chromium takes for a camera."""
    camera = VirtualCamera(CameraSpec(device=0, session=1, label="portrait", width=640, height=480, fps=10))
    with path.open("wb") as file:
        file.write(b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420jpeg\n")
        for number in range(FRAMES):
            file.write(b"FRAME\n" + camera.picture(number).data.tobytes())
    return path


class Gallery:
    """Takes pictures into one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def shoot(self, page: Page, name: str) -> None:
        """That page as it stands, in both schemes; the laptop's in larger and smaller windows as well."""
        own = PHONE if "phone" in name else LAPTOP
        sizes = (own,) if "phone" in name else (own, *LARGER)
        for size in sizes:
            page.set_viewport_size(size)  # type: ignore[arg-type] # a ViewportSize, by its two keys
            for scheme in SCHEMES[: 2 if size is own else 1]:
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type] # one of the two that there are
                page.screenshot(path=self._folder / f"{name}-{size['width']}-{scheme}.png")
        page.set_viewport_size(own)  # type: ignore[arg-type] # as above
        page.emulate_media(color_scheme="light")


def disturbed(walk: Walk, gallery: Gallery) -> None:
    """The preparation with an outage, a call for help, the code once more, and the question whether to end."""
    laptop = walk.laptop
    walk.reach("备课", "preparation")
    laptop.context.set_offline(offline=True)
    expect(laptop.get_by_role("alert").filter(has_text="网络已中断")).to_be_visible()
    gallery.shoot(laptop, "preparation-offline")
    laptop.context.set_offline(offline=False)
    walk.press("智试通二维码")
    walk.press("求助")
    gallery.shoot(laptop, "help")
    laptop.get_by_label("求助内容").fill("看不到题目")
    walk.press("发送")
    walk.press("结束考试")
    gallery.shoot(laptop, "finish")
    walk.press("取消")
    gallery.shoot(laptop, "preparation-code")
    walk.press("收起")


def main(folder: Path) -> int:
    """Writes the pictures."""
    gallery = Gallery(folder)
    plan = short(load_exam("heshan-2022"), before_ms=60_000, stage_ms=45_000)
    with tempfile.TemporaryDirectory() as place:
        camera = portrait(Path(place) / "portrait.y4m")
        with Walk(Path(place), plan, camera=camera, reached=gallery.shoot) as walk:
            walk.come_in()
            disturbed(walk, gallery)
            walk.reach("模拟课堂教学", "lesson-waiting")
            walk.press("开始")
            walk.reach("模拟课堂教学", "lesson")
            walk.press("停止拍摄", page=walk.phone)
            gallery.shoot(walk.phone, "phone-stop")
            walk.press("取消", page=walk.phone)
            walk.press("结束考试")
            walk.press("确定")
            walk.finish()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
