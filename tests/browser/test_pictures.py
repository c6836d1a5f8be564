"""The pictures of the pages that the documentation shows, taken on the sample library.

Search, citations, checks and reports are real. What the model writes is said by an endpoint of this process and stands
in ``SAID``, so that every run shows the same; the page names it ``example-model``.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "examples" / "library"
PATIENCE = 240_000  # milliseconds: the embedder is loaded with the first question
WINDOW = {"width": 1280, "height": 860}
QUESTION = {
    "zh": "最近一次恢复演练总共用了多长时间？",
    "en": "Up to how many concurrent users does the latency objective hold with one card?",
}
SAID = {
    "zh": ("最近一次恢复演练", "总共用了 38 分钟。[5]"),  # a wrong marker, which the check puts right
    "en": ("With one card ", "the objective holds up to 64 concurrent users. [5]"),
}
# A question, and the passage that its reader missed: the beginning of its document's title, and words of it.
MISSED = {
    "zh": ("出了事故先找谁？", "数据安全与保留政策", "委员会的联系人是方敏"),
    "en": ("Whom do I ask for more space?", "Working with Hewen", "Higher limits are granted by your team lead"),
}
REMARK = {"zh": "应当同时给出演练的日期。", "en": "It should also say with which model this was measured."}
REASON = {"zh": "答案不完整", "en": "It is incomplete"}
INDEXES = {"zh": "索引", "en": "Indexes"}
DRAWN = """() => document.querySelector("[data-testid=stApp]")?.dataset.testScriptState === "notRunning"
  && !document.querySelector('[data-stale="true"], [data-testid=stSkeleton]')"""
# As if uploaded, so that no path of this machine stands on a picture.
FILL = """
import sys
from pathlib import Path
from app.settings import load
from app.wiring import Library
from ingest.files import upload
with Library(load()) as library:
    files = [upload(each.name, each.read_bytes()) for each in sorted(Path(sys.argv[1]).iterdir())]
    assert {one.status for one in library.ingest(files)} == {"ingested"}
"""

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


class Teller:
    """Says what stands for the language of the page that asks."""

    language = "zh"

    def __call__(self) -> Iterator[str]:
        yield from SAID[self.language]


@pytest.fixture(scope="module")
def teller() -> Teller:
    return Teller()


@pytest.fixture(scope="module")
def address(site: Any, speaking: Any, teller: Teller, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page on the sample library, with the real embedder."""
    from app.settings import load
    from models.fetch import installed

    settings = load()
    if not installed(settings.embedder, settings.models.expanduser()):
        pytest.skip(f"the weights of {settings.embedder} are missing: shujia models pull")
    with speaking(teller) as endpoint:
        own = {"MODEL": "example-model", "MODEL_URL": endpoint.settings["MODEL_URL"], "OFFLINE": 1, "WORKERS": 1}
        ours = site(tmp_path_factory.mktemp("pictures"), own | {"REWRITE_TRANSLATE": "off"})
        done = subprocess.run(
            [sys.executable, "-c", FILL, str(LIBRARY)], env=ours.environment, capture_output=True, cwd=ours.folder
        )
        assert done.returncode == 0, done.stderr.decode()
        with ours.served() as opened:
            yield opened


@pytest.fixture(params=["zh", "en"])
def language(request: pytest.FixtureRequest, teller: Teller) -> str:
    teller.language = request.param
    return str(request.param)


@pytest.fixture
def page(chromium: Any, address: str, language: str) -> Iterator[Any]:
    """A window of a reader of that language; ``page.goto`` takes the path alone."""
    locale = {"zh": "zh-CN", "en": "en-GB"}[language]
    context = chromium.new_context(viewport=WINDOW, locale=locale, base_url=address, color_scheme="light")
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE)
    yield opened
    context.close()


def still(page: Any) -> None:
    """Wait until the page has been drawn to its end, and show its beginning: an answer scrolls to its last line."""
    page.mouse.move(640, 2)  # nothing lies under the pointer
    page.wait_for_function(DRAWN)
    page.evaluate("document.activeElement?.blur()")
    page.evaluate("document.querySelectorAll('section, div').forEach(one => { if (one.scrollTop) one.scrollTop = 0 })")


def ask(page: Any, language: str) -> None:
    """Ask, and open the source of the answer."""
    page.goto(f"/?lang={language}")
    page.locator("[data-testid=stChatInputTextArea]").fill(QUESTION[language])
    page.keyboard.press("Enter")
    page.locator('[class*="st-key-cite-1-"] button').first.click()
    page.locator(".st-key-source-1 [data-testid=stImage] img").first.wait_for()
    page.locator(".st-key-source-1 mark").first.wait_for()


def forget(page: Any) -> None:
    """Delete the chat, so that the pictures in the other language do not show it."""
    page.locator(".st-key-this-chat button").first.click()
    page.locator('[class*="st-key-delete-chat-"] button').click()
    page.locator(".st-key-undo-chat").wait_for()


def test_an_answer_with_its_source_open_beside_it(page: Any, picture: Any, language: str) -> None:
    ask(page, language)
    assert page.locator(".sj-ok").first.inner_text() == "✓"
    page.set_viewport_size({**WINDOW, "height": 900})
    still(page)
    picture(page, "ask", language)
    forget(page)


def test_the_library_with_its_documents(page: Any, picture: Any, language: str) -> None:
    page.goto(f"/library?lang={language}")
    page.locator('[class*="st-key-card-"]').first.wait_for()
    still(page)
    picture(page, "library", language)


def test_the_page_why_tells_which_stage_lost_a_passage(page: Any, picture: Any, language: str) -> None:
    question, document, words = MISSED[language]
    page.goto(f"/why?lang={language}")
    page.locator(".st-key-why_question input").fill(question)
    page.keyboard.press("Enter")
    still(page)
    page.locator('[class*="st-key-why_document"] input').fill(document)
    page.get_by_role("option").first.click()
    still(page)
    page.locator(".st-key-why_text textarea").fill(words)
    page.keyboard.press("Control+Enter")
    still(page)
    page.locator(".st-key-why_look button").click()
    page.locator(".st-key-why_stages").wait_for()
    still(page)
    picture(page, "why", language)


def test_what_a_reader_said_is_reviewed_on_the_page_quality(page: Any, picture: Any, language: str) -> None:
    ask(page, language)
    page.locator(".st-key-thumb-down-1 button").first.click()
    page.locator(".st-key-save-1 button").wait_for()
    still(page)
    page.locator('[class*="st-key-reason-1"] label').filter(has_text=REASON[language]).click()
    page.locator('[class*="st-key-comment-1"] textarea').fill(REMARK[language])
    page.locator(".st-key-save-1 button").click()
    page.locator('[class*="st-key-right-1-"] button').click()
    page.locator('[class*="st-key-right-1-"] button[kind=primary]').wait_for()
    page.goto(f"/quality?lang={language}")
    page.locator("[data-testid=stMain] [role=tab]").last.click()
    page.locator('[class*="st-key-accept-"] button').wait_for()
    page.set_viewport_size({**WINDOW, "height": 1040})  # with all that can be done
    still(page)
    picture(page, "quality", language)
    page.locator('[class*="st-key-reject-"] button').click()
    page.locator('[class*="st-key-reject-"]').wait_for(state="detached")
    page.goto(f"/?lang={language}")
    page.locator('[class*="st-key-chat-"] button').first.click()
    forget(page)


def test_administration_shows_what_answers_in_each_collection(page: Any, picture: Any, language: str) -> None:
    page.goto(f"/admin?lang={language}")
    page.get_by_role("tab", name=INDEXES[language]).click()
    page.locator(".st-key-fsck button").wait_for()
    page.set_viewport_size({**WINDOW, "height": 460})
    still(page)
    picture(page, "admin", language)
