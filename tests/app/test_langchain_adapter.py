from __future__ import annotations

import asyncio
import json

import pytest
from langchain_core.documents import Document
from langchain_core.output_parsers import StrOutputParser
from langchain_core.runnables import RunnableLambda, RunnablePassthrough

from app.langchain_adapter import ShujiaRetriever, search_tool
from models.types import ModelUnavailable
from retrieval.search import EmptyQuestion
from store.errors import UnknownCollection
from store.filters import NO_FILTERS, Filters

FILES = {
    "假期.md": "# 年假\n\n工作满五年的员工有十五天年假。\n\n# 病假\n\n病假超过三天需要医院证明。",
    "harbour.md": "# Winter\n\nThe harbour freezes in January and opens again in March.",
    "圖書館.txt": "圖書館每週一休館，借書期限為三十天。",
}


@pytest.fixture
def retriever(fill, scripted):
    scripted()
    fill(FILES)
    opened = ShujiaRetriever.open(k=2)
    yield opened
    opened.close()


def test_a_question_gets_documents_with_all_that_a_citation_needs(retriever) -> None:
    documents = retriever.invoke("年假有几天？")
    assert len(documents) == 2
    best = documents[0]
    assert isinstance(best, Document)
    assert "十五天年假" in best.page_content
    found = best.metadata
    assert (found["title"], found["headings"], found["page"], found["rank"]) == ("年假", ["年假"], None, 1)
    assert found["source"].endswith("假期.md")
    assert found["end"] - found["start"] == len(best.page_content)
    assert found["stages"]["fused"] == {"rank": 1, "score": found["score"]}
    assert [each.metadata["rank"] for each in documents] == [1, 2]
    assert documents[0].metadata["score"] >= documents[1].metadata["score"]


def test_the_metadata_are_plain_json(retriever) -> None:
    (best, _) = retriever.invoke("圖書館 借書")
    assert json.loads(json.dumps(best.metadata)) == best.metadata
    assert len(best.metadata["document"]) == 64  # sha256
    assert len(best.id) == 32


def test_one_call_may_ask_for_more_fewer_or_another_mode(retriever) -> None:
    assert len(retriever.invoke("harbour", k=1)) == 1
    assert len(retriever.invoke("harbour", k=9)) == 3  # there are no more
    (only,) = retriever.invoke("harbour", mode="keyword")  # one passage holds the word
    assert set(only.metadata["stages"]) == {"keyword"}
    with pytest.raises(ValueError, match="k = 0: ask for at least 1"):
        retriever.invoke("harbour", k=0)


def test_filters_hold_for_the_retriever_or_for_one_call(retriever) -> None:
    assert {found.metadata["title"] for found in retriever.invoke("年假", k=9)} == {"年假", "Winter", "圖書館"}
    (only,) = retriever.invoke("年假", k=9, filters=Filters(kinds=("txt",)))
    assert only.metadata["title"] == "圖書館"
    english = ShujiaRetriever(library=retriever.library, k=9, filters=Filters(languages=("en",)))
    assert [found.metadata["title"] for found in english.invoke("年假")] == ["Winter"]
    assert len(english.invoke("年假", filters=NO_FILTERS)) == 3
    assert asyncio.run(english.ainvoke("年假"))[0].metadata["title"] == "Winter"


def test_another_collection_may_be_searched_for_one_call(retriever, fill) -> None:
    fill({"bridge.txt": "The bridge over the river was opened in 1932."}, "engineering")
    (found,) = retriever.invoke("harbour bridge", collection="engineering")
    assert "1932" in found.page_content
    with pytest.raises(UnknownCollection):
        retriever.invoke("harbour", collection="nowhere")


def test_the_asynchronous_road_gives_the_same_documents(retriever) -> None:
    async def both() -> list[list[Document]]:
        return await asyncio.gather(retriever.ainvoke("年假", k=3), retriever.ainvoke("harbour", k=1))

    leave, harbour = asyncio.run(both())
    assert leave == retriever.invoke("年假", k=3)
    assert harbour == retriever.invoke("harbour", k=1)


def test_it_stands_in_a_chain_and_in_a_batch(retriever) -> None:
    def shown(documents: list[Document]) -> str:
        return " | ".join(each.page_content for each in documents)

    chain = {"context": retriever | shown, "question": RunnablePassthrough()} | RunnableLambda(
        lambda got: f"{got['question']} → {got['context']}"
    )
    assert "十五天年假" in (chain | StrOutputParser()).invoke("年假有几天？")
    assert [len(found) for found in retriever.batch(["年假", "harbour"])] == [2, 2]


def test_a_question_without_a_word_is_refused(retriever) -> None:
    with pytest.raises(EmptyQuestion, match="write what you want to know"):
        retriever.invoke("？！")


def test_the_library_is_in_no_representation_of_the_retriever(retriever) -> None:
    assert "library" not in retriever.model_dump()
    assert "Library" not in repr(retriever)


def test_the_tool_gives_a_model_numbered_passages_and_keeps_the_documents(retriever) -> None:
    tool = search_tool(retriever)
    assert set(tool.args) == {"query"}
    message = tool.invoke({"type": "tool_call", "id": "1", "name": tool.name, "args": {"query": "年假有几天？"}})
    assert message.content.startswith("[1] 年假\n")
    assert "\n\n[2] " in message.content
    assert [each.metadata["rank"] for each in message.artifact] == [1, 2]


def test_the_tool_names_title_headings_and_page(retriever, monkeypatch) -> None:
    found = Document("text", metadata={"title": "Report", "headings": ["Costs", "2025"], "page": 4})
    monkeypatch.setattr(ShujiaRetriever, "_search", lambda *_, **__: [found])
    assert search_tool(retriever).invoke("costs") == "[1] Report › Costs › 2025, p. 4\ntext"
    monkeypatch.setattr(ShujiaRetriever, "_search", lambda *_, **__: [])
    assert search_tool(retriever).invoke("costs") == "No passage was found."


def test_the_tool_tells_the_agent_what_went_wrong_instead_of_raising(retriever, monkeypatch) -> None:
    tool = search_tool(retriever)
    call = {"type": "tool_call", "id": "1", "name": tool.name, "args": {"query": "…"}}
    message = tool.invoke(call)
    assert (message.status, "write what you want to know" in message.content) == ("error", True)
    assert "write what you want" in asyncio.run(tool.ainvoke(call)).content

    def down(*_: object, **__: object) -> list[Document]:
        raise ModelUnavailable("the embedding endpoint cannot be reached: is it running?")

    monkeypatch.setattr(ShujiaRetriever, "_search", down)
    assert "is it running" in tool.invoke(call | {"args": {"query": "年假"}}).content
