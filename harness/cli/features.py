"""The suite as it is written: features parsed by the parser that pytest-bdd uses, so that commands can say which scenarios judge what.

A tag of a scenario is the id of a requirement that it judges. Nothing is played and nothing of the suite is imported. Called by the commands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec
from gherkin.errors import CompositeParserException, ParserException
from gherkin.parser import Parser

from harness.cli.child import ROOT
from harness.core.errors import VivaError
from harness.rules.requirement import requirement

FEATURES: Final = ROOT / "features"
VIRTUAL: Final = "virtual"  # the one tag that is no requirement: of what is played in virtual time alone


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario (or outline) of a feature: what it judges, and its steps as they are written."""

    name: str
    feature: str  # file name
    line: int
    judges: tuple[str, ...]
    virtual: bool  # it, or some of its examples, are played in virtual time alone
    steps: tuple[str, ...]


@cache
def scenarios(folder: Path = FEATURES) -> tuple[Scenario, ...]:
    """Every scenario, by file and line. Raises `VivaError` for a feature that can't be read and a tag that is no requirement."""
    return tuple(scenario for file in sorted(folder.glob("*.feature")) for scenario in _of(file))


def judging(identifier: str, folder: Path = FEATURES) -> tuple[Scenario, ...]:
    """The scenarios that judge one requirement."""
    return tuple(scenario for scenario in scenarios(folder) if identifier in scenario.judges)


def _of(file: Path) -> Iterator[Scenario]:
    try:
        document: Mapping[str, Any] = Parser().parse(file.read_text("utf-8"))
    except (CompositeParserException, ParserException) as error:
        first = str(error).strip().splitlines()[-1]
        raise VivaError(f"{file.name} is no feature that can be read: {first}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise VivaError(f"{file} can't be read ({error}); write it in UTF-8") from error
    feature = document["feature"]
    if feature is not None:
        yield from _below(feature, file, ())


def _below(parent: Mapping[str, Any], file: Path, inherited: tuple[str, ...]) -> Iterator[Scenario]:
    tags = inherited + _tags(parent)
    for node in parent["children"]:
        if "rule" in node:
            yield from _below(node["rule"], file, tags)
        elif "scenario" in node:
            yield _scenario(node["scenario"], file, tags)


def _scenario(node: Mapping[str, Any], file: Path, inherited: tuple[str, ...]) -> Scenario:
    written = inherited + _tags(node) + tuple(tag for examples in node["examples"] for tag in _tags(examples))
    own = tuple(tag for tag in written if tag != VIRTUAL)
    for tag in own:
        try:
            requirement(tag)
        except VivaError as error:
            raise VivaError(f"{file.name}, line {node['location']['line']}: {error}") from error
    return Scenario(
        name=node["name"],
        feature=file.name,
        line=node["location"]["line"],
        judges=tuple(dict.fromkeys(own)),
        virtual=VIRTUAL in written,
        steps=tuple(f"{step['keyword']}{step['text']}" for step in node["steps"]),
    )


def _tags(node: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(tag["name"].removeprefix("@") for tag in node["tags"])
