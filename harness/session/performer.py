"""The performer: plays a script's threads without a clock of its own.

A world (virtual or real) tells it the time and what both clients show; it says which actions are due. A step becomes *due* when
the one before it has been done and its exam time `at` has come; then it waits for `when` (its `patience` counts from there),
then `after` ms more, as a person does between seeing and pressing. One that has become needless is skipped. Called by the worlds alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from harness.core.script import Action, Do, Kill, Step, Thread, Wait
from harness.core.view import Act, Role, View
from harness.session.scanning import scanned

Views = Mapping[Role, View | None]


class Cue(msgspec.Struct, frozen=True):
    """An action that is due now, and the thread that waits until `Performer.done(thread)`."""

    thread: int
    action: Action


class _Progress:
    """Where one thread stands."""

    __slots__ = ("acting", "due_since", "index", "ready_at", "steps")

    def __init__(self, steps: Sequence[Step], begins: int) -> None:
        self.steps = steps
        self.index = 0
        self.due_since: int | None = _due(steps[0], begins) if steps else None
        self.ready_at: int | None = None
        self.acting = False

    @property
    def step(self) -> Step | None:
        return self.steps[self.index] if self.index < len(self.steps) else None

    def advance(self, now: int) -> None:
        self.index += 1
        self.acting = False
        self.ready_at = None
        step = self.step
        self.due_since = None if step is None else _due(step, now)


def _due(step: Step, now: int) -> int:
    return now if step.at is None else max(now, step.at)


class Performer:
    """Plays `threads`; `begins` is the exam time at which the run starts, ms."""

    def __init__(self, threads: Sequence[Thread], begins: int) -> None:
        self._threads = [_Progress(thread.steps, begins) for thread in threads]

    @property
    def finished(self) -> bool:
        """Every thread is through."""
        return all(thread.step is None for thread in self._threads)

    @property
    def restarts(self) -> bool:
        """A client is still to be started again."""
        left = (step.action for thread in self._threads for step in thread.steps[thread.index :])
        return any(isinstance(action, Kill) and action.restart for action in left)

    def cues(self, now: int, views: Views) -> list[Cue]:
        """The actions due at `now`; each must be answered by `done`. Skipped steps (out of patience, or needless) are passed over."""
        due: list[Cue] = []
        for number, thread in enumerate(self._threads):
            while (
                not thread.acting
                and (step := thread.step) is not None
                and thread.due_since is not None
                and now >= thread.due_since
            ):
                waits = thread.ready_at is not None and now < thread.ready_at
                if not waits and step.unless is not None and step.unless.holds(views.get(step.unless.role)):
                    thread.advance(now)
                    continue
                if thread.ready_at is None and (step.when is None or step.when.holds(views.get(step.when.role))):
                    thread.ready_at = now + step.after
                if thread.ready_at is not None and now >= thread.ready_at:
                    thread.acting = True
                    due.append(Cue(number, _spoken(step.action, views)))
                elif thread.ready_at is None and step.patience is not None and now >= thread.due_since + step.patience:
                    if step.insists:
                        thread.ready_at = now
                    else:
                        thread.advance(now)
                else:
                    break
        return due

    def done(self, thread: int, now: int) -> None:
        """The action of that thread has been carried out."""
        self._threads[thread].advance(now)

    def next_wakeup(self, now: int) -> int | None:
        """The next exam time at which time alone lets a thread go on; None: only what is shown can."""
        times = []
        for thread in self._threads:
            step = thread.step
            if step is None or thread.acting or thread.due_since is None:
                continue
            if now < thread.due_since:
                times.append(thread.due_since)
            elif thread.ready_at is not None:
                times.append(thread.ready_at)
            elif step.patience is not None:
                times.append(thread.due_since + step.patience)
        return min(times, default=None)


def holds(conditions: Sequence[Wait], views: Views) -> bool:
    """All of these conditions are met."""
    return all(condition.holds(views.get(condition.role)) for condition in conditions)


def _spoken(action: Action, views: Views) -> Action:
    """The action with `$code` and `$qr` replaced by what the laptop shows at this moment.

    Where the QR code can't be read, the code is typed, as the notice has it (识别不成功时…输入绑定码).
    """
    if not isinstance(action, Do) or not any(value.startswith("$") for value in action.args.values()):
        return action
    laptop = views.get(Role.LAPTOP)
    binding = laptop.binding if laptop is not None else None
    shown = {"$code": binding.code if binding else "", "$qr": scanned(binding.qr_png) if binding else ""}
    if action.act == Act.SCAN and action.args.get("payload") == "$qr" and not shown["$qr"]:
        return Do(role=action.role, act=Act.TYPE_CODE, args={"code": shown["$code"]})
    return msgspec.structs.replace(action, args={key: shown.get(value, value) for key, value in action.args.items()})
