"""Every page, in both languages, light and dark, on a desk and on a phone: names, contrast, headings, keyboard, width.

``page_check.js`` looks; the names of controls are those that Chromium itself gives to screen readers. No weights: the
models are an endpoint of this process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

HERE = Path(__file__).parent
LIBRARY = HERE.parents[1] / "examples" / "library"
CHECK = (HERE / "page_check.js").read_text(encoding="utf-8")
PATIENCE = 180_000  # milliseconds, on a busy machine
GOOD = "correct horse 电池"
DESK, PHONE = {"width": 1280, "height": 860}, {"width": 360, "height": 740}
QUESTION = "最近一次恢复演练总共用了多长时间？"
SETTLING = 20.0  # seconds for a complaint to go away
MOST_STOPS = 250  # of the Tab key on one page
ROLES = {
    "button", "link", "textbox", "checkbox", "radio", "switch", "combobox", "tab", "slider", "spinbutton", "searchbox",
    "menuitem", "listbox", "option", "image", "dialog", "Iframe",
}  # fmt: skip
# What Streamlit draws and a page cannot change, by the beginning of the complaint, each with its reason.
STREAMLITS_OWN = {
    "out of the keyboard's reach: [stFileUploaderDropzoneInput]": "the button that stands on it opens the same dialog",
    "out of the keyboard's reach: [stNumberInputStep": "the arrow keys do the same in the field itself",
}
DRAWN = """() => document.querySelector("[data-testid=stApp]")?.dataset.testScriptState === "notRunning"
  && !document.querySelector('[data-stale="true"], [data-testid=stSkeleton]')"""
SCHEME = """want => !document.querySelector(".stApp")
  || getComputedStyle(document.querySelector(".stApp")).colorScheme === want"""

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def says() -> Iterator[str]:
    """A sentence that its source supports, and two that it does not."""
    yield "最近一次演练总共用了 38 分钟。[1]\nThe drill took 38 minutes. [1] "
    yield "The moon is made of cheese. [2]"


class Looker:
    """A window, and everything that was found wrong in it."""

    def __init__(self, page: Any, language: str) -> None:
        self.page, self.language = page, language
        self.found: list[str] = []
        self.seen: list[str] = []

    def check(self, where: str, *, keyboard: bool = True) -> None:
        """All checks of what the window shows now; it is as wide as before afterwards."""
        self.seen.append(where)
        if not self.page.evaluate("'pageCheck' in window"):
            self.page.evaluate(CHECK)
        for scheme in ("dark", "light"):
            self.page.emulate_media(color_scheme=scheme)
            self.page.wait_for_function(SCHEME, arg=scheme)
            self._note(f"{where}, {scheme}", "pageCheck.contrast()")
        self._note(where, "pageCheck.structure()")
        self._say(where, lambda: names(self.page))
        self._note(
            where, f"document.documentElement.lang.startsWith('{self.language}') ? [] : ['the language is not named']"
        )
        if keyboard and self.language == "zh":  # the same controls in the same order in the other one
            walk(self.page)
            self._note(where, "pageCheck.keyboard()")
        self.page.set_viewport_size(PHONE)
        self.page.wait_for_function(DRAWN + " || !document.querySelector('.stApp')")
        self._note(f"{where}, 360 px", "pageCheck.overflow()")
        self.page.set_viewport_size(DESK)

    def _note(self, where: str, script: str) -> None:
        self._say(where, lambda: self.page.evaluate(script))

    def _say(self, where: str, look: Callable[[], list[str]]) -> None:
        """What ``look`` complains of once the page has settled: tables are laid out in their own time."""
        until = monotonic() + SETTLING
        while complaints := [one for one in look() if not one.startswith(tuple(STREAMLITS_OWN))]:
            if monotonic() > until:
                break
            self.page.wait_for_timeout(200)
        self.found += [f"{where}: {one}" for one in complaints]


def names(page: Any) -> list[str]:
    """The controls and pictures that Chromium has no name for, or only that of an icon's drawing ("delete icon")."""
    session = page.context.new_cdp_session(page)
    icons = {name for each in page.evaluate("pageCheck.ligatures()") for name in (each, f"{each} icon")}
    found = []
    for node in session.send("Accessibility.getFullAXTree")["nodes"]:
        role, name = (str(node.get(key, {}).get("value") or "").strip() for key in ("role", "name"))
        if not node.get("ignored") and role in ROLES and (not name or name in icons):
            tag = session.send("DOM.describeNode", {"backendNodeId": node["backendDOMNodeId"]})["node"]
            found.append(f"no name ({name or 'nothing'}): {role} {tag['nodeName']} {tag.get('attributes')}")
    session.detach()
    return found


def walk(page: Any) -> None:
    """Press Tab from the top of the page until it is round."""
    page.evaluate("pageCheck.begin()")
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if page.evaluate("pageCheck.step()"):
            return
    pytest.fail(f"Tab does not come round in {MOST_STOPS} steps")


@pytest.fixture(scope="module")
def address(site: Any, speaking: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page with a login, over a library with three documents and a file that could not be read."""
    from app.settings import Settings
    from app.wiring import Library
    from store.people import People

    folder = tmp_path_factory.mktemp("accessibility")
    (folder / "坏.pdf").write_bytes(b"%PDF-1.7\nbroken")
    with speaking(says) as endpoint:
        ours = site(folder, endpoint.settings | {"LOGIN": "password", "WORKERS": 1})
        wanted = [str(LIBRARY / name) for name in ("禾问部署手册.pdf", "gpu-fleet.csv", "hewen-faq.html")]
        ours.run("ingest", *wanted, str(folder / "坏.pdf"), code=1)  # the broken one
        with Library(Settings(library=folder / "library", workers=1)) as library:
            People(library.catalogue.engine).add("wang", password=GOOD, admin=True)
        with ours.served() as opened:
            yield opened


@pytest.fixture(params=["zh", "en"])
def looker(request: pytest.FixtureRequest, chromium: Any, address: str) -> Iterator[Looker]:
    """A window of a reader of that language, before the form for name and password."""
    locale = {"zh": "zh-CN", "en": "en-GB"}[request.param]
    context = chromium.new_context(viewport=DESK, locale=locale, base_url=address, color_scheme="light")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto("/sign-in?next=/")
    yield Looker(page, request.param)
    context.close()


def test_nothing_is_nameless_faint_too_wide_or_out_of_the_keyboards_reach(looker: Looker) -> None:
    page = looker.page
    sign_in(looker)
    asked(looker)
    shelf(looker)
    go(looker, "why")
    page.get_by_role("textbox").first.fill(QUESTION)
    page.keyboard.press("Tab")
    page.locator(".st-key-why_look button:not([disabled])").click()
    page.locator(".st-key-why_stages summary").click()
    looker.check("why")
    go(looker, "account")
    looker.check("account")
    measured(looker)
    tabs(looker, "quality")
    go(looker, "admin")
    tabs(looker, "admin")
    assert not looker.found, "\n".join(looker.found)
    assert len(looker.seen) == 24


def sign_in(looker: Looker) -> None:
    page = looker.page
    looker.check("sign-in")
    page.fill("input[name=name]", "wang")
    page.fill("input[name=password]", "wrong")
    page.click("button")
    page.locator("[role=alert]").wait_for()
    looker.check("sign-in, refused")
    page.fill("input[name=name]", "wang")
    page.fill("input[name=password]", GOOD)
    page.click("button")


def go(looker: Looker, name: str) -> None:
    """Open a page and wait until it is drawn."""
    looker.page.goto(f"/{name}?lang={looker.language}")
    looker.page.locator("h1.sj-unseen").first.wait_for(state="attached")
    looker.page.wait_for_function(DRAWN)


def asked(looker: Looker) -> None:
    """The first page: before a question, with an answer, its source and the reasons open, with its two menus."""
    page = looker.page
    page.locator("[data-testid=stChatInputTextArea]").wait_for()
    go(looker, "")
    looker.check("ask")
    page.locator("[data-testid=stChatInputTextArea]").fill(QUESTION)
    page.keyboard.press("Enter")
    page.locator('[class*="st-key-cite-1-"] button').first.click()
    page.locator(".st-key-source-1 mark").first.wait_for()
    page.locator(".st-key-how-1 summary").click()
    page.locator(".st-key-thumb-down-1 button").first.click()
    page.locator(".st-key-save-1 button").wait_for()
    page.wait_for_function(DRAWN)
    looker.check("answer")
    for opener, inside in (
        (".st-key-copy-turn-1", ".st-key-markdown-turn-1"),
        (".st-key-this-chat", "[class*=st-key-delete-chat]"),
    ):
        page.locator(f"{opener} button").first.click()
        page.locator(inside).first.wait_for()
        page.mouse.move(0, 0)
        looker.check(f"answer, {opener}", keyboard=False)
        page.keyboard.press("Escape")
        page.locator(inside).first.wait_for(state="detached")


def shelf(looker: Looker) -> None:
    """The library with everything unfolded, and its three dialogs."""
    page = looker.page
    go(looker, "library")
    for summary in page.locator("[data-testid=stMain] summary").all():
        summary.click()
    page.locator("[data-testid=stFileUploader]").last.wait_for()
    looker.check("library")
    for key in ("chunks", "tag", "delete"):
        page.locator(f'[class*="st-key-{key}-"]:not(.st-key-delete-collection) button').first.click()
        page.locator("[role=dialog]").first.wait_for()
        page.wait_for_function(DRAWN)
        looker.check(f"library, {key}", keyboard=False)
        page.keyboard.press("Escape")
        page.locator("[role=dialog]").wait_for(state="detached")


def measured(looker: Looker) -> None:
    """The page Quality, with a report opened on its second tab; an evaluation of one question makes it."""
    page = looker.page
    go(looker, "quality")
    tab = page.locator("[data-testid=stMain] [role=tab]").nth(1)
    if not page.locator('[class*="st-key-ended-"] button').count():
        page.locator(".st-key-quality_limit input").fill("1")
        page.keyboard.press("Enter")
        page.wait_for_function(DRAWN)
        page.locator(".st-key-quality_start button").click()
        page.locator('[class*="st-key-ended-"] button').first.wait_for()
    tab.click()  # draws the page anew, so not before the evaluation is on its way
    page.wait_for_function(DRAWN)
    page.locator('[class*="st-key-report-"] button').first.click()
    page.locator("iframe[title]").first.wait_for()
    page.wait_for_function(DRAWN)


def tabs(looker: Looker, name: str) -> None:
    every = looker.page.locator("[data-testid=stMain] [role=tab]")
    for number in range(every.count()):
        every.nth(number).click()
        looker.page.wait_for_function(DRAWN)
        looker.check(f"{name}, {number}")


BAD = """<!doctype html><html lang="zh-Hans"><title>坏</title><main><h1>书架</h1>
<button id="nameless"></button>
<h3>跳过一级</h3><p style="color:#999;background:#fff">太浅</p>
<div style="background:#fff"><p style="color:#000;opacity:.4">透明</p></div>
<img src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=" width="20" height="20">
<style>.bare:focus { outline: none }</style><button class="bare">没有焦点</button>
<div style="display:flex;flex-direction:row-reverse"><button>甲</button><button>乙</button></div>
<a href="#" tabindex="-1">够不到</a><button tabindex="3">插队</button>
<div style="width:500px">太宽</div></main></html>"""


def test_the_check_sees_what_it_must_see(chromium: Any) -> None:
    """Without this the other test would prove nothing: each kind of fault is planted once, and found."""
    page = chromium.new_page(viewport=PHONE)
    page.set_content(BAD)
    page.evaluate(CHECK)
    walk(page)
    scripts = ("contrast", "structure", "overflow", "keyboard")
    found = "\n".join([*names(page), *(one for script in scripts for one in page.evaluate(f"pageCheck.{script}()"))])
    for wanted in (
        "no name (nothing): button BUTTON ['id', 'nameless']",
        "no name (nothing): image IMG",
        'contrast 2.85 < 4.5:  <p> "太浅"',
        'contrast 2.85 < 4.5:  <p> "透明"',
        "headings: level 3 skips one",
        "image without alt",
        'shows no focus:  <button> "没有焦点"',
        'goes back from  <button> "甲" to  <button> "乙"',
        'out of the keyboard\'s reach:  <a> "够不到"',
        "jumps the queue (tabindex 3)",
        "scrolls sideways by",
        'beyond the edge (8 to 508):  <div> "太宽"',
    ):
        assert wanted in found, found
    page.close()
