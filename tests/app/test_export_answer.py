"""Answers taken along: what they hold, and that nothing in them is active."""

from __future__ import annotations

import io
import re

import pytest
from docx import Document
from markdown_it import MarkdownIt

from app.export_answer import Exported, docx_of, markdown_of, markdown_text, plain_of
from app.page_export import file_name
from generation.types import Answer, Citation, Sentence, Verdict
from retrieval.types import Context, Trace

QUOTE = "最近一次演练总共用了 38 分钟。"
EVIL = (
    "<img src=x onerror=alert(1)> ![a](http://evil.example/a.png) [b](javascript:alert(1)) www.evil.example a@b.example"
)


def exported(
    text: str = f"{QUOTE}[1]", title: str = "部署手册", quote: str = QUOTE, question: str = "多久？"
) -> Exported:
    sentences = (Sentence(text, Verdict.SUPPORTED, (1,)), Sentence("共 52 分钟。", Verdict.UNSUPPORTED))
    citations = (Citation(1, "c", "d", title, 3, 0, len(quote), quote, Verdict.SUPPORTED),)
    answer = Answer(text, "zh", False, sentences, citations, "qwen", Context(question, (), Trace()))
    return Exported(question, answer, "2026-11-22 12:00")


def words(data: bytes) -> str:
    return "\n".join(paragraph.text for paragraph in Document(io.BytesIO(data)).paragraphs)


def test_the_copied_text_holds_answer_what_failed_and_sources() -> None:
    failed = "✗ 原文不支持：共 52 分钟。"
    assert plain_of(exported(), "zh") == f"{QUOTE}[1]\n\n{failed}\n\n出处\n[1] 部署手册, 第 3 页: “{QUOTE}”"


@pytest.mark.parametrize(("language", "sources", "page"), [("zh", "出处", "第 3 页"), ("en", "Sources", "p. 3")])
def test_a_word_file_holds_question_answer_failed_sentences_and_sources(language, sources, page) -> None:
    text = words(docx_of([exported(), exported(question="谁负责？")], "手册", language))
    for part in ("多久？", "谁负责？", QUOTE, "✗", "52 分钟", sources, page, "qwen"):
        assert part in text


def test_markers_stand_raised_in_a_word_file() -> None:
    document = Document(io.BytesIO(docx_of([exported()], "手册", "zh")))
    raised = [run.text for paragraph in document.paragraphs for run in paragraph.runs if run.font.superscript]
    assert raised == ["[1]"]


def test_a_markdown_file_shows_what_it_says() -> None:
    rendered = MarkdownIt("commonmark").render(markdown_of([exported()], "手册", "zh"))
    assert "<h2>多久？</h2>" in rendered
    assert f"{QUOTE}[1]" in rendered
    assert "[1] 部署手册, 第 3 页" in rendered


@pytest.mark.parametrize("place", ["text", "title", "quote", "question"])
def test_nothing_hostile_is_active_in_markdown(place) -> None:
    told = markdown_of([exported(**{place: EVIL})], EVIL, "en")
    rendered = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(told)
    assert set(re.findall(r"<(\w+)", rendered)) <= {"p", "h2", "ul", "li", "strong", "em"}
    assert "http://" not in rendered
    assert "www.evil" not in rendered
    assert "a@b" not in rendered


def test_lines_do_not_become_headings_lists_or_rules() -> None:
    text = "# kein Titel\n- keine Liste\n1. keine Zahl\n=== \n+ nichts"
    rendered = MarkdownIt("commonmark").render(markdown_text(text))
    assert set(re.findall(r"<(\w+)", rendered)) == {"p"}


def test_characters_that_xml_does_not_take_do_not_break_a_word_file() -> None:
    assert "ab" in words(docx_of([exported(text="a\x00\x0b\ud800b\U000e0041[1]")], "手册", "zh"))


@pytest.mark.parametrize(
    ("text", "name"),
    [("../../etc/passwd", ".. etc passwd"), ("\x00\u202e", "answer"), ("CON: a/b?", "CON a b"), ("问" * 99, "问" * 60)],
)
def test_a_files_name_is_one_that_every_system_takes(text, name) -> None:
    assert file_name(text) == name.strip(" .")
