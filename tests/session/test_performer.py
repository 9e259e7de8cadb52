"""The performer plays threads by time and by what is shown, and never by a clock of its own."""

from msgspec.structs import replace

from harness.core.script import Do, Say, Step, Thread, Wait
from harness.core.view import Act, AttachmentShown, BindingShown, ControlState, Page, Role, View
from harness.session.performer import Performer

LOGIN = Do(role=Role.LAPTOP, act=Act.LOGIN)
ENTER = Do(role=Role.LAPTOP, act=Act.ENTER)
SHOWN = View(page=Page.LOGIN, controls={Act.LOGIN: ControlState(True)})
HIDDEN = View(page=Page.LOGIN)


def test_a_step_is_performed_when_its_control_is_enabled_and_the_person_has_reacted() -> None:
    performer = Performer([Thread("laptop", (Step(action=LOGIN, when=Wait(enabled=Act.LOGIN), after=300),))], 0)
    assert performer.cues(0, {Role.LAPTOP: HIDDEN}) == []
    assert performer.next_wakeup(0) is None
    assert performer.cues(100, {Role.LAPTOP: SHOWN}) == []
    assert performer.next_wakeup(100) == 400
    assert [cue.action for cue in performer.cues(400, {Role.LAPTOP: HIDDEN})] == [LOGIN]
    assert not performer.finished
    performer.done(0, 450)
    assert performer.finished


def test_a_step_waits_for_its_exam_time_before_it_looks() -> None:
    performer = Performer([Thread("laptop", (Step(action=ENTER, at=-50, when=Wait(enabled=Act.LOGIN)),))], -100)
    assert performer.cues(-100, {Role.LAPTOP: SHOWN}) == []
    assert performer.next_wakeup(-100) == -50
    assert len(performer.cues(-50, {Role.LAPTOP: SHOWN})) == 1


def test_a_step_out_of_patience_is_passed_over_and_the_next_one_follows() -> None:
    steps = (Step(action=LOGIN, when=Wait(enabled=Act.LOGIN), patience=200), Step(action=ENTER))
    performer = Performer([Thread("laptop", steps)], 0)
    assert performer.cues(0, {}) == []
    assert performer.next_wakeup(0) == 200
    assert [cue.action for cue in performer.cues(200, {})] == [ENTER]


def test_threads_run_side_by_side_and_one_that_acts_blocks_only_itself() -> None:
    performer = Performer(
        [
            Thread("laptop", (Step(action=LOGIN), Step(action=ENTER))),
            Thread("world", (Step(action=Say(role=Role.LAPTOP, text="x")),)),
        ],
        0,
    )
    assert len(performer.cues(0, {})) == 2
    assert performer.cues(5, {}) == []
    performer.done(0, 5)
    assert [cue.action for cue in performer.cues(5, {})] == [ENTER]


def test_the_code_on_the_laptop_is_what_is_typed_into_the_phone() -> None:
    laptop = View(page=Page.BIND, binding=BindingShown(code="K7M2Q9"))
    typed = Do(role=Role.PHONE, act=Act.TYPE_CODE, args={"code": "$code"})
    performer = Performer([Thread("phone", (Step(action=typed, when=Wait(code=True)),))], 0)
    (cue,) = performer.cues(0, {Role.LAPTOP: laptop})
    assert isinstance(cue.action, Do)
    assert cue.action.args == {"code": "K7M2Q9"}


def test_a_press_that_has_become_needless_is_skipped_while_it_waits_and_when_it_would_be_made() -> None:
    lobby = View(page=Page.LOBBY)
    again = Step(action=LOGIN, when=Wait(enabled=Act.LOGIN), after=100, unless=Wait(pages=(Page.LOBBY,)))
    waiting = Performer([Thread("laptop", (again, Step(action=ENTER)))], 0)
    assert waiting.cues(0, {}) == []
    assert [cue.action for cue in waiting.cues(50, {Role.LAPTOP: lobby})] == [ENTER]
    acting = Performer([Thread("laptop", (again, Step(action=ENTER)))], 0)
    assert acting.cues(0, {Role.LAPTOP: SHOWN}) == []
    assert acting.cues(50, {Role.LAPTOP: lobby}) == []
    assert [cue.action for cue in acting.cues(100, {Role.LAPTOP: lobby})] == [ENTER]
    needed = Performer([Thread("laptop", (again,))], 0)
    assert needed.cues(0, {Role.LAPTOP: SHOWN}) == []
    assert [cue.action for cue in needed.cues(100, {Role.LAPTOP: SHOWN})] == [LOGIN]


def test_who_insists_acts_when_out_of_patience_and_at_once_when_the_condition_holds() -> None:
    step = Step(action=LOGIN, when=Wait(enabled=Act.LOGIN), after=50, patience=200, insists=True)
    performer = Performer([Thread("laptop", (step,))], 0)
    assert performer.cues(0, {}) == []
    assert [cue.action for cue in performer.cues(200, {})] == [LOGIN]
    performer = Performer([Thread("laptop", (step,))], 0)
    assert performer.cues(0, {Role.LAPTOP: SHOWN}) == []
    assert [cue.action for cue in performer.cues(50, {Role.LAPTOP: SHOWN})] == [LOGIN]


def test_a_file_counts_as_open_once_the_page_says_so_or_shows_its_text() -> None:
    wait = Wait(opened="rules")
    shown = AttachmentShown(id="rules", title="考生须知")
    views = [View(page=Page.ATTACHMENTS, attachments=(each,)) for each in (shown, replace(shown, opened=True))]
    views.append(View(page=Page.ATTACHMENTS, attachments=(replace(shown, text="一、"),)))
    assert [wait.holds(view) for view in views] == [False, True, True]
    assert not Wait(opened="pledge").holds(views[1])
