"""Two people with different rights in a real browser, before a form that no stranger passes.

No weights: nothing is searched.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.fakes import HashEmbedder

PATIENCE = 120_000  # milliseconds, on a busy machine
GOOD = "correct horse 电池"


@pytest.fixture
def address(site, tmp_path: Path) -> Iterator[str]:
    """The page with a login, over a library of two collections, one of them shared."""
    from app.settings import Settings
    from app.wiring import Library
    from ingest.files import upload
    from store.people import People
    from store.people_rights import Rights

    with Library(Settings(library=tmp_path / "library", workers=1)) as library:
        library.__dict__["embedder"] = HashEmbedder()
        for name, text in (("合同集", "甲方应当付款。"), ("人事密件", "密码是大象。")):
            assert [each.status for each in library.ingest([upload("a.txt", text.encode())], name)] == ["ingested"]
        people = People(library.catalogue.engine)
        people.add("wang", password=GOOD, admin=True)
        people.add("li", password=GOOD)
        Rights(library.catalogue.engine).grant("person", "li", "合同集", "reader")
    with site(tmp_path, {"LOGIN": "password", "MODEL": "extractive", "LANGUAGE": "zh"}).served() as opened:
        yield opened


def test_two_people_see_what_is_theirs_and_a_stranger_sees_the_form(address: str, chromium) -> None:
    for name, sees, hidden in (("wang", "人事密件", ""), ("li", "合同集", "人事密件")):
        page = chromium.new_context().new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(f"{address}/library")
        assert page.url == f"{address}/sign-in?next=/library"
        page.fill("input[name=name]", name)
        page.fill("input[name=password]", GOOD)
        page.click("button")
        page.get_by_text(sees).first.wait_for()
        assert page.url == f"{address}/library"
        text = page.content()
        assert not hidden or hidden not in text
        assert (page.get_by_text("管理", exact=True).count() > 0) == (name == "wang")
        assert page.evaluate("document.cookie").find("shujia_session") == -1
        page.reload()  # the cookie is remembered
        page.get_by_text(sees).first.wait_for()
