"""Chats in a real browser: quotes at once, the first token soon, a reload in the middle, stop, sources, deletion.

The models are an endpoint in this process that writes slowly and embeds by hashing, so no weights are needed.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

PATIENCE = 120_000  # milliseconds
QUESTION = "最近一次恢复演练总共用了多长时间？"
log = logging.getLogger(__name__)
PIECES = ("最近一次", "演练", "总共", "用了 ", "38 ", "分钟", "。[1]")
OTHERS = "".join(f"第 {n} 段说明机房的日常巡检，与演练无关，只记录温度和湿度。\n\n" for n in range(60))
HANDBOOK = (
    f"# 部署手册\n\n## 巡检\n\n{OTHERS}\n## 恢复演练\n\n"
    "每个季度做一次恢复演练。最近一次演练总共用了 38 分钟。\n\n"
    "| 日期 | 分钟 |\n| --- | --- |\n| 三月 | 52 |\n| 六月 | 38 |\n\n"
    f"## 异地备份\n\n{'异地备份保存在另一座城市。' * 40}\n"
)

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


class Slow:
    """Writes one piece every ``pause`` seconds; ``first`` are the times at which answers began."""

    def __init__(self) -> None:
        self.pause = 0.2
        self.first: list[float] = []

    def __call__(self) -> Iterator[str]:
        time.sleep(3 * self.pause)  # what a model takes to read the prompt: the quotes are there before
        for place, piece in enumerate(PIECES):
            if place:
                time.sleep(self.pause)
            else:
                self.first.append(time.time())
            yield piece


@pytest.fixture(scope="module")
def slow() -> Slow:
    return Slow()


@pytest.fixture(scope="module")
def endpoint(speaking, slow: Slow):
    with speaking(slow) as opened:
        yield opened


@pytest.fixture(scope="module")
def address(site, endpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page on a library with one handbook."""
    ours = site(tmp_path_factory.mktemp("chats"), endpoint.settings)
    handbook: Path = ours.folder / "手册.md"
    handbook.write_text(HANDBOOK, encoding="utf-8")
    ours.run("ingest", str(handbook))
    with ours.served() as opened:
        yield opened


@pytest.fixture
def page(chromium, address: str):
    opened = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN").new_page()
    opened.set_default_timeout(PATIENCE)
    opened.goto(f"{address}/?lang=zh")
    opened.locator("[data-testid=stChatInputTextArea]").wait_for()
    return opened


WATCH = """() => {
  window.seen = {};
  new MutationObserver(() => {
    if (!window.seen.quotes && document.querySelector('.sj-evidence')) window.seen.quotes = Date.now();
    const draft = document.querySelector('.sj-draft');
    if (!window.seen.draft && draft && draft.textContent.trim()) window.seen.draft = Date.now();
  }).observe(document.body, {childList: true, subtree: true, characterData: true});
}"""


def ask(page, question: str = QUESTION) -> None:
    page.locator("[data-testid=stChatInputTextArea]").fill(question)
    page.keyboard.press("Enter")


def test_quotes_come_before_the_model_writes_and_its_first_token_is_seen_soon(page, slow) -> None:
    ask(page)  # warm: imports and connections are made
    page.locator('[class*="st-key-cite-1-"] button').last.wait_for()
    page.locator(".st-key-new-chat button").click()
    page.get_by_text("问问你的书架").wait_for()
    page.locator(".sj-question").wait_for(state="detached")  # a slow page shows the old chat a while longer
    page.evaluate(WATCH)
    slow.pause = 0.6  # a browser that is busy for a few seconds still draws a draft
    ask(page)
    page.locator('[class*="st-key-cite-1-"] button').last.wait_for()
    seen = page.evaluate("window.seen")
    late = seen["draft"] / 1000 - slow.first[-1]
    log.info("first token seen %.0f ms after it was sent", late * 1000)
    assert seen["quotes"] < seen["draft"]
    assert late < 3.0  # .05 to .3 s on a quiet machine


def test_a_reload_in_the_middle_leaves_a_chat_that_can_be_gone_on_with(page, slow) -> None:
    slow.pause = 1.0
    ask(page)
    page.locator(".sj-draft").first.wait_for()
    assert "chat=" in page.url
    page.reload()
    slow.pause = 0.05
    page.locator(".sj-question").first.wait_for()
    page.locator(".st-key-again-1 button").click()
    page.locator('[class*="st-key-cite-1-"] button').last.wait_for()
    assert page.locator(".sj-question").count() == 1
    page.reload()
    page.locator('[class*="st-key-cite-1-"] button').last.click()
    mark = page.locator(".sj-window mark").first
    mark.wait_for()
    assert "38 分钟" in mark.inner_text()
    assert page.locator(".sj-window table").count() >= 1
    scrolled = page.evaluate("document.querySelector('.sj-window').scrollTop")
    window, words = page.locator(".sj-window").bounding_box(), mark.bounding_box()
    assert scrolled > 0
    assert window["y"] <= words["y"] <= window["y"] + window["height"]


def test_a_reader_stops_an_answer_and_the_model_stops_too(page, slow, endpoint) -> None:
    slow.pause, cut = 0.5, endpoint.cut
    ask(page)
    page.locator(".sj-draft").first.wait_for()
    page.locator(".st-key-stop-1 button").click()
    page.get_by_text("已停止").wait_for()
    slow.pause = 0.05
    deadline = time.time() + 20
    while endpoint.cut == cut and time.time() < deadline:
        time.sleep(0.1)
    assert endpoint.cut > cut
    slow.pause = 0.02
    page.locator(".st-key-again-1 button").click()
    page.locator('[class*="st-key-cite-1-"] button').last.wait_for()


def test_a_chat_is_deleted_brought_back_searched_for_and_fits_a_phone(page, slow) -> None:
    slow.pause = 0.02
    ask(page, "异地备份保存在哪里？")
    page.locator(".st-key-this-chat button").first.wait_for()
    page.locator('[class*="st-key-copy-turn-1"] button').first.wait_for()
    page.locator(".st-key-this-chat button").first.click()
    page.locator('[class*="st-key-delete-chat-"] button').click()
    page.get_by_text("问问你的书架").wait_for()
    page.locator(".st-key-undo button").click()
    page.get_by_text("异地备份保存在哪里？").first.wait_for()
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(500)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
