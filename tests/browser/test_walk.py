"""A reader's walk through the page in a real browser: empty shelf, upload, question, source, phone, deletion.

The models are the extractive answer and the configured embedder, so the embedder's weights must be here too.
"""

from __future__ import annotations

from pathlib import Path

import pytest

HANDBOOK = Path(__file__).parents[2] / "examples" / "library" / "禾问部署手册.pdf"
PATIENCE = 180_000  # milliseconds: the embedder is loaded with the first file, perhaps on a busy machine


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_reader_walks_from_the_empty_shelf_to_a_cited_answer_and_deletes_it(empty, chromium, leaving) -> None:
    page = chromium.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN").new_page()
    page.set_default_timeout(PATIENCE)
    outside = leaving(page, empty)

    page.goto(f"{empty}/library")
    page.get_by_text("书架还是空的").wait_for()
    page.locator("input[type=file]").first.set_input_files(HANDBOOK)
    page.get_by_role("button", name="放上书架 (1)").click()
    page.get_by_text("upload/禾问部署手册.pdf").wait_for()

    page.goto(f"{empty}/?lang=zh")
    page.locator("[data-testid=stChatInputTextArea]").fill("最近一次恢复演练总共用了多长时间？")
    page.keyboard.press("Enter")
    page.locator('[class*="st-key-cite-1-"] button').last.click()
    page.locator(".st-key-source-1 mark").first.wait_for()
    assert "38 分钟" in page.locator(".st-key-source-1 mark").last.inner_text()
    page.locator(".st-key-source-1 [data-testid=stImage] img").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

    page.goto(f"{empty}/library?lang=en")
    page.locator('[class*="st-key-delete-"]:not(.st-key-delete-collection) button').last.click()
    page.locator(".st-key-confirm button").click()
    page.get_by_text("The shelf is empty").wait_for()
    assert outside == []
