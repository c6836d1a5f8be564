"""What the MCP tools say themselves, in the reader's language: Accept-Language, the setting, the question."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.server.mcpserver.exceptions import ToolError

from app.api.house import House
from app.api.rights import LOCAL
from app.mcp_server import _Tools

NOWHERE = "没有的"
CHINESE, ENGLISH = "付款期限是几天？", "Who waits for the pilot?"


@pytest.fixture
def tools(echo: Any, filled: Path, tmp_path: Path) -> Iterator[Callable[..., _Tools]]:
    """The tools of a library with this setting, asked with this Accept-Language."""
    from app.settings import Settings
    from app.wiring import Library

    folder, opened = tmp_path / "library", []
    shutil.copytree(filled, folder)

    def made(language: str, accepted: str = "") -> _Tools:
        library = Library(Settings(library=folder, workers=1, language=language, rewrite_translate="off"))
        opened.append((House(library, loopback=True), library))
        return _Tools(opened[-1][0], lambda: LOCAL, lambda: accepted)

    yield made
    for house, library in opened:
        house.close()
        library.close()


def refused(tools: _Tools, question: str) -> str:
    with pytest.raises(ToolError) as told:
        asyncio.run(tools.search(question, NOWHERE))
    return str(told.value)


@pytest.mark.parametrize(
    ("setting", "accepted", "question", "chinese"),
    [
        ("auto", "", CHINESE, True),  # the question's
        ("auto", "*", ENGLISH, False),  # what programs send says nothing
        ("zh", "", ENGLISH, True),  # the setting, as on the command line
        ("en", "", CHINESE, False),
        ("en", "zh-CN,zh;q=0.9", ENGLISH, True),  # who asks over HTTP says it best
        ("zh", "en-GB", CHINESE, False),
    ],
)
def test_an_error_is_told_in_the_readers_language(tools, setting, accepted, question, chinese) -> None:
    told = refused(tools(setting, accepted), question)
    assert ("文档集" in told) == chinese
    assert ("there is no collection" in told) != chinese
    assert NOWHERE in told


def test_a_tool_without_a_question_has_the_systems_language(tools, monkeypatch) -> None:
    gone = "0" * 64
    for system, words in (("zh_CN.UTF-8", "没有（或不再有）这份文档"), ("en_GB.UTF-8", "there is no such document")):
        monkeypatch.setenv("LC_ALL", system)
        with pytest.raises(ToolError, match=words):
            asyncio.run(tools("auto").open_passage(gone, 0, 1))


def test_an_empty_question_is_refused_in_chinese_too(tools) -> None:
    with pytest.raises(ToolError, match="问题是空的"):
        asyncio.run(tools("zh").search("？？"))


def test_the_verdicts_below_an_answer_have_its_language(tools) -> None:
    class Silent:
        async def report_progress(self, *_: object, **__: object) -> None:
            return None

    asked = asyncio.run(tools("en").ask("甲方应当在多少天内付款？", Silent(), extractive=True))
    assert "✓ 已核实" in asked.content[0].text


def test_over_http_the_requests_accept_language_decides(server) -> None:
    import httpx2
    from mcp.client.streamable_http import streamable_http_client

    async def told(accepted: str) -> str:
        http = httpx2.AsyncClient(headers={"Accept-Language": accepted}, trust_env=False)
        async with http, Client(streamable_http_client(f"{server.url}/mcp", http_client=http)) as client:
            wrong = await client.call_tool("search", {"question": CHINESE, "collection": NOWHERE})
            assert wrong.is_error
            return str(wrong.content[0].text)

    async def both() -> tuple[str, str]:
        return await told("en-GB,en"), await told("zh-TW")

    english, chinese = anyio.run(both)
    assert "there is no collection" in english
    assert "文档集" in chinese
