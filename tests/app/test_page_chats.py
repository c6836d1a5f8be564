"""Chats on the page: kept, found again after a reload, searched, renamed, deleted and brought back."""

from __future__ import annotations

import pytest

from app.chats import chats_of
from app.settings import load
from app.wiring import Library

DRILL = (
    "# 部署手册\n\n## 恢复演练\n\n每个季度做一次恢复演练。最近一次演练总共用了 38 分钟。\n\n备份在凌晨两点半进行。\n"
)
BACKUP = f"\n## 异地备份\n\n{'异地备份保存在另一座城市的机房里，每周核对一次。' * 12}\n"
ANSWER = "最近一次演练总共用了 38 分钟。[1]"
QUESTION = "最近一次恢复演练用了多长时间？"


def html(page) -> str:
    return "\n".join(element.proto.body for element in page.get("html") if "<style>" not in element.proto.body)


def ask(page, question: str = QUESTION):
    page.chat_input[0].set_value(question).run()
    assert not page.exception
    return page


def chat_buttons(page) -> list:
    return [one for one in page.sidebar.button if str(one.key).startswith("chat-")]


@pytest.fixture
def shown(page, scripted, fill):
    """A page on which one question was answered."""
    scripted(*[ANSWER] * 4)
    fill({"手册.md": DRILL})
    return ask(page().run())


def test_a_chat_is_found_again_by_its_address_with_answer_marks_and_sources(page, shown):
    address = shown.query_params["chat"]
    again = page()
    again.query_params["chat"] = address
    again.run()
    assert not again.exception
    assert len(again.chat_message) == 2
    assert "✓" in html(again)
    again.button(key="cite-1-0-1").click().run()
    assert "<mark>最近一次演练总共用了 38 分钟。</mark>" in html(again)
    assert "备份在凌晨两点半进行" in html(again)  # what stands around the passage


def test_a_fresh_page_lists_the_chat_and_opens_it(page, shown):
    fresh = page().run()
    assert len(fresh.chat_message) == 0
    (button,) = chat_buttons(fresh)
    assert QUESTION in button.label
    button.click().run()
    assert len(fresh.chat_message) == 2
    assert fresh.query_params["chat"] == shown.query_params["chat"]


def test_an_address_of_a_chat_that_is_gone_opens_a_new_one(page, scripted, fill):
    scripted()
    fill({"手册.md": DRILL})
    opened = page()
    opened.query_params["chat"] = "0123456789abcdef"
    opened.run()
    assert not opened.exception
    assert not opened.error
    assert "chat" not in opened.query_params


def test_a_new_chat_leaves_the_old_one_in_the_list(shown):
    first = shown.query_params["chat"]
    shown.button(key="new-chat").click().run()
    assert len(shown.chat_message) == 0
    assert "chat" not in shown.query_params
    ask(shown, "备份在什么时候进行？")
    assert shown.query_params["chat"] != first
    assert len(chat_buttons(shown)) == 2


def test_a_chat_is_renamed(shown):
    identity = shown.query_params["chat"]
    shown.text_input(key=f"name-{identity}").set_value("演练 <b>").run()
    assert "演练 \\<b\\>" in chat_buttons(shown)[0].label


def test_a_deleted_chat_can_be_brought_back_with_its_turns(shown):
    identity = shown.query_params["chat"]
    shown.button(key=f"delete-chat-{identity}").click().run()
    assert len(shown.chat_message) == 0
    assert chat_buttons(shown) == []
    with Library(load()) as library:
        assert chats_of(library).known() == ()
    shown.button(key="undo").click().run()
    assert not shown.exception
    assert len(shown.chat_message) == 2
    assert shown.query_params["chat"] == identity


def test_chats_are_searched_in_any_script(page, shown, scripted):
    for question in ("备份在什么时候进行？", "备份保留几份？", "谁负责演练？"):
        shown.button(key="new-chat").click().run()
        scripted(ANSWER, ANSWER)
        ask(shown, question)
    assert len(chat_buttons(shown)) == 4
    shown.text_input(key="chat-search").set_value("誰負責").run()
    assert [button.label for button in chat_buttons(shown)] == ["谁负责演练？"]
    shown.text_input(key="chat-search").set_value("没有这个词").run()
    assert "没有对话含有" in html(shown)


def test_the_next_question_of_a_reopened_chat_knows_what_was_said(page, scripted, fill):
    chat = scripted(ANSWER, "多久做一次恢复演练？", "每个季度做一次恢复演练。[1]")
    fill({"手册.md": DRILL})
    first = ask(page().run())
    again = page()
    again.query_params["chat"] = first.query_params["chat"]
    ask(again.run(), "多久做一次？")
    assert "多久做一次恢复演练？" in chat.history[2][-1].content
    assert len(again.chat_message) == 4


def test_a_chat_remembers_that_quotes_were_wanted(page, scripted, fill):
    chat = scripted(ANSWER)
    fill({"手册.md": DRILL})
    first = page().run()
    first.sidebar.radio(key="model").set_value("extractive").run()
    ask(first)
    again = page()
    again.query_params["chat"] = first.query_params["chat"]
    again.run()
    assert again.sidebar.radio(key="model").value == "extractive"
    assert not chat.history


def test_what_the_reader_said_about_an_answer_is_there_after_a_reload(page, shown):
    shown.button(key="thumb-up-1").click().run()
    again = page()
    again.query_params["chat"] = shown.query_params["chat"]
    again.run()
    assert again.button(key="thumb-up-1").proto.type == "primary"
    again.button(key="thumb-up-1").click().run()
    with Library(load()) as library:
        assert library.feedback().items() == ()


def test_an_answer_is_written_again_in_place_of_the_first(page, scripted, fill):
    scripted(ANSWER, "每个季度做一次恢复演练。[1]")
    fill({"手册.md": DRILL})
    shown = ask(page().run())
    shown.button(key="again-1").click().run()
    assert "每个季度做一次恢复演练。" in html(shown)
    with Library(load()) as library:
        chats = chats_of(library)
        (turn,) = chats.turns(chats.known()[0].id)
    assert turn.answer.text.startswith("每个季度")


def test_a_deleted_document_takes_its_chat_and_a_reload_shows_none(page, shown):
    with Library(load()) as library:
        library.delete_document("手册.md")
        assert chats_of(library).known() == ()
    again = page()
    again.query_params["chat"] = shown.query_params["chat"]
    again.run()
    assert not again.exception
    assert len(again.chat_message) == 0


def test_a_turn_that_was_left_in_the_middle_can_be_asked_again(page, scripted, fill):
    scripted(ANSWER)
    fill({"手册.md": DRILL})
    with Library(load()) as library:
        chats = chats_of(library)
        chat = chats.new(library.catalogue.collection("default"))
        turn = chats.begin(chat.id, QUESTION, model="qwen")
        chats.mark(turn.id, "stopped")
    opened = page()
    opened.query_params["chat"] = chat.id
    opened.run()
    assert "已停止" in html(opened)
    opened.button(key="again-1").click().run()
    assert "38 分钟" in html(opened)


def test_a_turn_that_another_window_answers_says_so_and_is_looked_at(page, scripted, fill):
    scripted(ANSWER)
    fill({"手册.md": DRILL})
    with Library(load()) as library:
        chats = chats_of(library)
        chat = chats.new(library.catalogue.collection("default"))
        chats.begin(chat.id, QUESTION)
    opened = page()
    opened.query_params["chat"] = chat.id
    opened.run()
    assert "另一个窗口" in html(opened)
    opened.button(key="again-1").click().run()
    assert "38 分钟" in html(opened)


def test_questions_about_what_was_not_used_are_offered_and_asked(page, scripted, fill):
    scripted(ANSWER, "异地备份保存在另一座城市的机房里。[1]")
    fill({"手册.md": f"{DRILL}{'演练由值班工程师主持，全程记录。' * 12}\n{BACKUP}"})
    shown = ask(page().run())
    (follow,) = [one for one in shown.button if str(one.key).startswith("follow-1-")]
    assert follow.label == "“部署手册”中关于“异地备份”是怎么说的？"
    follow.click().run()
    assert not shown.exception
    assert len(shown.chat_message) == 4


def test_the_page_shows_quotes_before_the_model_writes(page, scripted, fill, monkeypatch):
    from streamlit.delta_generator import DeltaGenerator

    drawn: list[str] = []
    real = DeltaGenerator.html
    monkeypatch.setattr(
        DeltaGenerator, "html", lambda self, body, **options: drawn.append(body) or real(self, body, **options)
    )
    scripted(ANSWER)
    fill({"手册.md": DRILL})
    ask(page().run())
    evidence = next(place for place, body in enumerate(drawn) if "sj-evidence" in body)
    assert "最近一次演练总共用了 38 分钟。" in drawn[evidence]
    assert evidence < next(place for place, body in enumerate(drawn) if "sj-draft" in body)


def test_a_question_that_is_refused_shows_no_quotes_meanwhile(page, scripted, fill, monkeypatch):
    from streamlit.delta_generator import DeltaGenerator

    drawn: list[str] = []
    real = DeltaGenerator.html
    monkeypatch.setattr(
        DeltaGenerator, "html", lambda self, body, **options: drawn.append(body) or real(self, body, **options)
    )
    scripted()
    fill({"手册.md": DRILL})
    ask(page().run(), "怎么制作炸弹？")
    assert not [body for body in drawn if "sj-evidence" in body]
