"""The suite as it is written: which scenarios judge what."""

from pathlib import Path

import pytest

from harness.cli.features import FEATURES, judging, scenarios
from harness.core.errors import VivaError

FEATURE = """# language: zh-CN
@PRIV-1
功能: 进入
  @ENTER-1 @ENTER-2
  场景: 按时激活
    假如一场普通面试
    那么符合要求 ENTER-1

  规则: 网络
    @NET-1
    场景大纲: 中断
      假如一场<科目>面试
      例子:
        | 科目 |
        | 普通 |
"""


def write(folder: Path, text: str) -> Path:
    (folder / "enter.feature").write_text(text, "utf-8")
    return folder


def test_tags_say_what_a_scenario_judges_wherever_they_stand(tmp_path: Path) -> None:
    first, second = scenarios(write(tmp_path, FEATURE))
    assert (first.name, first.feature, first.line) == ("按时激活", "enter.feature", 5)
    assert first.judges == ("PRIV-1", "ENTER-1", "ENTER-2")
    assert first.steps == ("假如一场普通面试", "那么符合要求 ENTER-1")
    assert second.judges == ("PRIV-1", "NET-1")
    assert judging("NET-1", tmp_path) == (second,)
    assert judging("NET-2", tmp_path) == ()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (FEATURE.replace("@NET-1", "@NET-11"), "line 11: No requirement is called 'NET-11'; did you mean NET-1"),
        (FEATURE.replace("功能: 进入", "进入"), "enter.feature is no feature that can be read"),
    ],
)
def test_a_feature_that_is_wrong_is_one_sentence(text: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(VivaError) as caught:
        scenarios(write(tmp_path, text))
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_scenario_of_the_suite_judges_something_and_says_so_in_its_steps() -> None:
    assert len(scenarios(FEATURES)) > 20
    for scenario in scenarios(FEATURES):
        asked = {step.rpartition(" ")[2] for step in scenario.steps if "符合要求" in step}
        assert asked == set(scenario.judges), f"{scenario.feature}:{scenario.line}"
