"""The sample library is what its README says, and its questions stand on the text that the real readers extract."""

from __future__ import annotations

import csv
import json
import re
from functools import cache
from pathlib import Path

import pytest

from ingest.assemble import assemble
from ingest.limits import Limits
from ingest.readers.choose import read
from store.types import Document, document_id

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
LIBRARY = sorted((EXAMPLES / "library").iterdir(), key=lambda path: path.name)
QUESTIONS = [json.loads(line) for line in (EXAMPLES / "questions.jsonl").read_text("utf-8").splitlines()]
ANSWERABLE = [question for question in QUESTIONS if question["answerable"]]
GOLD = [pytest.param(gold, id=question["id"]) for question in QUESTIONS for gold in question["gold"]]
KEYS = {"id", "question", "language", "answerable", "answers", "gold"}
HAN = re.compile("[\u4e00-\u9fff]")


@cache
def document(name: str) -> Document:
    data = (EXAMPLES / "library" / name).read_bytes()
    return assemble(document_id(data), read(data, name, Limits()), name, len(data))[0]


def squeezed(text: str) -> str:
    """Without blanks and thousands separators, which answers and documents write differently."""
    return re.sub(r"[\s,]", "", text).lower()


def test_the_library_is_small_and_has_ten_formats() -> None:
    sizes = [path.stat().st_size for path in LIBRARY]
    suffixes = {path.suffix for path in LIBRARY}
    assert len(LIBRARY) == 14
    assert suffixes == {".docx", ".pdf", ".html", ".txt", ".md", ".xlsx", ".eml", ".pptx", ".epub", ".csv"}
    assert max(sizes) < 300_000
    assert sum(sizes) < 1_200_000


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.name)
def test_every_document_is_read_without_warnings_in_the_language_of_its_name(path: Path) -> None:
    found = document(path.name)
    assert found.language == ("zh" if HAN.search(path.name) else "en")
    assert len(found.text) > 500
    assert "\ufffd" not in found.text
    assert found.warnings == ()


def test_half_of_the_library_is_chinese() -> None:
    chinese = [path.name for path in LIBRARY if HAN.search(path.name)]
    assert len(chinese) == 7  # of 14


def test_the_text_file_is_gb18030_and_no_utf8() -> None:
    data = (EXAMPLES / "library" / "提示词规范.txt").read_bytes()
    assert "系统提示不超过 400 个汉字" in data.decode("gb18030")
    with pytest.raises(UnicodeDecodeError):
        data.decode("utf-8")
    assert "系统提示不超过 400 个汉字" in document("提示词规范.txt").text


def test_one_document_is_written_in_traditional_chinese() -> None:
    text = document("模型選型筆記.md").text
    assert text.count("檢") + text.count("詞") + text.count("萬") >= 10
    assert "繁體" in text


@pytest.mark.parametrize("name", ["禾问部署手册.pdf", "latency-report-october-2025.pdf"])
def test_each_pdf_has_four_pages_with_text_and_no_running_lines_in_it(name: str) -> None:
    found = document(name)
    assert [page.number for page in found.pages] == [1, 2, 3, 4]
    assert "第 2 页" not in found.text
    assert "Page 2" not in found.text


def test_speaker_notes_are_part_of_the_text() -> None:
    assert "reported 91 percent correct answers" in document("evaluation-kickoff.pptx").text


def test_every_cell_of_the_csv_file_reaches_the_text() -> None:
    with (EXAMPLES / "library" / "gpu-fleet.csv").open(encoding="utf-8", newline="") as file:
        cells = {cell for row in csv.reader(file) for cell in row}
    text = document("gpu-fleet.csv").text
    assert [cell for cell in sorted(cells) if cell not in text] == []


def test_the_questions_are_ten_in_each_language_with_four_that_have_no_answer() -> None:
    assert [set(question) for question in QUESTIONS] == [KEYS] * 20
    assert len({question["id"] for question in QUESTIONS}) == 20
    assert len({question["question"] for question in QUESTIONS}) == 20
    unanswerable = [question["language"] for question in QUESTIONS if not question["answerable"]]
    assert sorted(unanswerable) == ["en", "en", "zh", "zh"]
    assert sum(question["language"] == "zh" for question in QUESTIONS) == 10
    for question in QUESTIONS:
        assert question["language"] == ("zh" if HAN.search(question["question"]) else "en")
        assert bool(question["gold"]) == bool(question["answers"]) == question["answerable"]


def test_two_questions_of_each_language_are_answered_by_the_other_language_only() -> None:
    crossing = [
        question["id"]
        for question in ANSWERABLE
        if all(document(gold["file"]).language != question["language"] for gold in question["gold"])
    ]
    assert crossing == ["zh-07", "zh-08", "en-07", "en-08"]


@pytest.mark.parametrize("gold", GOLD)
def test_a_gold_quote_stands_once_in_the_text_at_its_span_and_page(gold: dict[str, object]) -> None:
    found = document(str(gold["file"]))
    start, end, quote = gold["start"], gold["end"], gold["quote"]
    assert found.text[start:end] == quote, "run examples/anchor.py"
    assert found.text.count(str(quote)) == 1
    pages = [page.number for page in found.pages if page.start <= start and end <= page.end]
    assert gold["page"] == (pages[0] if pages else None)


@pytest.mark.parametrize("question", ANSWERABLE, ids=lambda question: question["id"])
def test_an_accepted_answer_is_in_the_quote_itself(question: dict[str, object]) -> None:
    quotes = squeezed(" ".join(gold["quote"] for gold in question["gold"]))
    if question["id"] == "en-08":  # the manual writes the time in Chinese words
        assert "2点30分" in quotes
    elif question["id"] == "en-07":
        assert "3年" in quotes
    else:
        assert any(squeezed(answer) in quotes for answer in question["answers"])
