"""Every faulty client, in the order of the requirements that they break. One module each changes one behaviour of the reference client.

A module says by `BREAKS` which requirement it breaks and, where another can't but fall with it, by `DECLARED` which and why; its docstring
is what it does. `laptop` and `phone` are the factories by which it is made.
"""

from __future__ import annotations

from types import ModuleType
from typing import Final, NamedTuple

from clients.faulty import (
    binding_not_shown,
    camera_pauses,
    cannot_end_early,
    check_without_recording,
    consents_for_the_candidate,
    countdown_runs_wrong,
    covered_face_unsaid,
    enters_again,
    enters_early,
    entry_a_little_late,
    entry_closes_early,
    entry_needs_refresh,
    entry_never_closes,
    evidence_pauses,
    evidence_starts_over,
    evidence_waits_for_a_press,
    failure_unsaid,
    fetches_the_question_early,
    films_late,
    films_online_only,
    films_with_the_back_camera,
    gives_up_after_an_outage,
    help_goes_nowhere,
    hides_an_attachment,
    holds_the_camera,
    ignores_the_desk,
    keeps_what_is_gone,
    last_words_cut,
    late_entry_prepares_longer,
    lesson_page_needs_a_press,
    lesson_starts_itself,
    lesson_too_long,
    lists_one_camera,
    login_goes_nowhere,
    mismatch_without_reason,
    names_the_candidate,
    next_step_always_open,
    no_countdown_to_the_start,
    no_presentation,
    no_upload_page,
    opening_untold,
    outage_untold,
    phone_stops_by_itself,
    phone_succeeds_early,
    preparation_without_countdown,
    question_late,
    question_lost_for_good,
    records_beyond_the_end,
    records_online_only,
    records_the_first_camera,
    records_the_first_microphone,
    refresh_finds_nothing,
    retries_without_pause,
    screen_recorded_late,
    sends_a_slice_twice,
    shows_another_code,
    shows_another_file,
    skill_test_needs_a_press,
    sound_late,
    stages_stop_offline,
    stages_unreported,
    succeeds_early,
    trusts_its_own_offset,
    trusts_the_push,
    typing_loses_a_sign,
    upload_needs_a_press,
    uploads_at_the_end,
    waits_after_the_start,
    wrong_code_unsaid,
)


class Faulty(NamedTuple):
    """A client built to break one requirement. `declared`: what else falls with it, and why."""

    name: str
    breaks: str
    client: str
    declared: dict[str, str]
    summary: str


def _described(module: ModuleType) -> Faulty:
    return Faulty(
        name=module.__name__.rpartition(".")[2],
        breaks=module.BREAKS,
        client="headless",
        declared=getattr(module, "DECLARED", {}),
        summary=(module.__doc__ or "").strip(),
    )


FAULTY: Final = tuple(
    _described(module)
    for module in (
        check_without_recording,
        opening_untold,
        login_goes_nowhere,
        mismatch_without_reason,
        ignores_the_desk,
        covered_face_unsaid,
        consents_for_the_candidate,
        shows_another_code,
        typing_loses_a_sign,
        wrong_code_unsaid,
        films_late,
        binding_not_shown,
        films_with_the_back_camera,
        evidence_pauses,
        films_online_only,
        phone_stops_by_itself,
        evidence_waits_for_a_press,
        evidence_starts_over,
        phone_succeeds_early,
        hides_an_attachment,
        next_step_always_open,
        shows_another_file,
        enters_early,
        entry_needs_refresh,
        entry_a_little_late,
        trusts_the_push,
        entry_closes_early,
        entry_never_closes,
        screen_recorded_late,
        uploads_at_the_end,
        lists_one_camera,
        refresh_finds_nothing,
        keeps_what_is_gone,
        records_the_first_camera,
        records_the_first_microphone,
        waits_after_the_start,
        no_countdown_to_the_start,
        fetches_the_question_early,
        question_late,
        preparation_without_countdown,
        late_entry_prepares_longer,
        lesson_page_needs_a_press,
        lesson_starts_itself,
        lesson_too_long,
        question_lost_for_good,
        cannot_end_early,
        help_goes_nowhere,
        skill_test_needs_a_press,
        camera_pauses,
        sound_late,
        countdown_runs_wrong,
        no_presentation,
        stages_unreported,
        last_words_cut,
        stages_stop_offline,
        outage_untold,
        records_online_only,
        sends_a_slice_twice,
        gives_up_after_an_outage,
        retries_without_pause,
        trusts_its_own_offset,
        records_beyond_the_end,
        no_upload_page,
        succeeds_early,
        failure_unsaid,
        enters_again,
        upload_needs_a_press,
        names_the_candidate,
        holds_the_camera,
    )
)
