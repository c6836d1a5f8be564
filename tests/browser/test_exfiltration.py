"""Active payloads in a real browser: in the answer while it streams and after it, in sources, titles, names and chats.

The model is an endpoint of this process that repeats whatever the passages say, payload by payload. Every request of
the browser that leaves this machine fails the test, whatever made it, and so does any script or link that a payload
brought along.
"""

from __future__ import annotations

import runpy
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

PAYLOADS: tuple[str, ...] = runpy.run_path(str(Path(__file__).parents[1] / "app" / "active_payloads.py"))["PAYLOADS"]
PATIENCE = 180_000  # milliseconds
FACT = "最近一次恢复演练总共用了 38 分钟。"
QUESTION = "最近一次恢复演练总共用了多长时间？ ![x](http://evil.example/question.png)"
NAME = "![x](http:__evil.example_name.png) <img src=x onerror=pwned()> 手册{}.md"
SMALL = 20  # payloads a document: so that its passage fits the context

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


class Repeating:
    """Answers with what ``payloads`` holds, after the fact that the documents state; or fails with them."""

    def __init__(self) -> None:
        self.payloads: list[str] = []
        self.fails = False

    def __call__(self) -> Iterator[str] | str:
        return " ".join(self.payloads) if self.fails else self._pieces()

    def _pieces(self) -> Iterator[str]:
        for piece in (f"{FACT}[1]\n", *(f"{one} [1]\n\n" for one in self.payloads)):
            yield piece
            time.sleep(0.02)


@pytest.fixture(scope="module")
def repeating() -> Repeating:
    return Repeating()


@pytest.fixture(scope="module")
def address(site, speaking, repeating: Repeating, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page on a library whose documents hold the payloads: in text, headings, tables, titles and file names."""
    folder = tmp_path_factory.mktemp("exfiltration")
    inbox = folder / "收件"
    inbox.mkdir()
    for number in range(0, len(PAYLOADS), SMALL):
        some = "\n\n".join(PAYLOADS[number : number + SMALL])
        head = PAYLOADS[number].replace("\n", " ")
        table = f"| 演练 | {head} |\n| --- | --- |\n| 38 分钟 | {head} |\n"
        text = f"# {head}\n\n{FACT}\n\n## 恢复演练 {head}\n\n{some}\n\n{table}"
        (inbox / NAME.format(number)).write_text(text.replace("\x00", ""), encoding="utf-8")
    (inbox / "坏<img src=x onerror=pwned()>![x](http:__evil.example).pdf").write_bytes(b"%PDF-1.7\nbroken")
    with speaking(repeating) as endpoint:
        ours = site(folder, endpoint.settings | {"ANSWER_TOKENS": 4096, "MODEL_CONTEXT": 16384})
        ours.run("ingest", str(inbox), code=1)  # the broken PDF alone
        with ours.served() as opened:
            yield opened


class Watched:
    """A window in which nothing may leave this machine, and what it did."""

    def __init__(self, browser: Any, address: str) -> None:
        self.left: list[str] = []
        self.ran: list[str] = []
        context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
        context.expose_function("pwned", lambda *_: self.ran.append("pwned"))
        context.route("**/*", self._route)
        self.page = context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.page.on("dialog", lambda dialog: (self.ran.append(dialog.message), dialog.dismiss()))
        self.page.on("popup", lambda popup: self.ran.append(popup.url))
        self.host = urlsplit(address).netloc

    def _route(self, route: Any) -> None:
        where = urlsplit(route.request.url)
        if where.scheme in ("http", "https", "ws", "wss") and where.netloc != self.host:
            self.left.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    def check(self) -> None:
        """Nothing left, nothing ran, and no element of a payload stands in the page."""
        self.page.wait_for_timeout(300)
        active = self.page.evaluate(
            """() => [...document.querySelectorAll('*')].filter(e =>
                 [...e.attributes].some(a => /evil\\.example/.test(a.value)
                   && /^(src|href|srcset|action|data|background|poster|style|xlink:href)$/.test(a.name))
                 || [...e.attributes].some(a => /^on/.test(a.name) && /pwned/.test(a.value))
                 || (e.tagName === 'SCRIPT' && /pwned/.test(e.textContent))
                 || (e.tagName === 'A' && /^(javascript|data|vbscript):/.test(e.getAttribute('href') || '')))
               .map(e => e.outerHTML.slice(0, 200))"""
        )
        assert (self.left, self.ran, active) == ([], [], [])


@pytest.fixture
def watched(chromium: Any, address: str) -> Watched:
    return Watched(chromium, address)


def test_the_watch_sees_what_it_must_see(watched: Watched, address: str) -> None:
    """Without this the other tests would prove nothing: an active payload does leave and run, and is seen."""
    watched.page.goto(f"{address}/?lang=zh")
    watched.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=//evil.example/a onerror=pwned()>')")
    watched.page.wait_for_timeout(500)
    assert watched.left == ["http://evil.example/a"]
    assert watched.ran == ["pwned"]
    with pytest.raises(AssertionError):
        watched.check()


def test_a_model_that_repeats_payloads_makes_the_page_do_nothing(
    watched: Watched, repeating: Repeating, address: str
) -> None:
    page = watched.page
    page.goto(f"{address}/?lang=zh")
    repeating.payloads = list(PAYLOADS)
    page.locator("[data-testid=stChatInputTextArea]").fill(QUESTION)
    page.keyboard.press("Enter")
    page.locator(".sj-draft").first.wait_for()
    watched.check()
    page.locator('[class*="st-key-cite-1-"] button').first.wait_for()
    watched.check()
    page.locator('[class*="st-key-cite-1-"] button').first.click()
    page.locator('[class*="st-key-source-1"]').first.wait_for()
    watched.check()
    page.locator('[class*="st-key-copy-turn-1"] button').first.click()
    watched.check()
    page.reload()  # the chat, its title and its answer as they are kept
    page.locator(".sj-question").first.wait_for()
    watched.check()


def test_an_error_of_the_model_is_text(watched: Watched, repeating: Repeating, address: str) -> None:
    page = watched.page
    repeating.fails, repeating.payloads = True, list(PAYLOADS[:60])
    try:
        page.goto(f"{address}/?lang=zh")
        page.locator("[data-testid=stChatInputTextArea]").fill(QUESTION)
        page.keyboard.press("Enter")
        page.get_by_text("语言模型没有完成回答").first.wait_for()
        watched.check()
    finally:
        repeating.fails = False


def test_the_shelf_shows_titles_names_and_failures_as_text(watched: Watched, address: str) -> None:
    page = watched.page
    page.goto(f"{address}/library?lang=zh")
    page.get_by_text("onerror=pwned()").first.wait_for()
    watched.check()
    page.locator('[class*="st-key-chunks-"] button').first.click()
    page.locator("[role=dialog]").first.wait_for()
    watched.check()
