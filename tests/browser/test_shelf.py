"""Documents that come and go: thirty files of many kinds with a broken one, a deletion undone, and the page in use
while five hundred files are read.

The models are an endpoint of this process that embeds by hashing, so no weights are needed; it stands still where a
test wants the reading to be in the middle.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

LIBRARY = Path(__file__).parents[2] / "examples" / "library"
PATIENCE = 240_000  # milliseconds, on a busy machine
FILES, MANY = 30, 500
QUESTION = "最近一次恢复演练总共用了多长时间？"
HANDBOOK = "每个季度做一次恢复演练。最近一次恢复演练总共用了 38 分钟。"
DRAWN = """() => document.querySelector("[data-testid=stApp]")?.dataset.testScriptState === "notRunning"
  && !document.querySelector('[data-stale="true"]')"""
STOP_AT = "第 250 份记录"

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def endpoint(speaking: Any) -> Iterator[Any]:
    with speaking(lambda: iter(("最近一次恢复演练总共", "用了 38 分钟。[1]"))) as opened:
        yield opened


@pytest.fixture(scope="module")
def address(site: Any, endpoint: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page on an empty library."""
    ours = site(tmp_path_factory.mktemp("shelf"), endpoint.settings | {"WORKERS": 1, "LANGUAGE": "zh"})
    with ours.served() as opened:
        yield opened


@pytest.fixture
def page(chromium: Any, address: str) -> Iterator[Any]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN", base_url=address)
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE)
    yield opened
    context.close()


def mixed() -> list[dict[str, Any]]:
    """Thirty files as a browser sends them: the fourteen samples, fifteen small ones of other kinds, a broken PDF."""
    kinds = {
        "笔记.md": "# 笔记\n\n巡检记录。", "notes.txt": "Plain notes.", "log.log": "2026-01-01 ok",
        "表.csv": "名,数\n甲,1\n", "表.tsv": "名\t数\n乙\t2\n", "code.py": "x = 1\n",
        "page.html": "<h1>页</h1><p>正文。</p>", "数据.json": '{"标题": "数据"}', "settings.yaml": "depth: 20\n",
        "settings.toml": "depth = 20\n", "文.rst": "题\n==\n\n正文。\n", "feed.xml": "<a><b>文</b></a>",
        "繁體.md": "# 備份\n\n異地備份。", "空格 名.txt": "文件名里有空格。",
    }  # fmt: skip
    small = {name: text.encode() for name, text in kinds.items()} | {"国标.txt": "用国标编码的通知。".encode("gb18030")}
    samples = {path.name: path.read_bytes() for path in sorted(LIBRARY.iterdir())}
    every = samples | small | {"坏.pdf": b"%PDF-1.7\nbroken"}
    assert len(every) == FILES, len(every)
    return [{"name": name, "mimeType": "application/octet-stream", "buffer": data} for name, data in every.items()]


def test_thirty_files_come_one_is_broken_and_a_deleted_one_is_brought_back(page: Any) -> None:
    page.goto("/library")
    page.locator("input[type=file]").first.set_input_files(mixed())
    page.get_by_role("button", name=f"放上书架 ({FILES})").click()
    page.get_by_text(f"{FILES - 1} 份文档").wait_for()
    page.get_by_text("1 个文件没有读成").click()
    failed = page.locator("[data-testid=stExpander] tr").filter(has_text="坏.pdf")
    assert "已损坏" in failed.first.inner_text()

    page.get_by_label("按标题或文件名筛选").fill("国标")
    page.keyboard.press("Enter")
    card = page.locator('[class*="st-key-card-"]').filter(has_text="upload/国标.txt")
    page.locator('[class*="st-key-card-"]').filter(has_text="笔记.md").wait_for(state="detached")
    card.get_by_role("button", name="删除").first.click()
    page.locator(".st-key-confirm button").click()
    card.wait_for(state="detached")
    page.locator(".st-key-undo button").click()
    card.wait_for()


def test_the_page_is_of_use_while_five_hundred_files_are_read(page: Any, endpoint: Any, tmp_path: Path) -> None:
    goes_on, reached = threading.Event(), threading.Event()

    def held(text: str) -> None:
        if STOP_AT in text:
            reached.set()
            goes_on.wait(PATIENCE / 1000)

    (tmp_path / "手册.md").write_text(HANDBOOK, encoding="utf-8")
    read(page, tmp_path)
    page.get_by_text("手册.md").last.wait_for()
    for number in range(MANY):
        (tmp_path / f"{number:03}.md").write_text(f"第 {number} 份记录：机房一切正常。", encoding="utf-8")
    endpoint.held = held
    try:
        read(page, tmp_path)
        assert reached.wait(PATIENCE / 1000), "the reading never came to the middle"
        page.goto("/")
        page.locator("[data-testid=stChatInputTextArea]").fill(QUESTION)
        page.keyboard.press("Enter")
        page.locator('[class*="st-key-cite-1-"] button').last.click()
        page.locator(".st-key-source-1 mark").first.wait_for()
        assert "38 分钟" in page.locator(".st-key-source-1 mark").last.inner_text()
        for name, shown in (("为什么没找到", "没有被找到"), ("质量", "测什么"), ("书架", "第 ")):
            page.get_by_role("link", name=name).click()
            page.get_by_text(shown).first.wait_for()
        before, total = progress(page)
        assert 0 < before < total
    finally:
        goes_on.set()
        endpoint.held = lambda text: None
    page.wait_for_function(
        "n => !(+(document.body.innerText.match(/第 (\\d+) \\/ \\d+ 个文件/) || [])[1] <= n)", arg=before
    )


def read(page: Any, folder: Path) -> None:
    """Name the folder in its field, and let it be read."""
    page.goto("/library")
    add = page.locator("[data-testid=stExpander]").filter(has_text="添加文档")
    add.wait_for()
    page.wait_for_function(DRAWN)
    if add.locator("details").get_attribute("open") is None:  # an empty shelf shows it unfolded
        add.locator("summary").click()
    page.locator(".st-key-folder input").fill(str(folder))
    page.keyboard.press("Enter")
    page.locator(".st-key-read button:not([disabled])").click()


def progress(page: Any) -> tuple[int, int]:
    """How many files of how many have been read, as the page says it."""
    line = page.get_by_text(re.compile(r"第 \d+ / \d+ 个文件")).first
    line.wait_for()
    found = re.search(r"第 (\d+) / (\d+) 个文件", line.inner_text())
    assert found
    return int(found[1]), int(found[2])
