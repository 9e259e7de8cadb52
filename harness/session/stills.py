"""What the service was sent as face pictures, inspected: one `FacePicture` event a picture. Called once a run is over."""

from __future__ import annotations

from collections.abc import Sequence

from harness.core.events import FacePicture
from harness.core.platform import HeldStill
from harness.inspection import departure, still_luma
from harness.session.rig import Rig
from virtual_devices.timecode import read


def face_pictures(stills: Sequence[HeldStill], rig: Rig) -> list[tuple[int, FacePicture]]:
    """When each reached the service (exam ms), and what it shows by the marks and pictures of the rig's own cameras."""
    return [(still.received_ms, _looked_at(still, rig)) for still in stills]


def _looked_at(still: HeldStill, rig: Rig) -> FacePicture:
    luma = still_luma(still.picture)
    reading = None if luma is None else read(luma)
    mark = None if reading is None else reading.mark
    taken = None if mark is None else rig.clock.frame_ms(*mark)
    if luma is None or reading is None or mark is None or taken is None:
        return FacePicture(captured_ms=still.captured_ms)
    delivered = rig.picture(mark)
    changed = None if delivered is None else departure(luma, delivered, mirrored=reading.mirrored)
    return FacePicture(
        captured_ms=still.captured_ms,
        device=mark.device,
        taken_ms=taken,
        mirrored=reading.mirrored,
        face_change=None if changed is None else round(changed.face, 2),
        twin_change=None if changed is None else round(changed.twin, 2),
    )
