"""A report opened from its file in a real chromium, with every network request refused."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from eval.report.page import render

ROOT = Path(__file__).parents[2]
PAGES = runpy.run_path(str(ROOT / "tests" / "eval" / "report" / "report_sample.py"))

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
DESK, PHONE = {"width": 1200, "height": 900}, {"width": 360, "height": 740}
SHEET = {"width": 1000, "height": 1500}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample page as a file, with a space and Han characters in its name."""
    path = tmp_path_factory.mktemp("报告 1") / "report 报告.html"
    path.write_text(render(PAGES["sample_page"]()), encoding="utf-8")
    return path


class _Reader:
    """A browser window on the report that notes every request and every complaint."""

    def __init__(self, chromium: Any, report: Path, **options: Any) -> None:
        self.context = chromium.new_context(**{"viewport": DESK, "color_scheme": "light", **options})
        self.context.route("**/*", self._answer)
        self.page = self.context.new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.address = report.as_uri()
        self.page.goto(self.address)

    def _answer(self, route: Any) -> None:
        if route.request.url.startswith("file:"):
            route.continue_()
        else:
            route.abort()

    def close(self) -> None:
        """No request but that for the file itself was made, and nothing was complained about."""
        outside = [url for url in self.requests if url != self.address and not url.startswith("data:")]
        assert (outside, self.complaints) == ([], [])
        self.context.close()

    def background(self) -> str:
        return self.page.evaluate("getComputedStyle(document.body).backgroundColor")

    def fits(self) -> bool:
        return self.page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    def charts(self) -> list[float]:
        return self.page.evaluate(
            "[...document.querySelectorAll('svg[role=img]')].filter(e => e.checkVisibility())"
            ".map(e => { const b = e.getBoundingClientRect(); return Math.min(b.width, b.height) })"
        )


def test_every_plot_shows_with_the_network_refused(chromium: Any, report: Path) -> None:
    reader = _Reader(chromium, report)
    assert len(reader.charts()) == 7
    assert min(reader.charts()) > 80
    assert reader.fits()
    marks = reader.page.evaluate(
        "[...document.querySelectorAll('.wide svg .line, .wide svg .bar, .wide svg .gain, .wide svg .whisker')]"
        ".map(e => getComputedStyle(e)).filter(s => s.stroke === 'none' && s.fill === 'none').length"
    )
    assert marks == 0
    reader.close()


def test_the_language_switches_and_is_remembered(chromium: Any, report: Path) -> None:
    reader = _Reader(chromium, report)
    page = reader.page
    assert page.locator("h1").inner_text() == "检索质量：样例集"
    page.get_by_role("button", name="English").click()
    assert page.locator("h1").inner_text() == "Retrieval quality: sample set"
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.title() == "Retrieval quality: sample set"
    assert page.locator(".wide svg title").first.text_content() == "Recall by depth"
    assert "召回率" not in page.locator("main").inner_text()
    assert page.get_by_role("button", name="English").get_attribute("aria-pressed") == "true"
    page.reload()
    assert page.locator("h1").inner_text() == "Retrieval quality: sample set"
    assert reader.fits()
    reader.close()


@pytest.mark.parametrize(
    ("written", "follow", "locale", "shown"),
    [
        ("en", True, "zh-CN", "检索质量：样例集"),
        ("en", True, "zh-TW", "检索质量：样例集"),
        ("zh", True, "en-GB", "Retrieval quality: sample set"),
        ("en", True, "fr-FR", "Retrieval quality: sample set"),  # neither of the two: as it was written
        ("en", False, "zh-CN", "Retrieval quality: sample set"),  # its writer chose
    ],
)
def test_a_report_whose_writer_chose_no_language_opens_in_that_of_the_browser(
    chromium: Any, tmp_path: Path, written: str, follow: bool, locale: str, shown: str
) -> None:
    path = tmp_path / "report.html"
    path.write_text(render(PAGES["sample_page"](), language=written, follow=follow), encoding="utf-8")
    reader = _Reader(chromium, path, locale=locale)
    assert reader.page.locator("h1").inner_text() == shown
    other = "English" if shown.startswith("检") else "中文"
    reader.page.get_by_role("button", name=other).click()
    reader.page.reload()
    assert reader.page.locator("h1").inner_text() != shown, "what the reader chose goes before all"
    reader.close()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_picture_of_the_documentation_is_that_of_the_report(
    chromium: Any, report: Path, picture: Any, language: str
) -> None:
    reader = _Reader(chromium, report, viewport=SHEET)
    if language == "en":
        reader.page.get_by_role("button", name="English").click()
    picture(reader.page, "report", language)
    reader.close()


def test_the_theme_follows_the_system_until_the_reader_chooses(chromium: Any, report: Path) -> None:
    reader = _Reader(chromium, report, color_scheme="dark")
    dark = reader.background()
    reader.page.get_by_role("button", name="浅色").click()
    light = reader.background()
    assert light != dark
    reader.page.reload()
    assert reader.background() == light
    reader.page.get_by_role("button", name="深色").click()
    assert reader.background() == dark
    reader.page.emulate_media(media="print")
    assert reader.background() == light  # paper is white, whatever the screen was
    reader.close()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_phone_shows_everything_without_scrolling_sideways(chromium: Any, report: Path, language: str) -> None:
    reader = _Reader(chromium, report, viewport=PHONE, device_scale_factor=2)
    if language == "en":
        reader.page.get_by_role("button", name="English").click()
    for summary in reader.page.locator("summary").all():
        summary.click()
    assert reader.fits()
    assert len(reader.charts()) == 7
    small = reader.page.evaluate(
        """[...document.querySelectorAll('body *')].filter(e => e.checkVisibility()
             && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())
             && !['TITLE', 'DESC', 'STYLE', 'SCRIPT'].includes(e.tagName.toUpperCase()))
           .map(e => { const box = e.ownerSVGElement;
             const scale = box ? box.getBoundingClientRect().width / box.viewBox.baseVal.width : 1;
             return [parseFloat(getComputedStyle(e).fontSize) * scale, e.textContent] })
           .filter(([size]) => size < 14.99)"""
    )
    assert small == []
    outside = reader.page.evaluate(
        """[...document.querySelectorAll('svg[role=img] text')].filter(e => e.checkVisibility()).filter(e => {
             const text = e.getBoundingClientRect(), box = e.ownerSVGElement.getBoundingClientRect();
             return text.left < box.left - 1 || text.right > box.right + 1 || text.bottom > box.bottom + 1 })
           .map(e => e.textContent)"""
    )
    assert outside == []
    reader.close()


def test_without_scripts_the_page_reads_in_its_first_language(chromium: Any, report: Path) -> None:
    reader = _Reader(chromium, report, java_script_enabled=False)
    assert reader.page.locator("h1").inner_text() == "检索质量：样例集"
    assert not reader.page.locator(".switches").is_visible()
    reader.page.locator("details.case summary").first.click()
    assert reader.page.locator("details.case dd").first.is_visible()
    reader.close()


def test_the_keyboard_reaches_the_content_and_the_cases(chromium: Any, report: Path) -> None:
    reader = _Reader(chromium, report)
    reader.page.keyboard.press("Tab")
    assert reader.page.evaluate("document.activeElement.className") == "skip"
    reader.page.keyboard.press("Enter")
    assert reader.page.evaluate("document.activeElement.id") == "content"
    first = reader.page.locator("details.case summary").first
    first.focus()
    reader.page.keyboard.press("Enter")
    assert reader.page.locator("details.case dd").first.is_visible()
    reader.close()


def test_hostile_text_runs_nothing(chromium: Any, tmp_path: Path) -> None:
    path = tmp_path / "evil.html"
    path.write_text(render(PAGES["evil_page"]()), encoding="utf-8")
    reader = _Reader(chromium, path, viewport=PHONE)
    asked: list[str] = []
    reader.page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    reader.page.get_by_role("button", name="English").click()  # the script writes titles anew: as text
    for summary in reader.page.locator("summary").all():
        summary.click()
    assert asked == []
    assert reader.page.locator("img").count() == 0
    assert reader.fits()
    reader.close()
