"""The page is one file that fetches nothing, says everything that was judged, and never lets a subject's text act."""

import datetime as dt
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest

from harness.core import events as ev
from harness.core.record import Known
from harness.core.timeline import Timeline
from harness.core.view import Alert, AlertCode, Page, Role, View
from reports.html import render
from reports.picture import draw
from reports.results import results_of
from reports.shapes import LEFT, WIDTH
from tests.reports import synthetic

PLAN = synthetic.plan()
VOID = {"meta", "input", "br"}


class Page_(HTMLParser):  # noqa: N801 - the core's Page is a client's
    """Collects tags, checks that they nest, and keeps the text that is not script or style."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.text.append(data)

    def said(self) -> str:
        return "".join(self.text)


def test_what_is_known_stale_seen_otherwise_or_was_undecided_is_said_on_the_page(tmp_path: Path) -> None:
    record = synthetic.write(tmp_path)
    known = Known(reason="ticket 4711", until=dt.date(2026, 12, 31))
    changed: dict[str, dict[str, object]] = {
        "NET-2": {"known": known},
        "NET-1": {"first": "the harness was late by 80 ms itself"},
        "EVID-8": {"seen": "kept", "verdict": "unsupported"},
    }
    record = msgspec.structs.replace(
        record,
        judgements=tuple(
            msgspec.structs.replace(each, **changed.get(each.requirement, {})) for each in record.judgements
        ),
        stale=("the known failure END-1 is stale",),
        notes=("the laptop client names an intent and answered it with unsupported",),
    )
    said = Page_(render(record, results_of(record), PLAN, tmp_path)).said()
    for words in (
        "至 2026-12-31",
        "ticket 4711",
        "late by 80 ms itself",
        "it was seen otherwise",
        "END-1 is stale",
        "answered it with unsupported",
    ):
        assert words in said


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("run")
    record = synthetic.write(folder)
    return render(record, results_of(record), PLAN, folder)


@pytest.fixture(scope="module")
def page(html: str) -> Page_:
    return Page_(html)


def test_every_tag_is_closed_and_every_link_inside_the_page_leads_somewhere(page: Page_) -> None:
    assert page.open == []
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    links = [attrs["href"] for _, attrs in page.tags if "href" in attrs]
    assert links
    assert {link[1:] for link in links if link} <= set(ids)


def test_nothing_is_fetched(html: str, page: Page_) -> None:
    assert [tag for tag, _ in page.tags if tag in ("link", "img", "iframe", "object", "embed", "base", "form")] == []
    assert [attrs for _, attrs in page.tags if "src" in attrs or "srcset" in attrs] == []
    assert not re.search(r"url\(|@import|https?:", html)


def test_a_subjects_text_is_shown_and_never_acts(html: str, page: Page_) -> None:
    assert html.count("<script") == 1
    assert "<script>alert" not in html
    assert "the page said <script>alert('x')</script>" in page.said()
    assert "\x1b" not in html
    assert "\u202e" not in html
    assert re.search(r"script-src 'sha256-[A-Za-z0-9+/]{43}='", html)


def test_it_says_whether_a_certificate_is_granted_and_why_not(page: Page_, tmp_path: Path) -> None:
    assert "不予发证" in page.said()
    assert "2 MUST broken" in page.said()
    record = synthetic.write(tmp_path, synthetic.record(kept_only=True))
    granted = Page_(render(record, results_of(record), PLAN, tmp_path)).said()
    assert "予以发证" in granted
    assert "需要处理" not in granted


def test_each_requirement_is_a_row_with_what_was_asked_in_both_languages_and_what_was_seen(page: Page_) -> None:
    rows = [attrs for tag, attrs in page.tags if tag == "details"]
    assert len(rows) == 103
    assert {"id": "NET-2", "data-verdict": "broken", "class": "row broken"} in rows
    for said in (
        "网络中断期间录制须继续",
        "Recording goes on during an outage",
        "at most 1.5s asked",
        "-900ms",
        "network of the laptop: down",
        "客户端声明",
        "the phone build has no background mode",
    ):
        assert said in page.said(), said


def test_each_run_is_drawn_once_and_looked_at_from_every_scenario_that_judged_it(html: str, page: Page_) -> None:
    assert html.count('class="picture"') == 2
    uses = [attrs["href"] for tag, attrs in page.tags if tag == "use"]
    assert uses.count("#run-2-picture") == 1 + sum(
        judgement.run == synthetic.OUTAGE for judgement in synthetic.record().judgements
    )
    for svg in re.findall(r"<svg class=\"timeline.*?</svg>", html, re.DOTALL):
        ET.fromstring(svg)


def test_a_timeline_that_is_missing_or_damaged_is_said_and_the_rest_still_stands(tmp_path: Path) -> None:
    record = synthetic.write(tmp_path)
    (tmp_path / record.runs[0].timeline).unlink()
    (tmp_path / record.runs[1].timeline).write_text('{"seq": "one"}\n')
    said = Page_(render(record, results_of(record), PLAN, tmp_path)).said()
    assert said.count("no timeline") >= 2
    assert "No such file" in said
    assert "Expected `int`, got `str`" in said


def test_the_same_record_gives_the_same_page(html: str, tmp_path: Path) -> None:
    record = synthetic.write(tmp_path)
    assert render(record, results_of(record), PLAN, tmp_path) == html


def test_the_picture_has_a_lane_for_all_that_happened_and_the_plans_moments() -> None:
    picture = draw(Timeline(synthetic.interview(outage=True)), PLAN, -12_500, 19_000)
    assert [lane.name.en for lane in picture.lanes] == [
        *("network", "candidate", "laptop", "phone", "camera", "screen", "evidence", "incidents")
    ]
    assert [(guide.name, guide.moment) for guide in picture.guides] == [
        *(("开放登录", "T-12s"), ("开放进入", "T-8s"), ("开考", "T0"), ("停止进入", "T+4s"), ("备课结束", "T+8s"))
    ]
    camera = picture.lanes[4]
    assert [bar.title for bar in camera.bars if bar.kind == "gap"] == ["间断 gap: T+6.7s – T+9.1s (2.4s)"]
    laptop = [bar.label for bar in picture.lanes[2].bars if bar.label]
    assert laptop[-4:] == ["备课", "模拟教学", "上传", "完成"]


def test_everything_drawn_lies_inside_the_picture_in_order_of_time() -> None:
    picture = draw(Timeline(synthetic.interview("art", outage=True)), PLAN, -5_000, 12_000)
    for lane in picture.lanes:
        for bar in lane.bars:
            assert LEFT <= bar.x <= bar.x + bar.width <= WIDTH
        assert all(LEFT <= tick.x <= WIDTH for tick in lane.ticks)
    places = [x for x, _ in picture.axis]
    assert places == sorted(set(places))


def test_a_flood_of_views_and_bytes_draws_no_more_than_a_mark_a_pixel() -> None:
    flood = [
        ev.Event(
            seq,
            seq,
            "laptop",
            ev.Viewed(
                role=Role.LAPTOP,
                view=View(
                    page=Page.LOBBY if seq % 2 else Page.DEVICES,
                    alerts=(Alert(AlertCode.OTHER, "x" * 5_000),) if seq % 3 else (),
                ),
            ),
        )
        for seq in range(30_000)
    ]
    picture = draw(Timeline(flood), PLAN, 0, 30_000)
    assert len(picture.lanes[0].bars) <= 2 * WIDTH
    assert len(picture.lanes[0].ticks) <= WIDTH
    assert max(len(tick.title) for tick in picture.lanes[0].ticks) < 200


def test_a_page_ends_where_its_client_was_killed() -> None:
    events = [
        ev.Event(1, 0, "laptop", ev.Viewed(role=Role.LAPTOP, view=View(page=Page.LESSON))),
        ev.Event(2, 4_000, "harness", ev.ProcessChanged(role=Role.LAPTOP, change="killed")),
        ev.Event(3, 7_000, "laptop", ev.Viewed(role=Role.LAPTOP, view=View(page=Page.LESSON))),
    ]
    lane = draw(Timeline(events), PLAN, 0, 10_000).lanes[0]
    assert [bar.title for bar in lane.bars] == ["模拟教学 lesson: T0 – T+4s", "模拟教学 lesson: T+7s – T+10s"]


def test_long_text_of_a_subject_is_cut() -> None:
    record = synthetic.record(subject="長" * 10_000)
    said = Page_(render(record, results_of(record), PLAN, Path("nowhere"))).said()
    assert "長" * 79 + "…" in said
    assert "長" * 80 not in said
    assert len(msgspec.json.encode(record)) > 10_000


def test_a_run_that_left_no_event_is_drawn_empty() -> None:
    picture = draw(Timeline(()), PLAN, -12_000, -12_000)
    assert picture.lanes == ()
    assert len(picture.axis) <= 1


def test_numbers_of_evidence_at_one_moment_stand_beside_each_other(tmp_path: Path) -> None:
    record = synthetic.write(tmp_path)
    twice = tuple(
        msgspec.structs.replace(each, evidence=each.evidence[:1] * 3) if each.requirement == "NET-2" else each
        for each in record.judgements
    )
    record = msgspec.structs.replace(record, judgements=twice)
    html = render(record, results_of(record), PLAN, tmp_path)
    row = html[html.index('id="NET-2"') :]
    places = [float(x) for x in re.findall(r'<circle class="sign" cx="([\d.]+)"', row)[:3]]
    assert [round(later - earlier) for earlier, later in pairwise(places)] == [15, 15]
