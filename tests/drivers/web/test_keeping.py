"""A page's document and storage are gone through in a world that the page can't see, and nothing of it is changed or held up."""

from __future__ import annotations

import asyncio
from pathlib import Path

from harness.drivers.keeping import found
from harness.drivers.web.driver import WebDriver
from tests.drivers.web.test_driver import Watched, needs_chromium, pages, play

__all__ = ["pages"]

QUESTION = "请以荷叶圆圆为课题面向小学一年级学生进行十分钟的模拟课堂教学"
# A page that keeps the question wherever a page can, beside slices of a recording, and says so by its next heading.
KEEPS = f"""<h1>人脸登录</h1><p hidden>{QUESTION}</p><script>(async () => {{
const q = "{QUESTION}";
localStorage.setItem("draft", q);
sessionStorage.setItem("draft", JSON.stringify({{ q }}));
document.cookie = "draft=" + encodeURIComponent(q);
await (await caches.open("pages")).put("/draft", new Response(q));
const file = await (await (await navigator.storage.getDirectory()).getFileHandle("draft", {{ create: true }})).createWritable();
await file.write(q);
await file.close();
const opening = indexedDB.open("notes", 1);
opening.onupgradeneeded = () => {{
  opening.result.createObjectStore("slices", {{ autoIncrement: true }});
  opening.result.createObjectStore("documents");
}};
opening.onsuccess = () => {{
  const writing = opening.result.transaction(["documents", "slices"], "readwrite");
  for (let n = 0; n < 300; n += 1) writing.objectStore("slices").add({{ bytes: new Uint8Array(40000).fill(0xa3) }});
  writing.objectStore("documents").put({{ deep: [new TextEncoder().encode(q)] }}, "draft");
  writing.oncomplete = () => {{
    opening.result.close();
    document.querySelector("h1").textContent = "佐证绑定";
  }};
}};
}})();</script>"""
NOTHING = "<h1>人脸登录</h1>"


@needs_chromium
def test_the_question_is_found_wherever_a_page_can_keep_it(pages: str, tmp_path: Path) -> None:
    async def conversation(driver: WebDriver, watched: Watched) -> tuple[set[str], bool]:
        await watched.until(lambda: any(view.page == "bind" for view in watched.views))
        pieces = await driver.keeps()
        assert pieces is not None
        # Nobody is held up: the database can be deleted at once.
        deleted = await driver._eye.evaluate(
            "new Promise((done) => { const gone = indexedDB.deleteDatabase('notes');"
            " gone.onsuccess = () => done(true); gone.onblocked = () => done(false); })"
        )
        return set(found(QUESTION, pieces)), deleted

    where, deleted = play(pages + KEEPS, tmp_path, conversation)
    assert where == {
        "localStorage draft",
        "sessionStorage draft",
        "cookies",
        "address",
        "document",
        "IndexedDB notes documents",
        "cache pages",
        "file /draft",
    }
    assert deleted


@needs_chromium
def test_a_page_that_keeps_nothing_is_gone_through_and_nothing_is_made_there(pages: str, tmp_path: Path) -> None:
    async def conversation(driver: WebDriver, watched: Watched) -> object:
        first, second = await asyncio.gather(driver.keeps(), driver.keeps())
        assert first
        assert second
        assert found(QUESTION, first) == ()
        return await driver._eye.evaluate(
            "(async () => [(await indexedDB.databases()).length, (await caches.keys()).length, localStorage.length])()"
        )

    assert play(pages + NOTHING, tmp_path, conversation) == [0, 0, 0]


@needs_chromium
def test_a_page_whose_browser_has_gone_is_not_looked_through(pages: str, tmp_path: Path) -> None:
    async def conversation(driver: WebDriver, watched: Watched) -> object:
        await driver.kill()
        return await driver.keeps()

    assert play(pages + NOTHING, tmp_path, conversation) is None
