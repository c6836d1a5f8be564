"""Thumbs, reasons, comments and corrected sources on the page, as a reader gives them."""

from __future__ import annotations

import re

import pytest

DRILL = "# 部署手册\n\n## 恢复演练\n\n每个季度做一次恢复演练。最近一次演练总共用了 38 分钟。\n"
BACKUP = "# Operations\n\n## Backup\n\nThe automatic backup runs at 2:30 in the morning. It keeps 14 copies.\n"
QUESTION = "最近一次恢复演练用了多长时间？"
ANSWER = "最近一次演练总共用了 38 分钟。[1]"


def html(page) -> str:
    return "\n".join(element.proto.body for element in page.get("html") if "<style>" not in element.proto.body)


def kept():
    """All feedback of the page's library."""
    from app.settings import load
    from app.wiring import Library

    with Library(load()) as library:
        return library.feedback().items()


@pytest.fixture
def answered(page, scripted, fill):
    """The page with one answer on it."""
    scripted(ANSWER, "每个季度做一次恢复演练。[1]")
    fill({"手册.md": DRILL, "operations.md": BACKUP})
    shown = page().run()
    shown.chat_input[0].set_value(QUESTION).run()
    assert not shown.exception
    return shown


def reasons(page):
    """The field that asks why; its key names the answer."""
    return next(radio for radio in page.radio if radio.key.startswith("reason-"))


def click(page, key: str):
    page.button(key=key).click().run()
    assert not page.exception
    return page


def test_a_thumb_up_is_kept_with_the_answer_and_what_was_retrieved(answered):
    shown = click(answered, "thumb-up-1")
    assert "已记下。" in html(shown)
    (item,) = kept()
    assert (item.rating, item.reason, item.state) == ("up", "", "open")
    assert (item.question, item.model, item.abstained) == (QUESTION, "scripted", False)
    assert "38 分钟" in item.answer
    assert item.citations[0].quote == "最近一次演练总共用了 38 分钟。"
    assert item.citations[0].verdict == "supported"
    assert {stage for place in item.retrieved for stage in place.ranks} >= {"fused"}
    assert item.configuration["embedder"] == "hash-64"
    assert item.sequence > 0


def test_the_other_thumb_changes_the_word_and_adds_none(answered):
    shown = click(click(answered, "thumb-up-1"), "thumb-down-1")
    assert [item.rating for item in kept()] == ["down"]
    shown = click(shown, "thumb-up-1")
    assert [item.rating for item in kept()] == ["up"]


def test_the_same_thumb_again_takes_the_word_back(answered):
    shown = click(click(answered, "thumb-up-1"), "thumb-up-1")
    assert kept() == ()
    assert "已撤回。" in html(shown)


def test_a_thumb_down_asks_why_and_keeps_reason_and_comment(answered):
    shown = click(answered, "thumb-down-1")
    assert [item.rating for item in kept()] == ["down"], "the thumb alone is kept at once"
    reasons(shown).set_value("wrong")
    shown.text_area[0].set_value("应当是 52 分钟，见附录。")
    shown = click(shown, "save-1")
    (item,) = kept()
    assert (item.rating, item.reason, item.comment) == ("down", "wrong", "应当是 52 分钟，见附录。")
    shown = click(shown, "thumb-up-1")
    (item,) = kept()
    assert (item.rating, item.reason, item.comment) == ("up", "", ""), "a reason for a thumb down goes with it"
    assert not shown.text_area


@pytest.mark.parametrize(
    ("language", "said", "change"),
    [("zh", "原因已记下。", "修改原因"), ("en", "Your reason is kept.", "Change the reason")],
)
def test_the_form_is_closed_once_the_reason_is_kept_and_opens_again_to_change_it(
    page, scripted, fill, language, said, change
):
    scripted(ANSWER)
    fill({"手册.md": DRILL})
    fresh = page()
    fresh.query_params["lang"] = language
    shown = fresh.run()
    shown.chat_input[0].set_value(QUESTION).run()
    shown = click(shown, "thumb-down-1")
    reasons(shown).set_value("wrong")
    shown.text_area[0].set_value("应当是 52 分钟。")
    shown = click(shown, "save-1")
    assert not shown.text_area
    assert said in html(shown)
    assert shown.button(key="say-1").label == change
    shown = click(shown, "say-1")
    assert (reasons(shown).value, shown.text_area[0].value) == ("wrong", "应当是 52 分钟。")
    reasons(shown).set_value("citation")
    shown = click(shown, "save-1")
    assert [item.reason for item in kept()] == ["citation"]
    assert not shown.text_area


def test_a_reason_that_could_not_be_kept_stays_in_its_form(answered):
    from app.settings import load
    from app.wiring import Library

    shown = click(answered, "thumb-down-1")
    with Library(load()) as library:
        library.delete_document("手册.md")
    shown.text_area[0].set_value("应当是 52 分钟。")
    shown = click(shown, "save-1")
    assert "已移出文档集" in html(shown)
    assert shown.text_area[0].value == "应当是 52 分钟。"


def test_another_source_is_named_as_the_right_one_and_the_choice_is_taken_back(answered):
    shown = click(answered, "thumb-down-1")
    shown.button(key="open-1-1").click().run()
    shown = click(shown, "right-1-1")
    (item,) = kept()
    assert item.corrected.quote == item.corrected.quote.strip() != ""
    assert "38 分钟" in item.corrected.quote
    assert "已标为正确的出处" in [button.label for button in shown.button]
    click(shown, "right-1-1")
    (item,) = kept()
    assert item.corrected is None


def test_naming_the_right_source_says_that_the_answer_was_not_good(page, scripted, fill):
    scripted("资料中没有说明这一点。")
    fill({"手册.md": DRILL})
    shown = page().run()
    shown.chat_input[0].set_value("公司有多少员工？").run()
    shown.button(key="open-1-1").click().run()
    click(shown, "right-1-1")
    (item,) = kept()
    assert (item.rating, item.reason, item.abstained) == ("down", "missed", True)


def test_an_answer_given_anew_has_a_word_of_its_own(answered):
    shown = click(answered, "thumb-down-1")
    shown.chat_input[0].set_value("多久做一次恢复演练？").run()
    shown = click(shown, "thumb-up-2")
    assert sorted(item.rating for item in kept()) == ["down", "up"]
    assert len({item.id for item in kept()}) == 2


def test_a_word_about_a_document_that_was_deleted_meanwhile_is_not_kept_and_says_so(answered):
    from app.settings import load
    from app.wiring import Library

    with Library(load()) as library:
        library.delete_document("手册.md")
    shown = click(answered, "thumb-up-1")
    assert "已移出文档集" in html(shown)
    assert kept() == ()


def test_the_english_page_says_it_in_english(page, scripted, fill):
    scripted("The automatic backup runs at 2:30 in the morning. [1]")
    fill({"operations.md": BACKUP})
    fresh = page()
    fresh.query_params["lang"] = "en"
    shown = fresh.run()
    shown.chat_input[0].set_value("When does the automatic backup run?").run()
    shown = click(shown, "thumb-down-1")
    assert "Noted." in html(shown)
    assert "The documents say it, it was not found" in reasons(shown).options
    assert not re.search("[\u4e00-\u9fff]", " ".join([*reasons(shown).options, shown.text_area[0].label]))


def test_hostile_words_in_a_comment_are_kept_as_text(answered):
    shown = click(answered, "thumb-down-1")
    shown.text_area[0].set_value("<script>alert(1)</script> ![x](http://evil.example/a.png)")
    shown = click(shown, "save-1")
    assert kept()[0].comment.startswith("<script>")
    assert "<script>" not in html(shown)
