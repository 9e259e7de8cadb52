"""The recording's metadata carries the candidate's name."""

from __future__ import annotations

from clients.headless.capture import MediaCapture
from clients.headless.in_process import factories
from clients.headless.media import Mp4Recorder

BREAKS = "PRIV-2"


class Named(Mp4Recorder):
    def metadata(self) -> dict[str, str]:
        return {**super().metadata(), "title": "Integrated Camera (04f2:b6dd)"}


class NamedCapture(MediaCapture):
    recorder_type = Named


laptop, phone = factories(capture=NamedCapture)
