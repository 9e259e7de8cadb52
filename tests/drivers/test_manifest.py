"""A subject's manifest: what is right is found and filled in, what is wrong is said in one sentence."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from harness.core.errors import ManifestError
from harness.core.view import Role
from harness.drivers.manifest import ROOT, load

GOOD = """
name = "示例"
vendor = "Example"
version = "1.0"
[laptop]
driver = "process"
command = ["{python}", "-m", "example", "{here}/data", "{root}"]
class = "example.laptop:Laptop"
env = { EXAMPLE_HOME = "{here}/home" }
[phone]
driver = "python"
class = "example.phone:Phone"
labels = { start = "Start" }
[unsupported]
PREP-4 = "no battery gauge"
"""


def write(folder: Path, text: str) -> Path:
    file = folder / "client.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_manifest_is_read_with_its_placeholders_filled(tmp_path: Path) -> None:
    file = write(tmp_path, GOOD)
    subject = load(tmp_path)
    assert (subject.name, subject.vendor, subject.version, subject.path) == ("示例", "Example", "1.0", file)
    assert subject.unsupported == {"PREP-4": "no battery gauge"}
    laptop = subject.device(Role.LAPTOP)
    assert laptop.command == (sys.executable, "-m", "example", f"{tmp_path}/data", str(ROOT))
    assert laptop.env == {"EXAMPLE_HOME": f"{tmp_path}/home"}
    assert laptop.class_path == "example.laptop:Laptop"
    phone = subject.device(Role.PHONE)
    assert (phone.driver, phone.class_path, phone.labels) == ("python", "example.phone:Phone", {"start": "Start"})
    assert load(file) == subject


def test_a_program_is_found_on_the_path_or_beside_the_manifest(tmp_path: Path) -> None:
    program = tmp_path / "client.sh"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    write(tmp_path, GOOD.replace('"{python}"', '"./client.sh"'))
    assert load(tmp_path).laptop.command[0] == str(program)
    write(tmp_path, GOOD.replace('"{python}"', '"true"'))
    assert load(tmp_path).laptop.command[0].endswith("/true")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('vendor = "Example"', "", "the top of the file lacks 'vendor'; add it"),
        ("vendor", "vendors", "has the key 'vendors', which a manifest doesn't know: did you mean 'vendor'"),
        ("command =", "comand =", r"\[laptop\] has the key 'comand', .* did you mean 'command'"),
        ("class = \"example.l", "clas = \"example.l", "did you mean 'class'"),
        ("env =", "qqq =", "take it out; its keys are driver, command, class, env"),
        ('"process"', '"proces"', "laptop.driver is 'proces', which is no driver: did you mean 'process'"),
        ('"process"', '"telepathy"', "use 'process', 'python' or 'web'"),
        ('"process"', '"web"', r"\[laptop\] has the driver 'web' and no url; add url = "),
        ('"process"', "7", "laptop.driver: Expected `str`, got `int`"),
        ("{python}", "{pyhton}", r"laptop.command has the placeholder '\{pyhton\}'; use \{python\}"),
        ("EXAMPLE_HOME", '"A=B"', "laptop.env names 'A=B'; use letters, digits and underscores"),
        ("{here}/home", "\\u0000", r"laptop.env.EXAMPLE_HOME holds a NUL character"),
        ("{python}", "no-such-program", "laptop.command starts 'no-such-program', which is not on PATH; install it"),
        ("{python}", "./missing", "laptop.command starts './missing', which is no file; build it first"),
        ("{python}", "./client.toml", "'./client.toml', which can't be executed; run chmod"),
        ('"示例"', '" "', "name is empty"),
        ('"1.0"', '"1\\u001b[31m"', "version is .* take out the characters that can't be printed"),
        ('"Example"', f'"{"x" * 81}"', "vendor is 81 characters long; shorten it to 80"),
        ("example.phone:Phone", "example.phone.Phone", "phone.class is 'example.phone.Phone'; write it as 'package.module:Class'"),
        ('class = "example.phone:Phone"', "", r"\[phone\] has the driver 'python' and no class"),
        ("command = [", "#", r"is not TOML|\[laptop\] has the driver 'process' and no command"),
        ("PREP-4", "PREP-44", "names 'PREP-44': .*did you mean PREP-4"),
        ("[phone]", "[phone", "is not TOML .*; compare it with clients/headless/client.toml"),
    ],
)  # fmt: skip # a row a mistake reads as the table it is
def test_a_mistake_is_one_sentence_with_the_field_the_value_and_the_remedy(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    assert old in GOOD
    file = write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(ManifestError, match=words) as caught:
        load(tmp_path)
    assert str(caught.value).startswith(f"{file}: ")
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_not_there_or_holds_no_manifest_is_said(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="there is no such folder or file"):
        load(tmp_path / "nowhere")
    with pytest.raises(ManifestError, match=r"holds no client\.toml; write one there"):
        load(tmp_path)


def test_a_file_that_is_no_manifest_is_refused_before_it_is_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "huge.toml"
    file.write_bytes(b"#" * 70_000)
    with pytest.raises(ManifestError, match="longer than 65536 bytes"):
        load(file)
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ManifestError, match="is not TOML"):
        load(file)
