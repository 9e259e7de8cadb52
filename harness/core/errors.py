"""The errors that Viva raises on purpose, each one sentence that names the thing, its value and the remedy.

VivaError               the use or the harness was at fault: the CLI prints it and exits with status 2
├── PlanError           an exam plan contradicts itself or can't be read
├── ManifestError       a subject's `client.toml` can't be read or names what isn't there
├── SubjectError        the client under test broke the conversation: a reason in a verdict, never a fault of the harness
│   ├── SubjectDied         its process ended
│   ├── SubjectHung         it did not answer in time
│   ├── SubjectBabbled      it spoke, but not the protocol
│   └── SubjectMismatch     it speaks another version, or another name
└── HarnessError        something of our own failed: an error, never a verdict
"""


class VivaError(Exception):
    """One sentence for a person: what is wrong, with which value, and what to do about it."""


class PlanError(VivaError):
    """An exam plan contradicts itself or can't be read."""


class ManifestError(VivaError):
    """A subject's `client.toml` can't be read, or names what isn't there."""


class SubjectError(VivaError):
    """The client under test broke the conversation."""


class SubjectDied(SubjectError):
    """The subject's process ended while it was needed."""


class SubjectHung(SubjectError):
    """The subject did not answer within the call's time-out."""


class SubjectBabbled(SubjectError):
    """The subject spoke, but what it said is not the protocol."""


class SubjectMismatch(SubjectError):
    """The subject speaks another version of the protocol."""


class HarnessError(VivaError):
    """A part of the harness failed: the scenario is an error, never a verdict."""
