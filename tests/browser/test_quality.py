"""The quality page in a real browser: an evaluation in its own process, its report in a frame that reaches nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

HANDBOOK = Path(__file__).parents[2] / "examples" / "library" / "禾问部署手册.pdf"
PATIENCE = 180_000  # milliseconds: the embedder is loaded with the first file


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_an_evaluation_is_run_and_its_report_opened_inside_the_page(empty, chromium, leaving) -> None:
    page = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN").new_page()
    page.set_default_timeout(PATIENCE)
    outside = leaving(page, empty)
    page.goto(f"{empty}/library")
    page.locator("input[type=file]").first.set_input_files(HANDBOOK)
    page.get_by_role("button", name="放上书架 (1)").click()
    page.get_by_text("upload/禾问部署手册.pdf").wait_for()

    page.goto(f"{empty}/quality")
    page.get_by_label("最多几个问题").fill("2")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="开始").click()
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
    assert outside == []
