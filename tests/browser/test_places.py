"""Where a reader is, he is told and led on: a deletion at the foot of the window, the collection in the address, the
report of what has ended, what is done while he waits, and from an answer to what explains it.

The models are an endpoint of this process that embeds by hashing, so no weights are needed.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

PATIENCE = 120_000  # milliseconds
NAME = "法务·合約 & Ünï=b#%+? 📚"
QUESTION = "最近一次恢复演练总共用了多长时间？"
HANDBOOK = "# 部署手册\n\n每个季度做一次恢复演练。最近一次恢复演练总共用了 38 分钟。\n"
DRAWN = """() => document.querySelector("[data-testid=stApp]")?.dataset.testScriptState === "notRunning"
  && !document.querySelector('[data-stale="true"]')"""
INSIDE = """one => { const box = one.getBoundingClientRect(); return box.top >= 0 && box.bottom <= innerHeight
  && one.contains(document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2)) }"""

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


class Held:
    """Answers when it is let go on."""

    def __init__(self) -> None:
        self.goes_on = threading.Event()
        self.goes_on.set()

    def __call__(self) -> Iterator[str]:
        self.goes_on.wait(PATIENCE / 1000)
        yield "最近一次恢复演练总共用了 38 分钟。[1]"


@pytest.fixture(scope="module")
def held() -> Held:
    return Held()


@pytest.fixture(scope="module")
def address(site: Any, speaking: Any, held: Held, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page on two collections: one of the name above, one of forty documents."""
    with speaking(held) as endpoint:
        ours = site(tmp_path_factory.mktemp("places"), endpoint.settings | {"WORKERS": 1})
        for number in range(40):
            (ours.folder / f"{number:02}.md").write_text(f"# 记录 {number}\n\n机房一切正常。\n", encoding="utf-8")
        ours.run("ingest", *map(str, sorted(ours.folder.glob("*.md"))))
        handbook: Path = ours.folder / "手册.md"
        handbook.write_text(HANDBOOK, encoding="utf-8")
        ours.run("ingest", str(handbook), "--collection", NAME)
        with ours.served() as opened:
            yield opened


@pytest.fixture
def language(request: pytest.FixtureRequest) -> str:
    return str(getattr(request, "param", "zh"))


both = pytest.mark.parametrize("language", ["zh", "en"], indirect=True)


@pytest.fixture
def page(chromium: Any, address: str, language: str) -> Iterator[Any]:
    locale = {"zh": "zh-CN", "en": "en-GB"}[language]
    context = chromium.new_context(viewport={"width": 1280, "height": 700}, locale=locale, base_url=address)
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE)
    yield opened
    context.close()


def drawn(page: Any) -> None:
    page.wait_for_timeout(300)
    page.wait_for_function(DRAWN)


def choose(page: Any) -> None:
    """Choose the collection of the long name, beside the page."""
    page.locator(".st-key-collection_field input").click()
    page.get_by_role("option", name=NAME).click()
    drawn(page)


def asked_for(page: Any) -> str:
    return parse_qs(urlsplit(page.url).query).get("collection", [""])[0]


@both
def test_a_deletion_is_said_and_undone_where_the_reader_has_scrolled_to(page: Any) -> None:
    page.goto("/library")
    cards = page.locator('[class*="st-key-card-"]')
    cards.nth(19).wait_for()
    drawn(page)
    title = str(cards.nth(19).locator("h3").inner_text())
    cards.nth(19).locator('[class*="st-key-delete-"] button').first.click()
    page.locator(".st-key-confirm button").click()
    toast = page.locator("[data-testid=stToast]")
    toast.wait_for()
    assert title in toast.inner_text()
    undo = page.locator(".st-key-undo button")
    undo.wait_for()
    drawn(page)
    assert page.evaluate("document.querySelector('section.stMain, [data-testid=stMain]').scrollTop") > 0
    assert undo.evaluate(INSIDE)
    undo.click()
    page.locator('[class*="st-key-card-"]').filter(has_text=title).first.wait_for()
    page.locator(".st-key-undo").wait_for(state="detached")


@pytest.mark.parametrize("path", ["/", "/library", "/why", "/quality"])
def test_a_reload_keeps_the_collection_on_every_page(page: Any, path: str) -> None:
    page.goto(path)
    page.locator(".st-key-collection_field input").wait_for()
    drawn(page)
    choose(page)
    assert asked_for(page) == NAME
    page.reload()
    page.locator(".st-key-collection_field input").wait_for()
    drawn(page)
    assert page.locator(".st-key-collection_field input").input_value() == NAME
    assert asked_for(page) == NAME


def test_the_way_from_page_to_page_and_back_keeps_the_collection(page: Any) -> None:
    page.goto("/library")
    page.locator(".st-key-collection_field input").wait_for()
    drawn(page)
    choose(page)
    page.locator('a[href*="/why"]').first.click()
    page.wait_for_url("**/why?*")
    drawn(page)
    assert asked_for(page) == NAME
    for _step in range(2):  # the page named the collection in a step of its own, or the two were one
        page.go_back()
        drawn(page)
        if urlsplit(page.url).path == "/library":
            break
    page.wait_for_url("**/library*")
    assert asked_for(page) == NAME
    page.go_back()
    drawn(page)
    page.go_forward()
    drawn(page)
    assert page.locator(".st-key-collection_field").count() == 1


@both
def test_what_is_done_is_said_while_a_reader_waits_and_the_answer_leads_to_what_explains_it(
    page: Any, held: Held, language: str
) -> None:
    said = {"zh": "段落已找到，模型正在阅读…", "en": "Passages found, the model is reading them…"}[language]
    page.goto("/")
    page.locator(".st-key-collection_field input").wait_for()
    drawn(page)
    choose(page)
    held.goes_on.clear()
    try:
        page.locator("[data-testid=stChatInputTextArea]").fill(QUESTION)
        page.keyboard.press("Enter")
        page.get_by_text(said).wait_for()
        assert page.locator("[data-testid=stSpinner]").count() == 1
    finally:
        held.goes_on.set()
    page.locator('[class*="st-key-why-these-"] button').click()
    page.wait_for_url("**/why?*")
    page.locator(".st-key-why_answer details[open] table").first.wait_for()
    drawn(page)
    assert asked_for(page) == NAME
    assert page.locator(".st-key-why_question input").input_value() == QUESTION
    assert page.locator("[data-testid=stException], [data-testid=stAlert]").count() == 0


@both
def test_a_reason_is_kept_and_its_form_closed(page: Any, language: str) -> None:
    page.goto("/")
    page.locator(".st-key-collection_field input").wait_for()
    drawn(page)
    choose(page)
    page.locator("[data-testid=stChatInputTextArea]").fill(QUESTION)
    page.keyboard.press("Enter")
    page.locator(".st-key-thumb-down-1 button").first.click()
    page.locator('[class*="st-key-comment-1"] textarea').fill("应当是 52 分钟。")
    page.locator(".st-key-save-1 button").click()
    page.locator(".st-key-save-1").wait_for(state="detached")
    page.get_by_text({"zh": "原因已记下。", "en": "Your reason is kept."}[language]).wait_for()
    page.locator(".st-key-say-1 button").click()
    there = """text => document.querySelector('[class*="st-key-comment-1"] textarea')?.value === text"""
    page.wait_for_function(there, arg="应当是 52 分钟。")


@both
def test_an_evaluation_that_has_ended_leads_to_its_report_and_two_of_them_are_compared(
    page: Any, language: str, tmp_path: Path
) -> None:
    questions = tmp_path / "问题.jsonl"
    questions.write_text(f'{{"id": "1", "question": "{QUESTION}", "answers": ["38 分钟"]}}\n', encoding="utf-8")
    page.goto("/quality")
    page.locator(".st-key-collection_field input").wait_for()
    drawn(page)
    choose(page)
    ended = page.locator('[class*="st-key-ended-"] button')
    before = ended.count()
    own = {"zh": "自己的问题文件", "en": "A file of your own"}[language]
    page.locator(".st-key-quality_source label").filter(has_text=own).last.click()
    page.locator(".st-key-quality_file input[type=file]").set_input_files(str(questions))
    page.locator(".st-key-quality_model label").last.click()
    drawn(page)
    page.locator(".st-key-quality_start button").click()
    page.locator('[class*="st-key-stop-"]').first.wait_for()
    page.locator('[class*="st-key-stop-"]').first.wait_for(state="detached")
    ended.first.wait_for()
    assert ended.count() == max(1, before)
    ended.first.click()
    page.locator("iframe").first.wait_for()
    tab = page.locator("[data-testid=stMain] [role=tab][aria-selected=true]")
    assert tab.inner_text() == {"zh": "报告", "en": "Reports"}[language]
