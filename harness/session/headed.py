"""A person who watches browsers as they are driven: on which display, and whether there is one at all.

The browsers themselves stay on the private displays of their stacks, whose pictures stand in windows on the person's: what is captured, focused
and judged is the same as when nobody watches. Called by certify and smoke.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from harness.core.errors import HarnessError, VivaError
from harness.drivers.manifest import Subject
from harness.session.web_files import without_stack
from virtual_devices.display import require_display


def watched_on(
    subject: Subject, option: str = "--headed", environment: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """The variables by which the person's display is reached. Raises `VivaError` where there is nothing to watch, or nowhere to."""
    require_browser(subject, option, "shows browsers")
    display = environment.get("DISPLAY", "")
    if not display:
        raise VivaError(
            f"{option} opens windows on your display, and DISPLAY names none: run it in a desktop session, or set DISPLAY"
        )
    if obstacle := without_stack():
        raise VivaError(f"{option} shows the displays of the device stack; {obstacle}")
    try:
        require_display(display)
    except HarnessError as error:
        raise VivaError(str(error)) from None
    home = environment.get("HOME", "")
    return {"DISPLAY": display, "XAUTHORITY": environment.get("XAUTHORITY", f"{home}/.Xauthority")}


def require_browser(subject: Subject, option: str, does: str) -> None:
    """Raises `VivaError` for a client that is driven in none."""
    if subject.laptop.driver != "web":
        raise VivaError(
            f'{option} {does}, and {subject.name} runs in none: leave it out, or name a client with `driver = "web"`'
        )
