"""The project keeps its own promises: the commands it advertises, an environment from anywhere, and its layers."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
IMPORTS = PROJECT["tool"]["importlinter"]
GUIDES = ["README.md", "README.zh-CN.md", "CONTRIBUTING.md"]
OUTSIDE_THE_LAYERS = {"benchmarks", "clients", "docs", "exams", "features", "scripts", "tests"}


def layers() -> list[set[str]]:
    (contract,) = [each for each in IMPORTS["contracts"] if each["type"] == "layers"]
    return [{name.strip(" ()") for name in layer.split("|")} for layer in contract["layers"]]


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True
    ).stdout
    return [path for name in listed.decode().split("\0") if name and (path := ROOT / name).is_file()]


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def locked() -> dict[str, str]:
    """Each distribution in the lock with everything that stands under it."""
    entries = re.split(r"^(?=[a-z0-9])", (ROOT / "requirements.lock").read_text("utf-8"), flags=re.MULTILINE)
    return {canonical(entry.split("==")[0]): entry for entry in entries if entry.strip()}


@pytest.mark.parametrize("guide", GUIDES)
def test_a_make_command_that_a_guide_names_is_a_target(guide: str) -> None:
    named = set(re.findall(r"^make (\w+)|`make (\w+)", (ROOT / guide).read_text("utf-8"), re.MULTILINE))
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    wanted = {"".join(pair) for pair in named}
    assert {"test"} <= wanted <= targets


@pytest.mark.parametrize("guide", GUIDES)
def test_a_file_that_a_guide_links_to_exists(guide: str) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", (ROOT / guide).read_text("utf-8"))
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_both_readmes_name_the_same_commands() -> None:
    english, chinese = (
        re.findall(r"^\| `(viva \w+)", (ROOT / name).read_text("utf-8"), re.MULTILINE) for name in GUIDES[:2]
    )
    assert english == chinese != []


def test_the_lock_pins_and_hashes_everything_and_names_no_place() -> None:
    for name, entry in locked().items():
        assert re.match(r"[\w.-]+==\S+ ", entry), name
        assert "--hash=sha256:" in entry, name
    assert not re.search(
        r"://|file:|@ |index|find-links|^-", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE
    )


def test_the_lock_holds_every_dependency() -> None:
    named = [*PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"]["dev"]]
    wanted = {canonical(re.split(r"[\s<>=!~\[;]", each)[0]) for each in named}
    assert wanted <= locked().keys()


def test_no_tracked_text_names_a_folder_of_somebodys_machine() -> None:
    personal = re.compile(rb"(?<![\w.])/(?:home|root|Users|work)/\w")
    assert [str(path.relative_to(ROOT)) for path in tracked() if personal.search(path.read_bytes())] == []


def test_every_part_of_the_harness_stands_in_exactly_one_layer() -> None:
    parts = {
        f"harness.{path.stem}"
        for path in (ROOT / "harness").iterdir()
        if path.name != "__init__.py" and (path.suffix == ".py" or (path / "__init__.py").exists())
    }
    placed = [name for layer in layers() for name in layer if name.startswith("harness.")]
    assert len(placed) == len(set(placed))
    assert parts <= set(placed)


def test_every_package_at_the_top_stands_in_a_layer_or_outside_them_for_a_reason() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    placed = {name.split(".")[0] for layer in layers() for name in layer}
    assert packages - OUTSIDE_THE_LAYERS <= placed
    assert placed | {"clients"} == set(IMPORTS["root_packages"])
