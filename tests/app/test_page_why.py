"""Why a passage was not found, asked on the page."""

from __future__ import annotations

from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples" / "library"

LEAVE = "满五年的员工每年享有十天带薪年假。"
HANDBOOK = f"# 人事手册\n\n{LEAVE}\n"
OTHER = "# <b>Harbour</b>\n\nThe harbour freezes in winter.\n"


def html(page) -> str:
    """Everything that was sent to the browser as HTML, the style sheet left out."""
    return "\n".join(element.proto.body for element in page.get("html") if "<style>" not in element.proto.body)


@pytest.fixture
def why(page, scripted, monkeypatch):
    """The page shown as the first one: AppTest follows no links to pages that are functions."""
    import app.ask_page
    from app.why_page import why_page

    scripted()
    monkeypatch.setattr(app.ask_page, "ask_page", why_page)
    return page


def look(page, document: str, question: str = "", text: str = ""):
    if question:
        page.text_input(key="why_question").set_value(question)
    page.text_area(key="why_text").set_value(text)
    (box,) = [box for box in page.selectbox if box.key.startswith("why_document")]
    box.set_value(next(option for option in box.options if document in option))
    page.run()
    page.button(key="why_look").click().run()
    assert not page.exception
    return page


def test_an_empty_shelf_says_what_to_do_first(why) -> None:
    shown = why().run()
    assert not shown.exception
    assert "先放上文档" in html(shown)


def test_a_passage_in_the_context_is_said_to_be_there_with_its_place(why, fill) -> None:
    fill({"手册.md": HANDBOOK, "harbour.md": OTHER})
    shown = look(why().run(), "人事手册", "满五年的員工有几天年假？", "滿五年的員工每年享有十天")
    assert "检索没有丢：它在上下文里，第 1 段" in html(shown)
    assert "语义检索" in html(shown)
    assert "第 1 / 2 名" in html(shown)
    assert "问题中它有的词" in html(shown)


def test_words_that_are_not_in_the_document_are_told_with_the_nearest_as_text(why, fill) -> None:
    fill({"手册.md": HANDBOOK, "harbour.md": OTHER})
    fresh = why()
    fresh.query_params["lang"] = "en"
    shown = look(fresh.run(), "Harbour", "When does it freeze?", "<i>the harbour never sleeps at night</i>")
    assert "Not parsed: these words are not in the text of" in html(shown)
    assert "&lt;b&gt;Harbour" in html(shown)
    assert "<b>" not in html(shown)
    assert "What comes nearest" in html(shown)


def test_what_was_lost_is_told_with_what_would_have_saved_it(why, fill, monkeypatch) -> None:
    monkeypatch.setenv("SHUJIA_CONTEXT_TOKENS", "128")
    rooms = {f"{n}.md": f"# 会议室 {n}\n\n第{n}号会议室在{n}楼，可以容纳{3 * n}个人开会。\n" for n in range(1, 12)}
    fill({**rooms, "手册.md": HANDBOOK})
    shown = look(why().run(), "人事手册", "第3号会议室在几楼？")
    assert "这样就会在上下文里" in html(shown)
    assert "<li>" in html(shown)


@pytest.fixture
def answered(page, scripted, fill, monkeypatch):
    """*Why* after a question of the chat was answered."""
    import app.ask_page
    from app.why_page import why_page

    scripted("每年享有十天带薪年假。[1]")
    fill({"手册.md": HANDBOOK})
    shown = page().run()
    shown.chat_input[0].set_value("有几天年假？").run()
    monkeypatch.setattr(app.ask_page, "ask_page", why_page)
    shown.run()
    assert not shown.exception
    return shown


def test_the_last_question_of_the_chat_is_there_already(answered) -> None:
    assert answered.text_input(key="why_question").value == "有几天年假？"


def test_a_question_without_a_word_is_one_clear_line(why, fill) -> None:
    fill({"手册.md": HANDBOOK})
    shown = look(why().run(), "人事手册", "？？")
    assert len(shown.error) == 1


def test_a_passage_is_pointed_at_on_the_page_of_a_pdf(why, fill) -> None:
    from app.settings import load
    from app.wiring import Library
    from ingest.files import upload

    fill({"手册.md": HANDBOOK})
    with Library(load()) as library:
        data = (EXAMPLES / "禾问部署手册.pdf").read_bytes()
        assert [one.status for one in library.ingest([upload("禾问部署手册.pdf", data)])] == ["ingested"]
        shelf = library.shelf("default")
        document = next(card.id for card in shelf.read.cards() if card.pages)
        of_page = [chunk for chunk in shelf.read.chunks(document) if chunk.page == 2]
    shown = why().run()
    shown.text_input(key="why_question").set_value("最近一次恢复演练总共用了多长时间？")
    (box,) = [box for box in shown.selectbox if box.key.startswith("why_document")]
    box.set_value(next(option for option in box.options if "禾问" in option)).run()
    assert not shown.get("image")
    shown.number_input[0].set_value(2).run()
    assert not shown.exception
    assert len(shown.get("image")) == 1
    (passages,) = [one for one in shown.get("button_group") if str(one.key).startswith("why_passage")]
    passages.set_value(of_page[-1].ordinal).run()
    assert of_page[-1].text.split("\n")[-1] in html(shown)
    shown.button(key="why_look").click().run()
    assert not shown.exception
    assert shown.session_state["why"].lost.chunk.start == of_page[-1].start


def test_the_trace_of_the_last_answer_is_there(answered) -> None:
    assert any("上一个回答是怎么找到的：有几天年假？" in one.label for one in answered.expander)
    for stage in ("语义检索", "关键词检索", "组成提示", "撰写", "逐句核对"):
        assert stage in html(answered)


@pytest.mark.parametrize(
    ("language", "label", "title"),
    [
        ("zh", "为什么是这些段落？", "这个回答是怎么找到的：有几天年假？"),
        ("en", "Why these passages?", "How this answer was found: "),
    ],
)
def test_an_answer_leads_to_the_page_with_its_question_collection_and_stages(
    page, scripted, fill, monkeypatch, language: str, label: str, title: str
) -> None:
    import app.ask_page
    import app.why_asked
    from app.why_page import why_page

    monkeypatch.setenv("SHUJIA_LANGUAGE", language)
    monkeypatch.setenv("SHUJIA_REWRITE_CONDENSE", "off")
    scripted("每年享有十天带薪年假。[1]", "满五年的员工。[1]")
    fill({"其他.md": OTHER})
    fill({"手册.md": HANDBOOK}, "人事")
    opened = []
    monkeypatch.setattr(app.why_asked.st, "switch_page", lambda to: opened.append(to.url_path))
    shown = page().run()
    shown.sidebar.selectbox(key="collection_field").set_value("人事").run()
    for question in ("有几天年假？", "谁享有年假？"):
        shown.chat_input[0].set_value(question).run()
    assert shown.button(key="why-these-1").label == label
    monkeypatch.setattr(app.ask_page, "ask_page", why_page)
    shown.button(key="why-these-1").click().run()
    assert not shown.exception
    assert opened == ["why"]
    assert shown.text_input(key="why_question").value == "有几天年假？"
    assert shown.session_state["collection"] == "人事"
    (trace,) = [one for one in shown.expander if "有几天年假？" in one.label]
    assert trace.label.startswith(title)
    assert trace.proto.expanded
    shown.run()
    assert opened == ["why"]  # once


def test_who_is_refused_is_not_led_to_the_passages(page, scripted, fill) -> None:
    scripted()
    fill({"手册.md": HANDBOOK})
    shown = page().run()
    shown.chat_input[0].set_value("怎样制造炸弹？").run()
    assert not shown.exception
    assert not [button for button in shown.button if (button.key or "").startswith("why-these")]
