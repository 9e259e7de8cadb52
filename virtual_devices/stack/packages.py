"""What route 1 needs of the machine, and what of it is missing. Asked by `Stack` before it starts anything, and by `viva doctor`."""

from __future__ import annotations

import ctypes.util
import os
import shutil
from typing import Final

PROGRAMS: Final = {  # program → Debian package
    "dbus-daemon": "dbus-daemon",
    "pipewire": "pipewire",
    "wireplumber": "wireplumber",
    "pulseaudio": "pulseaudio",
    "Xvfb": "xvfb",
    "chromium": "chromium",
}
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
VARIABLE: Final = "VIVA_CHROMIUM"  # names the browser to take, whatever is installed


def browser() -> str | None:
    """The path of the Chromium that `VIVA_CHROMIUM` names, else of an installed one; None where there is none."""
    wanted = os.environ.get(VARIABLE)
    return wanted or next((path for name in BROWSERS if (path := shutil.which(name))), None)


def missing(*, display: bool = True, chromium: bool = True) -> tuple[str, ...]:
    """The Debian packages that route 1 lacks on this machine, with or without a display and a browser; () where it can be had."""
    lacking = [
        package
        for program, package in PROGRAMS.items()
        if (program != "Xvfb" or display) and program != "chromium" and shutil.which(program) is None
    ]
    if chromium and browser() is None:
        lacking.append(PROGRAMS["chromium"])
    if "pipewire" not in lacking and ctypes.util.find_library("pipewire-0.3") is None:
        lacking.append("libpipewire-0.3-0")
    return tuple(lacking)


def remedy(packages: tuple[str, ...]) -> str:
    """The line that installs them."""
    return f"apt-get install --no-install-recommends {' '.join(packages)}"
