"""The signs of the check wherever an answer is read: copied, taken along, on the terminal, kept, by plain clients."""

from __future__ import annotations

import io

import pytest
from docx import Document

from app.answer_marks import marked_text, notes, sign_of, signed_lines
from app.api.chat_reply import told_plainly
from app.export_answer import Exported, docx_of, markdown_of, plain_of
from app.turn_answers import reply_of, sentences_of
from generation.types import BY_MEANING, Answer, Citation, Sentence, Verdict
from retrieval.types import Context, Trace

EXACT = Sentence("The dome closes at 14 m/s.", Verdict.SUPPORTED, (1,))
NEAR = Sentence("夜班于四点结束。", Verdict.SUPPORTED, (1, 2), reasons=(f"[1] {BY_MEANING}",))
WRONG = Sentence("It lasts 9 hours.", Verdict.UNSUPPORTED, (2,), reasons=("the number 9 is not in [2]",))
MOVED = Sentence("A ticket costs 5 euros.", Verdict.SUPPORTED, (1,), ("[2]",), ("the number 5 is not in [2]",))
SILENT = Sentence("Ask the keeper.", Verdict.UNCHECKED)
SENTENCES = (EXACT, NEAR, WRONG, MOVED, SILENT)
TEXT = (
    "The dome closes at 14 m/s. [1]\n夜班于四点结束。[1][2]\nIt lasts 9 hours. [2] "
    "A ticket costs 5 euros. [1] Ask the keeper."
)
SIGNED = (
    "The dome closes at 14 m/s. [1]\n夜班于四点结束。[1][2] ≈\nIt lasts 9 hours. [2] ✗ "
    "A ticket costs 5 euros. [1] Ask the keeper."
)


@pytest.fixture
def answer() -> Answer:
    cited = (Citation(1, "c", "d", "值班手册", 3, 0, 4, "四点结束", Verdict.SUPPORTED),)
    context = Context("何时结束？", (), Trace())
    return Answer(TEXT, "en", False, SENTENCES, cited, "qwen", context, notices=("Compared by meaning.",))


def test_a_sign_stands_behind_the_markers_of_a_sentence_that_needs_one() -> None:
    assert [sign_of(one) for one in SENTENCES] == ["", "≈", "✗", "", ""]
    assert marked_text(TEXT, SENTENCES) == SIGNED


def test_the_same_words_twice_have_their_own_signs() -> None:
    twice = (Sentence("四点。", Verdict.SUPPORTED, (1,)), Sentence("四点。", Verdict.UNSUPPORTED))
    assert marked_text("四点。[1]四点。", twice) == "四点。[1]四点。 ✗"


def test_a_sentence_that_is_not_in_the_text_changes_nothing() -> None:
    assert marked_text("四点。[1]", (WRONG,)) == "四点。[1]"


def test_every_sign_is_explained_in_both_languages() -> None:
    assert notes(SENTENCES, "en") == [
        "≈ in another language, checked by meaning: 夜班于四点结束。",
        "✗ not supported by its source: It lasts 9 hours. (the number 9 is not in [2])",
        "removed wrong markers [2]: the number 5 is not in [2]",
    ]
    assert notes(SENTENCES, "zh") == [
        "≈ 另一种语言，含义相符：夜班于四点结束。",
        "✗ 原文不支持：It lasts 9 hours.（[2] 中没有数字 9）",
        "已移除错误的引用 [2]：[2] 中没有数字 5",
    ]


def test_an_answer_that_agrees_word_for_word_has_neither_signs_nor_notes() -> None:
    assert (marked_text("Yes. [1]", (EXACT, SILENT)), notes((EXACT, SILENT), "zh")) == ("Yes. [1]", [])


def test_what_is_copied_or_taken_along_has_signs_notes_and_notices(answer) -> None:
    one = Exported("何时结束？", answer)
    document = Document(io.BytesIO(docx_of([one], "手册", "zh")))
    word = "\n".join(paragraph.text for paragraph in document.paragraphs)
    for told in (plain_of(one, "zh"), word):
        assert SIGNED.split("\n")[1] in told
        for line in ("⚠ Compared by meaning.", *notes(SENTENCES, "zh")):
            assert line in told
    markdown = markdown_of([one], "手册", "zh").replace("\\", "")
    for part in ("[1][2] ≈", "[2] ✗", "- ⚠ Compared by meaning.", *(f"- {line}" for line in notes(SENTENCES, "zh"))):
        assert part in markdown


def test_a_client_that_reads_only_text_is_told_too(answer) -> None:
    told = told_plainly(answer)
    assert told.startswith(TEXT)
    assert told.splitlines()[-2:] == signed_lines(answer, "en")
    assert "≈ in another language, checked by meaning: 夜班于四点结束。" in told


def test_a_kept_answer_keeps_its_signs(answer) -> None:
    assert sentences_of(reply_of(answer)) == SENTENCES
