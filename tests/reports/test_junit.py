"""JUnit's file is well-formed whatever a subject said, and counts what it holds."""

import datetime as dt
from xml.etree import ElementTree as ET

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.core.record import Known
from reports.junit import junit
from reports.results import results_of
from tests.reports import synthetic


def parsed(*, kept_only: bool = False) -> ET.Element:
    return ET.fromstring(junit(results_of(synthetic.record(kept_only=kept_only))))


def test_each_section_is_a_suite_and_each_requirement_on_each_scenario_a_case() -> None:
    root = parsed()
    assert [suite.get("name") for suite in root][:3] == ["PREP", "LOGIN", "BIND"]
    names = [case.get("name") for case in root.iter("testcase")]
    assert "ENTER-2 考生在开放之后进入考试 [art]" in names
    assert len(names) == len(set(names)) == int(root.attrib["tests"])


def test_verdicts_become_what_a_ci_server_knows() -> None:
    cases = {case.attrib["name"].split()[0]: case for case in parsed().iter("testcase")}
    assert [child.tag for child in cases["NET-2"]] == ["failure"]
    assert cases["NET-2"][0].attrib["type"] == "broken"
    assert "at most 1.5s asked" in cases["NET-2"][0].attrib["message"]
    assert "network of the laptop: down" in (cases["NET-2"][0].text or "")
    assert cases["ANS-5"][0].attrib["type"] == "unobserved"
    assert [cases[name][0].tag for name in ("DEV-4", "EVID-3")] == ["error", "skipped"]
    assert list(cases["NET-1"]) == []


def test_a_known_failure_is_skipped_with_its_reason_and_a_stale_one_fails() -> None:
    record = synthetic.record()
    known = Known(reason="ticket 4711", until=dt.date(2026, 12, 31))
    judgements = tuple(
        msgspec.structs.replace(each, known=known) if each.requirement == "NET-2" else each
        for each in record.judgements
    )
    stale = ("the known failure END-1 in '上传' is stale: it is kept now; take the entry out",)
    root = ET.fromstring(junit(results_of(msgspec.structs.replace(record, judgements=judgements, stale=stale))))
    cases = {case.attrib["name"].split()[0]: case for case in root.iter("testcase")}
    (skipped,) = cases["NET-2"]
    assert (skipped.tag, skipped.attrib["type"]) == ("skipped", "known")
    assert skipped.attrib["message"].startswith("known until 2026-12-31 (ticket 4711): the camera recording has a gap")
    assert [(suite.attrib["name"], suite.attrib["failures"]) for suite in root][-1] == ("known-failures", "1")


def test_the_counts_of_the_suites_add_up() -> None:
    root = parsed()
    for count, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"), ("tests", "testcase")):
        assert int(root.attrib[count]) == sum(int(suite.attrib[count]) for suite in root) == len(list(root.iter(tag)))


def test_a_run_that_kept_everything_has_no_failure() -> None:
    root = parsed(kept_only=True)
    assert (root.attrib["failures"], root.attrib["errors"], root.attrib["skipped"]) == ("0", "0", "0")


@settings(max_examples=40, deadline=None)
@given(st.text())
def test_any_text_of_a_subject_makes_well_formed_xml(said: str) -> None:
    record = synthetic.record()
    judgements = tuple(
        msgspec.structs.replace(each, verdict="broken", reason=said, scenario=said) for each in record.judgements[:2]
    )
    subject = msgspec.structs.replace(record.subject, name=said)
    hostile = msgspec.structs.replace(record, judgements=judgements, subject=subject, unsupported={"END-1": said})
    root = ET.fromstring(junit(results_of(hostile)))
    assert int(root.attrib["failures"]) == 2
