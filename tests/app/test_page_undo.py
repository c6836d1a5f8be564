"""A deletion is said, and the way back stands where the reader is."""

from __future__ import annotations

from typing import Any

import pytest

BOTTOM = 3  # the number of the container at the foot of the window, streamlit.proto.RootContainer


@pytest.fixture
def shelf(page: Any, scripted: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    import app.ask_page
    from app.library_page import library_page

    scripted()
    monkeypatch.setattr(app.ask_page, "ask_page", library_page)
    return page


def deleted(shelf: Any, language: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The page after its only document was deleted."""
    monkeypatch.setenv("SHUJIA_LANGUAGE", language)
    shown = shelf().run()
    (button,) = [each for each in shown.button if each.key.startswith("delete-") and each.key != "delete-collection"]
    button.click().run()
    shown.button(key="confirm").click().run()
    assert not shown.exception
    return shown


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [("zh", "# 数据 *政策*\n\n保留三年。\n", "已删除"), ("en", "# A *policy*\n\nThree years.\n", "is deleted")],
)
def test_the_deleted_document_is_named_once_and_the_way_back_stands_at_the_foot_of_the_window(
    shelf: Any, fill: Any, monkeypatch: pytest.MonkeyPatch, language: str, text: str, said: str
) -> None:
    fill({"a.md": text})
    shown = deleted(shelf, language, monkeypatch)
    (toast,) = shown.toast
    title = text.splitlines()[0].removeprefix("# ")
    assert title in toast.value.replace("\\", "")
    assert said in toast.value
    assert "undo" in [each.key for each in shown._tree.children[BOTTOM] if each.type == "button"]
    shown.run()
    assert not shown.toast
    assert shown.button(key="undo")


def test_what_cannot_be_undone_is_said_to_be_deleted_too(
    shelf: Any, fill: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import app.library_undo

    monkeypatch.setattr(app.library_undo, "MOST", 0)
    fill({"政策.md": "# 数据政策\n\n保留三年。\n"})
    shown = deleted(shelf, "zh", monkeypatch)
    assert "《数据政策》已删除" in shown.toast[0].value
    assert not [button for button in shown.button if button.key == "undo"]
