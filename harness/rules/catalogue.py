"""The rules in the order of the catalogue of requirements: an explicit list, nothing registers itself. Called by whatever judges or lists."""

from __future__ import annotations

from typing import Final

from harness.core.errors import VivaError
from harness.rules import (
    answering,
    art,
    att,
    bind,
    codes,
    countdowns,
    dev,
    end,
    enter,
    evid,
    faithful,
    filming,
    incidents,
    layout,
    live,
    login,
    losses,
    machine,
    net,
    picture,
    prep,
    priv,
    question,
    recorded,
    recovery,
    rejoin,
    retained,
    retry,
    rival,
    secrecy,
    stages,
    upload,
)
from harness.rules.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    prep.devices_are_checked_first,  # PREP-1
    prep.a_missing_camera_is_told,
    prep.a_missing_microphone_is_told,
    machine.a_low_battery_is_warned_about,  # PREP-4
    prep.an_unreachable_service_is_told,
    prep.the_check_tells_the_truth,
    machine.a_system_below_the_minimum_is_reported,
    login.not_before_it_opens,  # LOGIN-1
    login.a_matching_face_logs_in,
    picture.the_face_picture_is_live,
    login.a_strange_face_stays_out,  # LOGIN-4
    login.the_desk_lets_in,
    machine.extended_displays_bar_the_login,
    rival.a_second_login_is_refused,  # LOGIN-7
    login.a_covered_face_is_told_why,  # LOGIN-8
    login.consent_comes_first,
    codes.the_qr_code_can_be_read,  # BIND-1
    bind.the_code_is_text,
    bind.binds_by_scanning,
    bind.binds_by_typing,
    bind.a_wrong_code_binds_nothing,
    bind.evidence_runs_soon_after_binding,
    bind.the_laptop_shows_the_phone,
    codes.one_phone_at_a_time,
    evid.the_front_camera_is_recorded,  # EVID-1
    filming.the_pan_is_recorded_whole,
    evid.evidence_has_no_gap,
    evid.evidence_goes_on_through_an_outage,
    evid.only_the_candidate_stops_it,
    evid.evidence_uploads_by_itself,
    evid.evidence_resumes,
    filming.leaving_the_app_leaves_no_gap_untold,
    filming.the_pan_is_explained,
    evid.stopping_early_asks_first,
    evid.the_phone_tells_the_truth,
    rejoin.a_killed_phone_films_on,
    att.every_attachment_is_listed,  # ATT-1
    att.read_comes_after_open,
    att.all_are_read_first,
    att.what_was_read_stays_read,
    att.opening_shows_the_file,  # ATT-5
    enter.not_active_before,  # ENTER-1
    enter.active_by_itself,
    enter.a_lost_push_is_made_up_for,
    enter.entering_is_possible,
    enter.too_late_is_told,
    live.the_screen_is_recorded_from_entry,
    live.the_screen_is_uploaded_live,
    incidents.switching_away_is_reported,  # ENTER-8
    secrecy.a_screenshot_key_is_blocked_or_reported,
    losses.a_lost_screen_is_told_and_reported,  # ENTER-10
    dev.every_device_is_listed,  # DEV-1
    dev.a_new_device_is_listed,
    dev.a_pulled_device_is_gone,
    dev.the_chosen_camera_is_recorded,
    dev.the_chosen_microphone_is_recorded,
    dev.waiting_leads_on,
    losses.a_lost_device_stops_nothing_else,
    countdowns.waiting_counts_down,  # ANS-1
    question.the_question_comes_at_t0,
    countdowns.preparation_counts_down,
    stages.late_entry_has_the_same_end,
    stages.the_lesson_page_comes_by_itself,
    stages.the_candidate_starts_the_lesson,
    layout.the_countdown_stands_at_the_upper_right,
    stages.the_lesson_ends_on_time,
    layout.the_lesson_s_page_shows_every_part,
    question.a_lost_question_is_fetched,  # ANS-10
    stages.ending_early_ends,
    answering.help_reaches_the_desk,
    art.the_skill_test_follows,
    recorded.the_interview_is_recorded_whole,
    recorded.sound_and_picture_agree,
    recorded.papers_are_legible,
    countdowns.countdowns_are_right,
    faithful.the_recording_is_what_the_camera_saw,
    art.the_presentation_follows,  # ANS-19
    answering.changes_are_reported,
    recorded.the_last_phrase_is_whole,
    secrecy.the_question_can_t_be_got_out,
    net.stages_go_on_without_a_network,  # NET-1
    net.recording_goes_on_without_a_network,
    net.an_outage_over_the_end_loses_nothing,
    recovery.an_outage_at_any_moment_wedges_nothing,
    retry.retries_grow_apart,  # NET-5
    retry.uploads_resume_where_told,
    rejoin.a_killed_client_rejoins,
    end.recording_stops_at_the_end,  # END-1
    end.the_upload_page_comes,
    upload.closing_early_is_held_up,
    upload.success_is_the_truth,
    upload.a_failed_upload_can_be_retried,
    upload.an_overdue_upload_is_told,
    retained.what_was_uploaded_can_be_uploaded_again,
    end.there_is_no_way_back_in,  # END-8
    upload.the_upload_needs_no_hand,
    end.the_phone_is_to_be_stopped,
    question.the_question_is_gone_at_the_end,  # PRIV-1
    priv.recordings_name_nobody,
    priv.talks_to_the_plan_s_hosts_alone,
    faithful.nothing_lies_upon_the_picture,
    priv.an_invalid_certificate_is_refused,
    priv.nothing_before_and_nothing_after,  # PRIV-6
)

_BY_ID: Final = {each.requirement: each for each in RULES}
JUDGED: Final = frozenset(_BY_ID)
"""The requirements that have a rule."""


def rule_of(requirement: str) -> Rule:
    """The rule of a requirement. Raises `VivaError` where none judges it yet."""
    found = _BY_ID.get(requirement)
    if found is None:
        raise VivaError(f"no rule judges {requirement!r}; `viva requirements` lists what is judged")
    return found
