"""The examples for LangChain users run as they are printed."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from app.langchain_adapter import ShujiaRetriever

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
DRILL = "最近一次恢复演练总共用了多长时间？"


def example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_search_example_shows_passages_a_prompt_and_the_tool(fill, scripted, library_folder, capsys) -> None:
    scripted()
    fill({"harbour.md": "# Winter\n\nThe harbour freezes in January.", "河.txt": "黄河在巴颜喀拉山发源。"})
    example("langchain_search").main(str(library_folder), "黄河在哪里发源？")
    shown = capsys.readouterr().out
    assert "河, characters 0-11" in shown
    assert "Human: Answer from the passages.\n[1] 黄河在巴颜喀拉山发源。" in shown
    assert "# the tool\n[1] 河\n黄河在巴颜喀拉山发源。" in shown


@pytest.mark.real
def test_the_search_example_finds_the_page_in_the_sample_library(library_folder, capsys) -> None:
    from app.settings import load
    from app.wiring import Library
    from ingest.files import discover
    from models.catalogue import DEFAULT_EMBEDDER
    from models.fetch import installed

    if not installed(DEFAULT_EMBEDDER):
        pytest.skip(f"the weights of {DEFAULT_EMBEDDER} are not here: shujia models pull {DEFAULT_EMBEDDER}")
    with Library(load()) as library:
        assert {one.status for one in library.ingest(discover([EXAMPLES / "library"]))} == {"ingested"}
    example("langchain_search").main(str(library_folder), DRILL)
    first = capsys.readouterr().out.splitlines()[1]
    assert "禾问部署手册, p. 2" in first  # the gold of question zh-02


class CallsTheTool(GenericFakeChatModel):
    """A chat model that says what it was handed, whatever tools it is given."""

    def bind_tools(self, tools: Any, **_: Any) -> CallsTheTool:
        assert [tool.name for tool in tools] == ["search_documents"]
        return self


def test_the_agent_example_searches_and_then_answers(fill, scripted) -> None:
    pytest.importorskip("langgraph", reason="langgraph is not installed: pip install 'shujia[agents]'")
    scripted()
    fill({"harbour.md": "# Winter\n\nThe harbour freezes in January.", "河.txt": "黄河在巴颜喀拉山发源。"})
    call = {"name": "search_documents", "args": {"query": "黄河在哪里发源？"}, "id": "1"}
    says = CallsTheTool(messages=iter([AIMessage("", tool_calls=[call]), AIMessage("黄河在巴颜喀拉山发源 [1]。")]))
    retriever = ShujiaRetriever.open(k=1)
    try:
        done = example("langgraph_agent").agent(says, retriever).invoke({"messages": [HumanMessage("黄河？")]})
    finally:
        retriever.close()
    (found,) = [message for message in done["messages"] if isinstance(message, ToolMessage)]
    assert found.content == "[1] 河\n黄河在巴颜喀拉山发源。"
    assert found.artifact[0].metadata["start"] == 0
    assert done["messages"][-1].content == "黄河在巴颜喀拉山发源 [1]。"
