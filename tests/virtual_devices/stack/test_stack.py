"""A stack stands whole and alone, says what has died, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from harness.core.errors import HarnessError, VivaError
from virtual_devices.backends.pipewire import Pipewire
from virtual_devices.backends.pulse import PulseSource
from virtual_devices.backends.x11 import X11
from virtual_devices.stack import Stack, missing

I420 = int.from_bytes(b"I420", "little")
PICTURE = np.zeros(160 * 90 * 3 // 2, np.uint8)


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("k") / "s"


@pytest.fixture
def stack(packages: None, folder: Path) -> Iterator[Stack]:
    with Stack(folder, screen=(640, 480)) as stack:
        yield stack


def camera(stack: Stack) -> Pipewire:
    return Pipewire(width=160, height=90, fps=10, fourcc=I420, device="Camera", runtime=str(stack.folder))


def send(device: Pipewire | X11, times: int) -> None:
    for _ in range(times):
        device.send(PICTURE)


def killed(stack: Stack, name: str) -> None:
    process = psutil.Process(stack.pids[name])
    process.kill()
    psutil.wait_procs([process], timeout=5)


@pytest.mark.usefixtures("packages")
def test_two_stacks_stand_side_by_side_and_nothing_is_left_of_them(tmp_path_factory: pytest.TempPathFactory) -> None:
    folders = [tmp_path_factory.mktemp("k") / name for name in "ab"]
    with Stack(folders[0], screen=(640, 480)) as one, Stack(folders[1], screen=(640, 480)) as other:
        processes = [psutil.Process(pid) for stack in (one, other) for pid in stack.pids.values()]
        assert len(processes) == 16
        assert one.display != other.display
        assert one.health() == other.health() == ()
        socket = Path(f"/tmp/.X11-unix/X{one.display.removeprefix(':')}")
        assert socket.exists()
    assert not any(process.is_running() for process in processes)
    assert not any(folder.exists() for folder in folders)
    assert not socket.exists()


def test_a_stack_without_a_screen_has_no_display(packages: None, folder: Path) -> None:
    with Stack(folder, screen=None) as stack:
        assert stack.display == ""
        assert "DISPLAY" not in stack.environment
        assert "display" not in stack.pids


@pytest.mark.usefixtures("packages")
@pytest.mark.parametrize("victim", ["owner", "keeper"])
def test_nothing_of_a_stack_outlives_its_killed(victim: str, folder: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from virtual_devices.stack import Stack\n"
        f"with Stack(Path({str(folder)!r}), screen=(640, 480)) as stack:\n"
        "    print(*stack.pids.values(), flush=True); sys.stdin.readline()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        *children, keeper = [psutil.Process(int(pid)) for pid in owner.stdout.readline().split()]
        os.kill(owner.pid if victim == "owner" else keeper.pid, signal.SIGKILL)
        _, alive = psutil.wait_procs([*children, *([keeper] if victim == "owner" else [])], timeout=5)
        assert not alive
        owner.kill()


def test_a_daemon_that_hangs_is_killed_with_the_rest(packages: None, folder: Path) -> None:
    with Stack(folder, screen=None) as stack:
        hung = psutil.Process(stack.pids["pipewire"])
        hung.suspend()
    assert not hung.is_running()
    assert not folder.exists()


@pytest.mark.parametrize("name", ["pipewire", "desktop", "pulseaudio", "display", "bus"])
def test_health_names_what_has_died(stack: Stack, name: str) -> None:
    killed(stack, name)
    assert any(f"{name} of the device stack" in each and "by signal 9" in each for each in stack.health())


def test_health_says_that_the_keeper_has_died(stack: Stack) -> None:
    killed(stack, "keeper")
    assert any("the keeper of the device stack" in each for each in stack.health())


def test_a_camera_whose_server_died_raises_at_the_next_picture(stack: Stack) -> None:
    device = camera(stack)
    device.send(PICTURE)
    killed(stack, "pipewire")
    with pytest.raises(HarnessError, match="camera 'Camera' has died"):
        send(device, 1_000_000)  # its thread hears of it some time after us
    device.close()


def test_a_microphone_whose_server_died_raises_at_the_next_sound(stack: Stack) -> None:
    device = PulseSource(stack.environment["PULSE_SERVER"], "Microphone", 16_000)
    device.write(np.zeros(320, np.int16))
    killed(stack, "pulseaudio")
    with pytest.raises(HarnessError, match="microphone 'Microphone' has died"):
        device.write(np.zeros(320, np.int16))
    device.close()


def test_a_screen_whose_display_died_raises_within_two_frames(stack: Stack) -> None:
    device = X11(width=160, height=90, fps=5, fourcc=I420, device=stack.display)
    device.send(PICTURE)
    killed(stack, "display")
    with pytest.raises(HarnessError, match="has died"):
        send(device, 2)
    device.close()


def test_two_microphones_of_one_label_are_refused(stack: Stack) -> None:
    server = stack.environment["PULSE_SERVER"]
    one = PulseSource(server, "Microphone", 16_000)
    with pytest.raises(HarnessError, match="plugged in already"):
        PulseSource(server, "Microphone", 16_000)
    one.close()
    PulseSource(server, "Microphone", 16_000).close()


def test_a_battery_can_t_be_fuller_than_full(stack: Stack) -> None:
    with pytest.raises(VivaError, match=r"within 0\.\.1, not 7"):
        stack.power(7, charging=True)


@pytest.mark.usefixtures("packages")
def test_a_folder_that_is_not_the_stack_s_own_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(HarnessError, match="is not empty"), Stack(tmp_path):
        pass
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_a_folder_too_long_for_sockets_is_refused() -> None:
    with pytest.raises(VivaError, match="too long for unix sockets"):
        Stack(Path("/tmp") / ("x" * 100))


@pytest.mark.usefixtures("packages")
def test_a_folder_that_can_t_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HarnessError, match="can't be made"), Stack(tmp_path / "file" / "s"):
        pass


def test_missing_programs_are_named_by_their_packages(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert missing()[:5] == ("dbus-daemon", "pipewire", "wireplumber", "pulseaudio", "xvfb")
    assert "chromium" in missing()
    assert "xvfb" not in missing(display=False)
    with (
        pytest.raises(HarnessError, match="apt-get install --no-install-recommends dbus-daemon pipewire wireplumber"),
        Stack(folder),
    ):
        pass
    assert not folder.exists()


def test_a_camera_without_a_stack_is_refused_in_one_sentence(packages: None, tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="is the device stack up"):
        Pipewire(width=160, height=90, fps=10, fourcc=I420, device="Camera", runtime=str(tmp_path))
    with pytest.raises(HarnessError, match="device=LABEL and runtime=FOLDER"):
        Pipewire(width=160, height=90, fps=10, fourcc=I420, device="Camera")
    with pytest.raises(HarnessError, match="is the device stack up"):
        PulseSource(f"unix:{tmp_path}/native", "Microphone", 16_000)
    with pytest.raises(HarnessError, match="is its device stack up"):
        X11(width=160, height=90, fps=5, fourcc=I420, device=":9999")
