"""Clients as people use them: openai, LangChain, an MCP client over standard input and output and over HTTP."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import anyio
import openai
import pytest
from mcp import Client, StdioServerParameters

ROOT = Path(__file__).resolve().parents[3]
QUESTION = "甲方应当在多少天内付款？"


def test_the_openai_client_streams_an_answer_and_reads_its_citations(server) -> None:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0) as client:
        assert "default" in [model.id for model in client.models.list()]
        asked: Any = {"model": "shujia", "messages": [{"role": "user", "content": QUESTION}]}
        text, ours = "", None
        for chunk in client.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True}):
            text += chunk.choices[0].delta.content or "" if chunk.choices else ""
            ours = (chunk.model_extra or {}).get("shujia") or ours
            usage = chunk.usage
        assert text.startswith("甲方应当在三十日内付款 [1]。")
        assert ours["citations"][0]["quote"] == "甲方应当在三十日内付款。"
        assert usage.completion_tokens == 16
        whole = client.chat.completions.create(**asked, extra_body={"shujia": {"answer": "extractive"}})
        assert whole.model_extra["shujia"]["citations"]
        with_names = client.chat.completions.create(**asked, stream=True, extra_body={"shujia": {"events": True}})
        assert "".join(chunk.choices[0].delta.content or "" for chunk in with_names) == text
        with pytest.raises(openai.NotFoundError, match="没有"):
            client.chat.completions.create(**{**asked, "model": "没有"})


def test_langchain_streams_an_answer_and_reads_its_citations_by_its_id(server) -> None:
    from langchain_openai import ChatOpenAI

    options = {"base_url": f"{server.url}/v1", "api_key": "none", "max_retries": 0}
    chat = ChatOpenAI(model="default", include_response_headers=True, **options)
    pieces = list(chat.stream([("user", QUESTION)]))
    whole = pieces[0]
    for piece in pieces[1:]:
        whole += piece
    assert whole.text.startswith("甲方应当在三十日内付款 [1]。")
    answer = server.client.get(f"/v1/answers/{whole.response_metadata['headers']['x-shujia-answer']}").json()
    assert answer["citations"][0]["title"] == "合同"
    assert chat.invoke(QUESTION).content == "甲方应当在三十日内付款。[1]"


async def _session(target: Any) -> None:
    told: list[str] = []

    async def progress(_done: float, _total: float | None, message: str | None) -> None:
        told.append(message or "")

    async with Client(target) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == {"search", "ask", "open_passage", "list_documents"}
        assert all(tool.annotations and tool.annotations.read_only_hint for tool in tools.values())
        listed = (await client.call_tool("list_documents", {})).structured_content
        assert listed["total"] == 2
        found = (await client.call_tool("search", {"question": "付款", "k": 1})).structured_content["hits"][0]
        place = {name: found[name] for name in ("document", "start", "end")}
        opened = (await client.call_tool("open_passage", place)).structured_content
        assert "乙方应当按时交货。" in opened["text"]
        asked = {"question": QUESTION, "extractive": True}
        answer = await client.call_tool("ask", asked, progress_callback=progress)
        assert answer.structured_content["citations"][0]["verdict"] == "supported"
        assert "三十日" in answer.content[0].text
        wrong = await client.call_tool("search", {"question": "付款", "collection": "没有"})
        assert wrong.is_error
        assert "没有" in wrong.content[0].text
    assert "三十日" in "".join(told)


def test_an_mcp_client_over_http_streams_and_cites(server) -> None:
    anyio.run(_session, f"{server.url}/mcp")


def test_an_mcp_client_over_standard_input_and_output_streams_and_cites(filled, tmp_path) -> None:
    """The real command, with the fake embedder put in place by a line before it."""
    script = (
        "import sys; from models.fakes import HashEmbedder; from app.wiring import Library; "
        "Library.embedder = HashEmbedder(); from app.cli import main; "
        f"sys.argv = ['shujia', 'mcp', '--library', {str(filled)!r}]; main()"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT), "SHUJIA_MODEL": "extractive"}
    anyio.run(_session, StdioServerParameters(command=sys.executable, args=["-c", script], env=env, cwd=tmp_path))


def test_mcp_over_http_needs_the_same_keys_and_sees_the_same(server) -> None:
    import httpx2
    from mcp.client.streamable_http import streamable_http_client

    key = server.house.keys.add("reader", "read", ["密"])[1]
    assert server.client.post("/mcp", json={}).status_code == 401

    async def ask() -> None:
        http = httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"}, trust_env=False)
        async with http, Client(streamable_http_client(f"{server.url}/mcp", http_client=http)) as client:
            allowed = await client.call_tool("search", {"question": "密码", "collection": "密"})
            assert allowed.structured_content["hits"]
            for tool in ("search", "ask"):
                denied = await client.call_tool(tool, {"question": "付款", "collection": "default"})
                assert denied.is_error
                assert "三十日" not in str(denied)

    anyio.run(ask)
