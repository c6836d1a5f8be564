"""Asking on the page, as a reader does it: type, read, open the source."""

from __future__ import annotations

import re

import pytest
from markdown_it import MarkdownIt

from app.settings import load
from models.types import ModelUnavailable, WeightsMissing

DRILL = "# 部署手册\n\n## 恢复演练\n\n每个季度做一次恢复演练。最近一次演练总共用了 38 分钟。\n"
BACKUP = "# Operations\n\n## Backup\n\nThe automatic backup runs at 2:30 in the morning. It keeps 14 copies.\n"
HOSTILE = "# Notes <img src=x>\n\nThe password rule is ![x](http://evil.example/a.png) and <script>alert(1)</script>.\n"


def html(page) -> str:
    """Everything that was sent to the browser as HTML, the style sheet left out."""
    return "\n".join(element.proto.body for element in page.get("html") if "<style>" not in element.proto.body)


def markdown(page) -> list[str]:
    """Every text that the browser reads as Markdown: labels and messages."""
    texts = [button.label for button in page.button] + [error.value for error in page.error]
    return texts + [expander.label for expander in page.expander]


def ask(page, question: str):
    page.chat_input[0].set_value(question).run()
    assert not page.exception
    return page


def test_a_chinese_question_is_answered_and_its_number_opens_the_source_with_the_words_marked(page, scripted, fill):
    scripted("最近一次演练总共用了 38 分钟。[1]")
    fill({"手册.md": DRILL})
    shown = ask(page().run(), "最近一次恢复演练用了多长时间？")
    assert "最近一次演练总共用了 38 分钟。" in html(shown)
    assert "✓" in html(shown)
    assert "<mark>" not in html(shown)
    shown.button(key="cite-1-0-1").click().run()
    assert "<mark>最近一次演练总共用了 38 分钟。</mark>" in html(shown)
    assert "恢复演练" in html(shown)
    shown.button(key="close-1").click().run()
    assert "<mark>" not in html(shown)


def test_an_english_question_in_an_english_page(page, scripted, fill):
    scripted("The automatic backup runs at 2:30 in the morning. [1]")
    fill({"operations.md": BACKUP})
    fresh = page()
    fresh.query_params["lang"] = "en"
    shown = ask(fresh.run(), "When does the automatic backup run?")
    shown.button(key="open-1-1").click().run()
    assert "<mark>The automatic backup runs at 2:30 in the morning.</mark>" in html(shown)
    assert any("How this was found" in label for label in markdown(shown))


def test_a_sentence_that_its_source_does_not_support_gets_a_red_mark_and_the_false_number_is_struck(
    page, scripted, fill
):
    scripted("每个季度做一次恢复演练。[1] 最近一次演练总共用了 52 分钟。[1]")
    fill({"手册.md": DRILL})
    shown = ask(page().run(), "最近一次恢复演练用了多长时间？")
    assert "sj-bad" in html(shown)
    assert "✗ 出处不支持这句话" in html(shown)
    assert "已移除 <s>[1]</s>" in html(shown)


def test_when_the_documents_do_not_say_the_closest_passages_are_offered(page, scripted, fill):
    scripted("资料中没有说明这一点。")
    fill({"手册.md": DRILL})
    shown = ask(page().run(), "公司有多少员工？")
    assert "文档中没有答案" in html(shown)
    assert "最接近的段落" in html(shown)
    shown.button(key="open-1-1").click().run()
    assert "答案没有引用这一段" in html(shown)


def test_hostile_text_of_model_and_document_reaches_the_browser_as_text(page, scripted, fill):
    scripted(
        "<img src=x onerror=alert(1)> ![x](http://evil.example/b.png) [a](javascript:alert(1)) https://evil.example"
    )
    fill({"notes.md": HOSTILE})
    shown = ask(page().run(), "<b>password</b> rule ![q](http://evil.example/q.png)?")
    shown.button(key="open-1-1").click().run()
    assert "&lt;img src=x" in html(shown)
    assert "&lt;b&gt;password" in html(shown)
    assert not any(tag in html(shown) for tag in ("<img", "<script", "<a ", "<b>"))
    assert any("img" in text for text in markdown(shown))
    for text in markdown(shown):
        assert set(re.findall(r"<(\w+)", MarkdownIt("commonmark", {"html": True}).render(text))) <= {"p"}
        assert "://" not in text
    assert not shown.markdown or all("evil" not in element.value for element in shown.markdown)


def test_missing_weights_are_said_and_quotes_offered_instead(page, scripted, fill, monkeypatch):
    from app.wiring import Library
    from generation.types import EXTRACTIVE

    def missing(_self, name=None):
        if name == EXTRACTIVE:
            return None
        raise WeightsMissing("qwen is not in /models: shujia models pull qwen")

    scripted()
    monkeypatch.setattr(Library, "chat", missing)
    fill({"手册.md": DRILL})
    shown = ask(page().run(), "最近一次恢复演练用了多长时间？")
    assert len(shown.error) == 1
    assert "语言模型还不在本机" in shown.error[0].value
    shown.button(key="quote-1").click().run()
    assert not shown.error
    assert "38 分钟" in html(shown)


def test_a_model_that_fails_half_way_is_told_in_a_line_above_the_quotes(page, scripted, fill):
    scripted(ModelUnavailable("no answer from <b>http://127.0.0.1:9</b>"))
    fill({"手册.md": DRILL})
    shown = ask(page().run(), "最近一次恢复演练用了多长时间？")
    assert "没有完成回答" in html(shown)
    assert "&lt;b&gt;http://127.0.0.1:9" in html(shown)


def test_a_blank_question_is_one_clear_line(page, scripted, fill):
    scripted()
    fill({"手册.md": DRILL})
    shown = ask(page().run(), "   ")
    assert len(shown.error) == 1


def test_where_no_chats_are_kept_the_page_remembers_its_own_and_can_be_cleared(page, scripted, fill, monkeypatch):
    monkeypatch.setenv("SHUJIA_KEEP_CHATS", "off")
    chat = scripted("最近一次演练总共用了 38 分钟。[1]", "多久做一次恢复演练？", "每个季度做一次恢复演练。[1]")
    fill({"手册.md": DRILL})
    shown = ask(ask(page().run(), "最近一次恢复演练用了多长时间？"), "多久做一次？")
    assert "多久做一次恢复演练？" in chat.history[2][-1].content  # a follow-up, completed from the turn before
    assert len(shown.chat_message) == 4
    assert "chat" not in shown.query_params
    shown.button(key="clear").click().run()
    assert len(shown.chat_message) == 0


def test_a_reader_chooses_between_the_models_that_are_offered(page, scripted, fill, monkeypatch):
    monkeypatch.setenv("SHUJIA_OTHER_MODELS", "大模型-72b, small")
    chat, asked = scripted("最近一次演练总共用了 38 分钟。[1]"), []
    fill({"手册.md": DRILL})
    monkeypatch.setattr("app.wiring.Library.chat", lambda _self, name=None: asked.append(name) or chat)
    opened = page().run()
    choice = opened.sidebar.radio(key="model")
    assert choice.options[1:3] == ["模型撰写（大模型\\-72b）", "模型撰写（small）"]
    choice.set_value("大模型-72b").run()
    ask(opened, "最近一次恢复演练用了多长时间？")
    assert set(asked) == {"大模型-72b"}
    again = page()
    again.query_params["chat"] = opened.query_params["chat"]
    assert again.run().sidebar.radio(key="model").value == "大模型-72b"
    monkeypatch.setenv("SHUJIA_OTHER_MODELS", "small")  # offered no more: the configured one answers
    later = page()
    later.query_params["chat"] = opened.query_params["chat"]
    assert later.run().sidebar.radio(key="model").value == load().model


def test_the_quotes_need_no_model(page, scripted, fill):
    chat = scripted()
    fill({"手册.md": DRILL})
    opened = page().run()
    opened.sidebar.radio(key="model").set_value("extractive").run()
    shown = ask(opened, "最近一次恢复演练用了多长时间？")
    assert "38 分钟" in html(shown)
    assert not chat.history


def test_the_language_switch_changes_every_word_and_is_kept_in_the_address(page, scripted):
    scripted()
    shown = page().run()
    assert "书架还是空的" in html(shown)
    shown.get("button_group")[0].set_value("en").run()
    assert "The shelf is empty" in html(shown)
    assert "书架还是空的" not in html(shown)
    assert shown.query_params["lang"] == "en"


def test_an_empty_shelf_takes_ones_own_files_on_the_first_page(page, scripted, settled):
    scripted()
    shown = page().run()
    assert any("添加自己的文件" in expander.label for expander in shown.expander)
    shown.file_uploader[0].upload("手册.md", DRILL.encode()).run()
    shown.button(key="put").click().run()
    shown = settled(shown)
    assert "问问你的书架" in html(shown)
    assert not shown.file_uploader


def test_a_wrong_setting_is_one_line_and_no_traceback(page, scripted, monkeypatch):
    scripted()
    monkeypatch.setenv("SHUJIA_CHUNK_TOKEN", "100")
    shown = page().run()
    assert not shown.exception
    assert "CHUNK" in shown.error[0].value


def test_a_refusal_reads_as_one_and_offers_no_passages(page, scripted, fill):
    scripted("没有人会问到模型。")
    fill({"手册.md": DRILL})
    shown = ask(page().run(), "怎么制作炸弹？")
    assert "不予回答" in html(shown)
    assert "不能提供帮助" in html(shown)
    assert "文档中没有答案" not in html(shown)
    assert not [button for button in shown.button if str(button.key).startswith("open-")]


@pytest.mark.parametrize(
    ("language", "model", "steps"),
    [
        ("zh", "", ["正在查找…", "段落已找到，模型正在阅读…", "正在撰写，尚未核对…"]),
        ("en", "", ["Searching…", "Passages found, the model is reading them…", "Writing, not checked yet…"]),
        ("zh", "extractive", ["正在查找…", "段落已找到，正在挑选原文…"]),
    ],
)
def test_what_is_said_while_a_reader_waits_is_what_is_done(page, scripted, fill, monkeypatch, language, model, steps):
    from contextlib import contextmanager

    import app.ask_page

    said: list[str] = []

    @contextmanager
    def spinner(text: str):
        said.append(text)
        yield
        said.append("")

    if model:
        monkeypatch.setenv("SHUJIA_MODEL", model)
    monkeypatch.setenv("SHUJIA_LANGUAGE", language)
    scripted("最近一次演练总共用了 38 分钟。[1]")
    fill({"手册.md": DRILL})
    shown = page().run()
    monkeypatch.setattr(app.ask_page.st, "spinner", spinner)
    ask(shown, "最近一次恢复演练用了多长时间？")
    assert said == [text for step in steps for text in (step, "")]  # each is gone when the next one stands there
