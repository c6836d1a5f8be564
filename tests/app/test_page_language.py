"""The language a reader has chosen is remembered by the browser, beyond the window and on the form at the door."""

from __future__ import annotations

import pytest

from app.page_gate import SignIn
from app.words import LANGUAGE_COOKIE


@pytest.fixture
def remembered(monkeypatch):
    """What the browser sends as its cookies."""
    from streamlit.runtime.context import ContextProxy

    cookies: dict[str, str] = {}
    monkeypatch.setattr(ContextProxy, "cookies", cookies)
    return cookies


def html(page) -> str:
    return "\n".join(element.proto.body for element in page.get("html") if "<style>" not in element.proto.body)


def test_a_choice_is_written_once_into_the_browser_and_nothing_else_is(page, scripted) -> None:
    scripted()
    shown = page().run()
    assert "<script>" not in html(shown)
    shown.get("button_group")[0].set_value("en").run()
    assert html(shown).count("<script>") == 1
    assert f'document.cookie = "{LANGUAGE_COOKIE}=en;path=/;max-age=31536000;samesite=lax"' in html(shown)
    shown.run()
    assert "<script>" not in html(shown)


def test_the_next_window_speaks_the_remembered_language(page, scripted, remembered) -> None:
    scripted()
    remembered[LANGUAGE_COOKIE] = "en"  # the setting says zh
    shown = page().run()
    assert "The shelf is empty" in html(shown)
    shown.get("button_group")[0].set_value("zh").run()
    assert "书架还是空的" in html(shown)


def test_the_address_is_stronger_than_what_is_remembered(page, scripted, remembered) -> None:
    scripted()
    remembered[LANGUAGE_COOKIE] = "zh"
    fresh = page()
    fresh.query_params["lang"] = "en"
    assert "The shelf is empty" in html(fresh.run())


@pytest.mark.parametrize("written", ["fr", "", "zh;<script>", "en" * 5000])
def test_a_cookie_that_names_no_language_of_the_page_is_ignored(page, scripted, remembered, written) -> None:
    scripted()
    remembered[LANGUAGE_COOKIE] = written
    assert "书架还是空的" in html(page().run())


@pytest.mark.parametrize(("cookie", "setting", "spoken"), [("en", "zh", "en"), ("zh", "en", "zh"), ("fr", "zh", "zh")])
def test_the_form_at_the_door_speaks_it_too(cookie: str, setting: str, spoken: str) -> None:
    from starlette.requests import Request

    header = (b"cookie", f"{LANGUAGE_COOKIE}={cookie}".encode())
    request = Request({"type": "http", "method": "GET", "headers": [header]})
    assert SignIn(None, setting, behind_proxy=False)._spoken(request) == spoken  # type: ignore[arg-type]
