"""The words of the core that a client needs, so that clients import `harness.protocol` alone. Re-exports, nothing else."""

from harness.core.clock import Clock
from harness.core.errors import VivaError
from harness.core.plan import Track
from harness.core.view import (
    RUNNING,
    Act,
    Alert,
    AlertCode,
    AttachmentShown,
    BindingShown,
    Check,
    ControlState,
    Countdown,
    DeviceShown,
    Page,
    QuestionShown,
    Role,
    Stage,
    Stream,
    UploadShown,
    View,
)

__all__ = [
    "RUNNING",
    "Act",
    "Alert",
    "AlertCode",
    "AttachmentShown",
    "BindingShown",
    "Check",
    "Clock",
    "ControlState",
    "Countdown",
    "DeviceShown",
    "Page",
    "QuestionShown",
    "Role",
    "Stage",
    "Stream",
    "Track",
    "UploadShown",
    "View",
    "VivaError",
]
