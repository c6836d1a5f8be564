"""The address keeps the chosen collection, and opens none that its reader may not read."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from app.settings import load
from app.wiring import Library
from store.jobs import Job, Jobs
from store.people import People
from store.people_rights import Rights
from store.sessions import Sessions

NAME = "法务·合約 & Ünï=b#%+? ‖ 📚"
POLICY = "# 数据政策\n\n审计日志保留三年。\n"


@pytest.fixture(params=["ask", "library", "why", "quality"])
def opened(request: pytest.FixtureRequest, page: Any, scripted: Any, fill: Any, monkeypatch: Any) -> Any:
    """Any of the pages that are about a collection, on a library of two."""
    import app.ask_page
    from app.library_page import library_page
    from app.quality_page import quality_page
    from app.why_page import why_page

    scripted()
    fill({"a.md": "# 其他\n\n别的。\n"})
    fill({"b.md": POLICY}, NAME)
    shown = {"library": library_page, "why": why_page, "quality": quality_page}.get(request.param)
    if shown is not None:
        monkeypatch.setattr(app.ask_page, "ask_page", shown)
    return page


def chosen(shown: Any) -> str:
    assert not shown.exception
    return str(shown.sidebar.selectbox(key="collection_field").value)


def test_a_choice_is_in_the_address_and_outlives_a_reload_on_every_page(opened: Any) -> None:
    shown = opened().run()
    assert "collection" not in shown.query_params  # nothing was chosen yet
    shown.sidebar.selectbox(key="collection_field").set_value(NAME).run()
    assert shown.query_params["collection"] == NAME
    again = opened()
    again.query_params["collection"] = shown.query_params["collection"]
    again.run()
    assert chosen(again) == NAME
    assert again.query_params["collection"] == NAME
    again.sidebar.selectbox(key="collection_field").set_value("default").run()
    assert chosen(again) == "default"
    assert again.query_params["collection"] == "default"
    del again.query_params["collection"]  # as the browser's way back does: named again, it would be a trap
    again.run()
    assert chosen(again) == "default"
    assert "collection" not in again.query_params
    again.session_state["page_in_address"] = "another"  # as the way from another page does
    again.run()
    assert again.query_params["collection"] == "default"
    again.query_params["collection"] = NAME  # as the browser's way back does
    assert chosen(again.run()) == NAME


@pytest.mark.parametrize("wanted", ["密件", "没有这个", ""])
def test_a_collection_that_may_not_be_read_is_let_go_like_one_that_is_not_there(
    page: Any, fill: Any, scripted: Any, monkeypatch: Any, wanted: str
) -> None:
    from app.library_page import library_page

    scripted()
    monkeypatch.setattr("app.ask_page.ask_page", library_page)
    for name in ("公开", "也公开", "密件"):
        fill({f"{name}.md": f"# {name}\n\n内容。\n"}, name)
    monkeypatch.setenv("SHUJIA_LOGIN", "password")
    with Library(load()) as library:
        engine = library.catalogue.engine
        People(engine).add("root", admin=True)
        secret = Sessions(engine, 1).begin(People(engine).add("reader").id)
        for name in ("公开", "也公开"):
            Rights(engine).grant("person", "reader", name, "owner")
        Jobs(engine).add([Job("密件", "新.md", 3, 0, content="0" * 64)])
    monkeypatch.setattr("app.page_login.cookie", lambda: secret)
    shown = page()
    shown.query_params["collection"] = wanted
    shown.run()
    assert chosen(shown) in ("公开", "也公开")
    assert "collection" not in shown.query_params
    assert "密件" not in str(shown)


def test_a_collection_that_is_being_made_of_its_first_files_is_kept(
    page: Any, fill: Any, scripted: Any, monkeypatch: Any
) -> None:
    from app.library_page import library_page

    scripted()
    monkeypatch.setattr("app.ask_page.ask_page", library_page)
    idle = SimpleNamespace(wake=lambda: None, ingestion=SimpleNamespace(progress={}))
    monkeypatch.setattr("app.page_ingest.page_worker", lambda room: idle)
    fill({"a.md": POLICY})
    with Library(load()) as library:
        Jobs(library.catalogue.engine).add([Job("新的", "upload/新.md", 3, 0, content="0" * 64)])
    shown = page()
    shown.query_params["collection"] = "新的"
    shown.run()
    assert not shown.exception
    assert shown.query_params["collection"] == "新的"
    assert shown.session_state["collection"] == "新的"
