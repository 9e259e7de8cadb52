"""Web pages on a machine without a device stack: what is played there, what is not judged, and how that is said."""

from __future__ import annotations

import pytest
from msgspec import structs

from harness.core.errors import VivaError
from harness.core.script import DISPLAY, Do, Plug, Script, ShowScene
from harness.core.view import Act
from harness.rules.catalogue import RULES
from harness.rules.rule import Need
from harness.session.exams import load_exam
from harness.session.interview import careful
from harness.session.subjects import load_subject
from harness.session.suite import Suite
from harness.session.web_files import UNSEEN, fitted, remark, without_stack
from harness.session.worlds import lacks
from tests.session.shaping import shaped

WHY = "no stack"


@pytest.fixture(autouse=True)
def whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIVA_DEVICES", raising=False)
    monkeypatch.setattr("harness.session.web_files.missing", lambda **_: ())


def scripts() -> list[Script]:
    return list(shaped().scripts.values())


def test_where_the_stack_can_be_had_nothing_is_left_out() -> None:
    assert without_stack() == ""
    assert not UNSEEN & set(lacks("scaled", load_subject("clients/web")))


def test_missing_packages_are_named_with_the_line_that_installs_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.session.web_files.missing", lambda **_: ("wireplumber", "xvfb"))
    said = without_stack()
    assert "wireplumber, xvfb can't be found; install with `apt-get install" in said
    assert "\n" not in said
    assert remark(load_subject("clients/web")) == said
    assert remark(load_subject("clients/headless")) == ""
    assert {lacks("scaled", load_subject("clients/web"))[need] for need in UNSEEN} == {said}


def test_test_devices_can_be_asked_for_and_nothing_else_can(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIVA_DEVICES", "files")
    assert "VIVA_DEVICES is 'files'; unset it" in without_stack()
    monkeypatch.setenv("VIVA_DEVICES", "pipewire")
    with pytest.raises(VivaError, match="VIVA_DEVICES is 'pipewire'; set it to 'files'"):
        without_stack()


def test_more_than_forty_requirements_need_nothing_that_is_left_out() -> None:
    assert sum(not rule.needs & UNSEEN for rule in RULES) >= 50


def test_a_fitted_script_has_one_camera_on_each_machine_and_nothing_comes_or_goes() -> None:
    played = [left for script in scripts() if (left := fitted(script)) is not None]
    assert len(played) >= 15
    for script in played:
        there = {spec.id for spec in script.devices}
        assert [spec.id for spec in script.devices if spec.kind == "camera"] == ["camera-1", "phone-front"]
        assert all(spec.plugged for spec in script.devices)
        for action in (step.action for thread in script.threads for step in thread.steps):
            assert not isinstance(action, Plug)
            if isinstance(action, ShowScene):
                assert action.device in there
            if isinstance(action, Do) and action.act is Act.CHOOSE:
                assert action.args["id"] in there
        assert fitted(script) == script


@pytest.mark.parametrize("about", ["display", "battery", "silent microphone", "frozen camera"])
def test_a_script_about_devices_that_are_not_there_is_not_played(about: str) -> None:
    interview = careful(load_exam("heshan-2022").at_scale())
    script = {
        "display": interview.having(DISPLAY),
        "silent microphone": interview.seeing("microphone-1", "silent"),
        "frozen camera": interview.seeing("camera-1", "frozen"),
    }.get(about, interview).script()
    if about == "battery":
        script = structs.replace(script, battery="low")
    assert fitted(script) is None


def test_what_can_t_be_played_is_unsupported_for_the_reason_given_and_never_broken() -> None:
    suite = Suite({})
    script = scripts()[0]
    suite.ask("PREP-1", script, scenario="s", feature="f", unplayable=WHY)
    assert not suite.scripts
    (answer,) = suite.judgements()
    assert (answer.verdict, answer.reason) == ("unsupported", WHY)


def test_a_rule_that_several_devices_make_is_left_out() -> None:
    assert all(Need.DEVICES in rule.needs for rule in RULES if rule.requirement in {"DEV-1", "DEV-2", "DEV-3"})
