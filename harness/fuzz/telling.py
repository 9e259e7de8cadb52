"""A script as people read it, and as a file that plays again.

Laws: an *intent* is a press that the search added to the plain way of a candidate who does everything right and presses each control once, as
early as the way has it; an *event* is an intent, or what befalls network, service, devices and clients. Each is one line, in order of time.
The plain way is one named thing (“way to lesson”), one line with the number of its presses, which count as neither; where shrinking cut it
short, it is a way towards its page. A file is the script's JSON, whole milliseconds for every time, and gives back the very script. Called by
the command.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from harness.core.errors import VivaError
from harness.core.plan import check, decode_number, encode_number
from harness.core.script import Action, DeskAct, Disturb, Do, Kill, Misbehaviour, Plug, Script, Step
from harness.core.units import show, show_moment
from harness.fuzz.ways import WAY, presses_of_the_way, way_of


def events_of(script: Script) -> int:
    """How many things happen beside the shortest way: presses, disturbances, kills, devices, the service's misbehaviour."""
    own = sum(len(thread.steps) for thread in script.threads if not thread.name.startswith(WAY))
    return own + len(script.misbehaviour)


def intents_of(script: Script) -> int:
    """How many intents of the candidate stand beside the shortest way."""
    own = [step for thread in script.threads if not thread.name.startswith(WAY) for step in thread.steps]
    return sum(isinstance(step.action, Do) for step in own)


def told(script: Script) -> list[str]:
    """Lines for a person."""
    plan, way = script.plan, presses_of_the_way(script)
    windows = plan.windows
    exam = (
        f"{script.track}; login from {show_moment(windows.login_opens)}, entry {show_moment(windows.entry_opens)} to "
        f"{show_moment(windows.entry_closes)}, preparation {show(plan.spans.preparation)}, lesson {show(plan.spans.lesson)}"
    )
    waits = plan.spans.lesson_start
    if waits is not None:
        exam += f", begun for the candidate after {show(waits)}"
    if not plan.readings.rejoin:
        exam += ", no way back after entry has closed"
    lines = [exam, f"the clients start at {show_moment(script.begins)}"]
    if script.clock_error_ms:
        lines.append(f"the computer's own clock is off by {show(script.clock_error_ms)}")
    lines += [f"the service: {_misbehaving(each)}" for each in script.misbehaviour]
    if way:
        last = max(
            (thread.steps[-1] for thread in script.threads if thread.name.startswith(WAY)),
            key=lambda each: each.at or 0,
        )
        lines.append(f"{way_of(script)}: {way} presses of the plain way, the last of them “{_done(last.action)}”")
    own = [thread for thread in script.threads if not thread.name.startswith(WAY)]
    for thread in sorted(own, key=lambda thread: thread.steps[0].at or 10**9):
        lines += [_step(step) for step in thread.steps]
    return lines


def _step(step: Step) -> str:
    when = [] if step.at is None else [f"at {show_moment(step.at)}"]
    if step.when is not None:
        shown = step.when
        what = [
            *(f"“{page}” is shown" for page in shown.pages[:1]),
            *([f"“{shown.enabled}” can be pressed"] if shown.enabled else []),
        ]
        patience = "" if step.patience is None else f", within {show(step.patience)}"
        when.append(f"once {' and '.join(what) or 'that is shown'}{patience}")
    if step.after:
        when.append(f"{show(step.after)} later")
    return f"{', '.join(when) or 'at once'}: {_done(step.action)}"


def _done(action: Action) -> str:
    match action:
        case Do():
            given = "".join(f" {value!r}" for value in action.args.values())
            said = f"{action.role}: {action.act}{given}"
        case Plug():
            said = f"{action.device} is {'plugged in' if action.present else 'pulled out'}"
        case Disturb():
            whose = "both networks" if action.role is None else f"the {action.role}'s network"
            value = f" ({action.value})" if action.value else ""
            said = f"{whose}: {action.kind}{value} for {show(action.for_ms)}"
        case DeskAct():
            said = f"the desk: {action.action} {action.text}".rstrip()
        case Kill():
            said = f"the {action.role} client is {'started again' if action.restart else 'killed'}"
        case _:
            said = str(action)
    return said


def _misbehaving(each: Misbehaviour) -> str:
    what = " ".join(part for part in (each.kind, each.operation, each.reason) if part)
    if each.kind in ("fail", "stall"):
        how = f"status {each.status}" if each.kind == "fail" else f"{show(each.delay_ms)} late"
        return f"{what} ({how}) from {show_moment(each.from_ms)} to {show_moment(each.until_ms)}"
    return what if each.count >= 1_000_000 else f"{what}, {each.count} time(s)"


# -- files -----------------------------------------------------------------------------------------------------------


def write_script(file: Path, script: Script) -> None:
    """Saves it. Raises `VivaError` where that can't be."""
    try:
        file.write_bytes(msgspec.json.format(msgspec.json.encode(script, enc_hook=encode_number), indent=1))
    except OSError as error:
        raise VivaError(f"{file} can't be written ({error.strerror}); name another folder with --out") from error


def read_script(file: Path) -> Script:
    """The script of a file that `write_script` made. Raises `VivaError` with what is wrong in it."""
    try:
        script = msgspec.json.decode(file.read_bytes(), type=Script, dec_hook=decode_number)
    except OSError as error:
        raise VivaError(
            f"--script {file} can't be read ({error.strerror}); name the script.json of an earlier run"
        ) from error
    except (msgspec.DecodeError, ValueError) as error:
        raise VivaError(f"--script {file} is no script ({error}); name the script.json of an earlier run") from error
    check(script.plan)
    return script
