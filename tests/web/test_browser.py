"""The reference pages in Chromium: what is named, where the countdown stands, what is kept, and what a page does without a service."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from harness.service.bundled import BundledPlatform
from tests.web.walking import PAGES, TICKET

Open = Callable[[str], Page]

NAMELESS: Final = """() => [...document.querySelectorAll("button, input, textarea, video, progress, [role=img], [role=timer], dialog, section")]
  .filter((element) => !element.closest("template"))
  .filter((element) => {
    const by = (element.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent ?? "").join("");
    const label = element.labels?.length ? [...element.labels].map((each) => each.textContent).join("") : "";
    const named = ["stage-countdown", "finish-dialog", "stop-dialog"]; // as they are shown
    const dynamic = named.includes(element.id) || element.dataset.page === "stage";
    return !dynamic && !(by || element.getAttribute("aria-label") || label || element.textContent.trim());
  })
  .map((element) => element.outerHTML.slice(0, 120))"""

STORE: Final = """async ([name, parts]) => {
  const { Store } = await import("/pages/common/store.js");
  const store = await Store.open(name);
  for (const part of parts) await store.append("r", new Blob([part]));
  await store.append("other", new Blob(["x"]));
  await store.save("document", { held: true });
  return store.size("r");
}"""

KEPT: Final = """async ([name, offset, size]) => {
  const { Store } = await import("/pages/common/store.js");
  const store = await Store.open(name);
  const part = await (await store.read("r", offset, size)).text();
  const found = { size: store.size("r"), other: store.size("other"), document: store.load("document"), part, sha256: await store.sha256("r") };
  await store.remove("r");
  return { ...found, left: store.size("r") };
}"""


@pytest.mark.parametrize("name", ["laptop", "phone"])
def test_everything_that_can_be_used_has_a_name_and_every_page_one_heading(browser: Open, name: str) -> None:
    page = browser(name)
    assert page.evaluate(NAMELESS) == []
    headings = page.locator("section[data-page]").evaluate_all(
        "sections => sections.map((section) => section.querySelectorAll('h1').length)"
    )
    assert set(headings) == {1}
    assert page.locator("html").get_attribute("lang") == "zh-CN"


@pytest.mark.parametrize(("width", "height"), [(1_024, 640), (1_366, 768), (1_920, 1_080)])
def test_the_countdown_stands_at_the_upper_right_whatever_is_said_above_the_page(
    browser: Open, width: int, height: int
) -> None:
    page = browser("laptop")
    page.set_viewport_size({"width": width, "height": height})
    html = (PAGES / "laptop" / "index.html").read_text(encoding="utf-8")
    page.goto("about:blank")
    page.set_content(re.sub("<(script|link).*>", "", html))  # as it is laid out, and nobody changes it
    for style in ("common/base.css", "laptop/laptop.css"):
        page.add_style_tag(path=PAGES / style)
    page.evaluate("""() => {
      for (const section of document.querySelectorAll("[data-page]")) section.hidden = section.dataset.page !== "stage";
      for (const id of ["clock", "stage-countdown", "person", "phone"]) document.getElementById(id).hidden = false;
      document.getElementById("stage-countdown").textContent = "1:09:59";
      document.getElementById("person-name").textContent = "欧阳何静怡";
      document.getElementById("person-number").textContent = "20220820017";
      document.getElementById("alerts").innerHTML = "<p role=alert>网络已中断，正在自动重连；请继续面试，录制不受影响。</p>".repeat(6);
    }""")
    box = page.get_by_role("timer").bounding_box()
    assert box is not None
    assert width / 2 < box["x"] + box["width"] / 2
    assert box["x"] + box["width"] <= width
    assert box["y"] >= 0
    assert box["y"] + box["height"] / 2 < height / 2
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_what_was_recorded_is_there_once_and_in_order_when_the_browser_is_opened_again(browser: Open) -> None:
    parts = [chr(ord("a") + number) * (number * 700 + 1) for number in range(12)]
    whole = "".join(parts)
    assert browser("laptop").evaluate(STORE, ["kept", parts]) == len(whole)
    page = browser("laptop")
    kept = page.evaluate(KEPT, ["kept", 700, 9_000])
    assert (kept["size"], kept["other"], kept["document"]) == (len(whole), 1, {"held": True})
    assert kept["part"] == whole[700:9_700]
    assert kept["sha256"] == hashlib.sha256(whole.encode()).hexdigest()
    assert kept["left"] == 0


def test_a_page_says_that_the_service_is_away_opens_without_it_and_recovers(
    browser: Open, platform: BundledPlatform
) -> None:
    page = browser("laptop")
    page.get_by_label("面试码").fill(TICKET)
    page.get_by_role("button", name="提交").click()
    expect(page.locator("#exam-title")).not_to_be_empty()
    expect(page.locator("html")).to_be_attached()
    page.wait_for_function("async () => (await (await caches.open('viva-pages')).keys()).length > 20")
    platform.kill()
    try:
        away = page.get_by_role("alert").filter(has_text="网络已中断")
        expect(away).to_be_visible(timeout=15_000)
        page.reload()
        expect(page.get_by_role("heading", name="设备准备")).to_be_visible(timeout=15_000)
        expect(away).to_be_visible(timeout=15_000)
    finally:
        platform.start()
    expect(away).to_be_hidden(timeout=15_000)
    expect(page.locator("#exam-title")).not_to_be_empty(timeout=15_000)


def test_a_second_page_of_the_same_browser_waits_for_the_first(browser: Open) -> None:
    first = browser("phone")
    expect(first.get_by_role("heading", name="佐证绑定")).to_be_visible()
    second = first.context.new_page()
    second.goto(first.url)
    expect(second.get_by_role("alert")).to_contain_text("另一个页面打开")
    first.close()
    expect(second.get_by_role("heading", name="佐证绑定")).to_be_visible()


def test_colours_can_be_read_in_both_schemes() -> None:
    css = (PAGES / "common" / "base.css").read_text(encoding="utf-8")
    schemes = [
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", block)) for block in re.findall(r":root \{([^}]*)\}", css)
    ]
    pairs = [
        *(
            ("ink", ground)
            for ground in ("ground", "card", "raised", "accent-soft", "bad-soft", "warn-soft", "good-soft")
        ),
        *(("soft", ground) for ground in ("ground", "card")),
        *((tone, f"{tone}-soft") for tone in ("good", "bad", "warn")),
        ("accent-ink", "accent"),
        ("accent", "card"),
        ("bad", "card"),
    ]
    assert len(schemes) == 2
    for colours in schemes:
        low = {pair: _contrast(colours[pair[0]], colours[pair[1]]) for pair in pairs}
        assert {pair: round(ratio, 2) for pair, ratio in low.items() if ratio < 4.5} == {}  # WCAG 2.2, 1.4.3


def _contrast(one: str, other: str) -> float:
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
