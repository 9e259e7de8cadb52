"""What the daemons of a stack are told: our own configuration files, because the system's would load sound cards, bluetooth and a desktop.

Pure text by the stack's folder; `stack` writes the files and starts the commands, in this order.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

DBUS: Final = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={folder}/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""  # no service folders: nothing of the machine's desktop is ever started by a name that a browser asks for

PIPEWIRE: Final = """\
context.properties = { core.daemon = true core.name = pipewire-0 link.max-buffers = 16 mem.allow-mlock = false }
context.spa-libs = { audio.convert.* = audioconvert/libspa-audioconvert support.* = support/libspa-support }
context.modules = [
    { name = libpipewire-module-protocol-native }
    { name = libpipewire-module-metadata }
    { name = libpipewire-module-spa-node-factory }
    { name = libpipewire-module-client-node }
    { name = libpipewire-module-access }
    { name = libpipewire-module-adapter }
    { name = libpipewire-module-link-factory }
    { name = libpipewire-module-session-manager }
]
context.objects = [
    { factory = spa-node-factory
      args = { factory.name = support.node.driver node.name = Dummy-Driver node.group = pipewire.dummy priority.driver = 20000 } }
]
"""

# WirePlumber links a reader to the camera that it names, and that is all it is wanted for.
WIREPLUMBER: Final = """\
context.properties = { log.level = 2 wireplumber.script-engine = lua-scripting }
context.spa-libs = { audio.convert.* = audioconvert/libspa-audioconvert support.* = support/libspa-support }
context.modules = [
    { name = libpipewire-module-protocol-native }
    { name = libpipewire-module-client-node }
    { name = libpipewire-module-client-device }
    { name = libpipewire-module-adapter }
    { name = libpipewire-module-metadata }
    { name = libpipewire-module-session-manager }
]
wireplumber.components = [
    { name = libwireplumber-module-lua-scripting type = module }
    { name = viva.lua type = config/lua }
]
"""

WIREPLUMBER_LUA: Final = """\
components = {
  ["metadata"] = { "libwireplumber-module-metadata", type = "module" },
  ["default-nodes-api"] = { "libwireplumber-module-default-nodes-api", type = "module" },
  ["mixer-api"] = { "libwireplumber-module-mixer-api", type = "module" },
  ["si-node"] = { "libwireplumber-module-si-node", type = "module" },
  ["si-audio-adapter"] = { "libwireplumber-module-si-audio-adapter", type = "module" },
  ["si-audio-endpoint"] = { "libwireplumber-module-si-audio-endpoint", type = "module" },
  ["si-standard-link"] = { "libwireplumber-module-si-standard-link", type = "module" },
  ["access"] = { "access/access-default.lua", type = "script/lua", args = { rules = {} } },
  ["create-item"] = { "create-item.lua", type = "script/lua", args = { ["move"] = false, ["follow"] = false } },
  ["policy-node"] = { "policy-node.lua", type = "script/lua", args = { ["move"] = false, ["follow"] = false } },
  ["ready"] = { os.getenv("WIREPLUMBER_CONFIG_DIR") .. "/ready.lua", type = "script/lua" },
}
"""

READY_LUA: Final = """\
print("ready")
"""


def files(folder: Path) -> dict[str, str]:
    """The configuration files of a stack, by their path in its folder."""
    return {
        "dbus.conf": DBUS.format(folder=folder),
        "pipewire.conf": PIPEWIRE,
        "wireplumber/wireplumber.conf": WIREPLUMBER,
        "wireplumber/viva.lua.d/10-viva.lua": WIREPLUMBER_LUA,
        "wireplumber/ready.lua": READY_LUA,
    }


def bus(folder: Path) -> list[str]:
    """One private bus stands for both the session's and the system's."""
    return ["dbus-daemon", f"--config-file={folder}/dbus.conf", "--nofork", "--nopidfile", "--nosyslog"]


def pipewire(folder: Path) -> list[str]:
    """The server of the cameras."""
    return ["pipewire", "-c", f"{folder}/pipewire.conf"]


def wireplumber() -> list[str]:
    """It finds its configuration by `WIREPLUMBER_CONFIG_DIR`."""
    return ["wireplumber"]


def pulseaudio() -> list[str]:
    """The server of the microphones; modules are plugged in and out through its command-line socket."""
    options = ["-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "--disable-shm=yes"]
    modules = (
        "module-native-protocol-unix auth-anonymous=1",
        "module-cli-protocol-unix",
        "module-null-sink sink_name=speakers sink_properties=device.description=Speakers",
    )
    loading = [part for module in modules for part in ("-L", module)]
    return ["pulseaudio", *options, "--realtime=no", "--high-priority=no", "--log-target=stderr", *loading]


def display(width: int, height: int, picture: Path | None = None) -> list[str]:
    """An X server that takes a free number and prints it. `picture`: the folder in which it keeps what it shows, in `Xvfb_screen0`."""
    screen = ["-screen", "0", f"{width}x{height}x24"]
    kept = [] if picture is None else ["-fbdir", str(picture)]
    return ["Xvfb", "-displayfd", "1", *screen, *kept, "-nolisten", "tcp", "-noreset", "-ac", "-nocursor"]
