"""A Shujia library in LangChain: a retriever, a chain, and a tool for agents.

    shujia --library /tmp/shelf ingest examples/library
    python examples/langchain_search.py /tmp/shelf "最近一次恢复演练总共用了多长时间？"

Runs with the embedder alone; no chat model is needed. The agent is in langgraph_agent.py.
"""

from __future__ import annotations

import sys

from langchain_core.documents import Document
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnablePassthrough

from app.langchain_adapter import ShujiaRetriever, search_tool


def place(document: Document) -> str:
    """Where a passage stands, as a reader looks it up."""
    found = document.metadata
    page = f", p. {found['page']}" if found["page"] else ""
    return f"{found['title']}{page}, characters {found['start']}-{found['end']}"


def numbered(documents: list[Document]) -> str:
    """The passages as a prompt shows them."""
    return "\n".join(f"[{number}] {each.page_content}" for number, each in enumerate(documents, 1))


def main(folder: str, question: str) -> None:
    """Search, build a prompt in a chain, and call the tool as an agent would."""
    retriever = ShujiaRetriever.open(folder, k=3)
    try:
        print("# the retriever")
        for document in retriever.invoke(question):
            print(f"{document.metadata['score']:.3f}  {place(document)}")

        print("\n# a chain: everything up to the chat model of your choice")
        prompt = ChatPromptTemplate.from_template("Answer from the passages.\n{passages}\n\nQuestion: {question}")
        chain = {"passages": retriever | numbered, "question": RunnablePassthrough()} | prompt
        print(chain.invoke(question).to_string()[:400])

        print("\n# the tool")
        print(search_tool(retriever).invoke({"query": question})[:400])
    finally:
        retriever.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
