"""Route 2, for machines without the packages of a stack: Chromium's own test devices, of which one, the camera, shows what ours does.

Laws: one camera, under the name of its file; microphones that beep and a screen with a test pattern, of which nothing is ours; no window, no
battery, and nothing is plugged in or out once a browser runs. The camera is live: the file holds one picture, the newest, and the browser
reads it anew for each frame. Called by the session, where route 1 can't be had.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final

from harness.core.errors import HarnessError
from virtual_devices.camera import Port
from virtual_devices.stack.stack import passed_on

# What pages see of the microphones that Chromium has beside a test camera, in its order; measured with Chromium 156.
MICROPHONES: Final = ("Fake Audio Input 1", "Fake Audio Input 2")


class Fallback:
    """The devices of one machine, within a `with`; `folder` is its own, best in shared memory: it makes it, and removes it at its end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self._label: str | None = None

    @property
    def environment(self) -> Mapping[str, str]:
        """The whole environment of a browser on this machine, which has to be headless."""
        return passed_on() | {"HOME": f"{self.folder}/home", "XDG_RUNTIME_DIR": str(self.folder)}

    @property
    def camera(self) -> str:
        """The camera's file, by whose path pages know it."""
        return f"{self.folder}/camera.y4m"

    @property
    def arguments(self) -> tuple[str, ...]:
        """What Chromium has to be started with, besides `environment`. The screen is a whole one, as an interview's has to be."""
        return (
            "--use-fake-device-for-media-stream=display-media-type=monitor",
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-video-capture={self.camera}",
            "--password-store=basic",
        )

    def camera_port(self, label: str) -> Port:
        """Of the one camera. Raises `HarnessError` for a second."""
        if self._label not in {None, label}:
            raise HarnessError(
                f"without a device stack a browser has one camera, {self._label!r}, and no {label!r}: install the stack's packages"
            )
        self._label = label
        return Port(backend="y4m", device=self.camera, slots=1)

    def health(self) -> tuple[str, ...]:
        """A sentence if the folder has gone; no process stands behind these devices."""
        if self.folder.is_dir():
            return ()
        return (f"the folder {self.folder} of the virtual devices has gone: use it within a `with`",)

    def __enter__(self) -> Fallback:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if any(self.folder.iterdir()):
                raise HarnessError(f"the folder {self.folder} is not empty: give the virtual devices one of their own")
            os.chmod(self.folder, 0o700)  # noqa: PTH101 (beside mkdir's, which the umask cuts)
            (self.folder / "home").mkdir()
        except OSError as error:
            raise HarnessError(
                f"the folder {self.folder} can't be made ({error.strerror}): give one in a folder that you may write"
            ) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
