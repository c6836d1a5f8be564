"""The way of somebody who has just installed it: an empty shelf, the sample library, two questions, a word, a report.

The models are the extractive answer and the configured embedder, so the embedder's weights must be here.
"""

from __future__ import annotations

from typing import Any

import pytest

PATIENCE = 240_000  # milliseconds: the embedder is loaded with the first file, perhaps on a busy machine
ENGLISH = "Which reranking depth does production use?"
DRAWN = """() => document.querySelector("[data-testid=stApp]")?.dataset.testScriptState === "notRunning"
  && !document.querySelector('[data-stale="true"]')"""
COMMENT = "出处应当更具体。"


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_from_an_empty_shelf_to_two_answers_a_reviewed_case_and_its_report(
    empty: str, chromium: Any, leaving: Any
) -> None:
    page = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN").new_page()
    page.set_default_timeout(PATIENCE)
    outside = leaving(page, empty)

    page.goto(f"{empty}/?lang=zh")
    page.get_by_text("书架还是空的").wait_for()
    assert page.get_by_text("添加自己的文件").is_visible(), "one's own files or a folder are the other way"
    page.locator(".st-key-sample button").click()
    page.get_by_text("放上示例文档").wait_for(state="detached")
    offered = page.locator('[class*="st-key-try-"] button')
    offered.nth(5).wait_for()
    assert offered.count() == 6, "three questions of either language"

    offered.first.click()
    opened(page, 1, "38 分钟")
    page.locator(".st-key-source-1 [data-testid=stImage] img").first.wait_for()  # the page of the PDF

    page.locator("[data-testid=stChatInputTextArea]").fill(ENGLISH)
    page.keyboard.press("Enter")
    opened(page, 2, "20")

    page.locator(".st-key-thumb-down-2 button").first.click()
    page.locator(".st-key-save-2 button").wait_for()
    page.wait_for_function(DRAWN)
    page.locator('[class*="st-key-reason-2"] label').filter(has_text="出处不对").click()
    page.get_by_label("还想说的话").fill(COMMENT)
    page.locator(".st-key-save-2 button").click()
    page.get_by_text("已记下").wait_for()
    page.locator('[class*="st-key-right-2-"] button').click()
    page.get_by_text("已标为正确的出处").wait_for()

    reviewed(page, empty)
    measured(page)
    assert outside == []


def opened(page: Any, turn: int, fact: str) -> None:
    """The last citation of a turn opens the passage beside it, and its fact is marked."""
    page.locator(f'[class*="st-key-cite-{turn}-"] button').last.click()
    page.locator(f".st-key-source-{turn} mark").first.wait_for()
    marked = " ".join(page.locator(f".st-key-source-{turn} mark").all_inner_texts())
    assert fact in marked, marked


def reviewed(page: Any, address: str) -> None:
    """The owner finds what was said on the page Quality and takes the passage as the right one."""
    page.goto(f"{address}/quality?lang=zh")
    page.get_by_role("tab", name="反馈审阅").click()
    page.get_by_text(COMMENT).wait_for()
    page.locator('[class*="st-key-accept-"] button').click()
    page.locator(".st-key-cases button").wait_for()


def measured(page: Any) -> None:
    """An evaluation of the reviewed case, in a process of its own; its report in a frame that reaches nothing."""
    page.get_by_role("tab", name="评测").click()
    page.get_by_text("审阅过的读者反馈").click()
    page.locator(".st-key-quality_start button").click()
    page.get_by_role("button", name="停止").wait_for()
    page.reload()  # it runs elsewhere
    page.get_by_role("tab", name="报告").click()
    page.get_by_role("button", name="打开").click()
    report = page.frame_locator("iframe[title]").frame_locator("iframe[sandbox]")
    report.locator("h1").wait_for()
    assert report.locator("h1").inner_text() == "回答质量：extractive"
    inner = next(frame for frame in page.frames if frame.parent_frame and frame.parent_frame.parent_frame)
    assert inner.evaluate("window.origin") == "null"
    reached = "(() => { try { return parent.parent.document.title } catch (error) { return error.name } })()"
    assert inner.evaluate(reached) == "SecurityError"
