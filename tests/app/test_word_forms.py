"""What is counted stands in its form, in every table of words."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from app import care_words, doctor_words, serve_words
from app.card_words import CARD_WORDS
from app.care_page_words import CARE_PAGE_WORDS
from app.chat_words import CHAT_WORDS
from app.library_words import LIBRARY_WORDS
from app.page_words import PAGE_WORDS
from app.people_words import PEOPLE_WORDS
from app.quality_words import QUALITY_WORDS
from app.why_words import WHY_WORDS
from app.word_forms import filled, worded
from app.words import WORDS

TABLES: dict[str, Mapping[str, tuple[str, str]]] = {
    "words": WORDS,
    "page": PAGE_WORDS,
    "chat": CHAT_WORDS,
    "library": LIBRARY_WORDS,
    "quality": QUALITY_WORDS,
    "care page": CARE_PAGE_WORDS,
    "care": care_words.WORDS,
    "card": CARD_WORDS,
    "people": PEOPLE_WORDS,
    "why": WHY_WORDS,
    "serve": serve_words.WORDS,
    "doctor found": doctor_words._FOUND,
    "doctor steps": doctor_words._STEPS,
}
ENTRIES = [(name, key) for name, table in TABLES.items() for key in table]
FORMS = re.compile(r"\{\w+:# ([^|}]+)(?:\|([^}]+))?\}")
PLURALS = {
    (many or f"{one}s").split()[-1]
    for table in TABLES.values()
    for _, english in table.values()
    for one, many in FORMS.findall(english)
} - {"is", "are", "was", "were", "score"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{n:# chunk}", ["0 chunks", "1 chunk", "2 chunks"]),
        ("{n:# thing is|things are} wrong", ["0 things are wrong", "1 thing is wrong", "2 things are wrong"]),
        ("of {n:# file} {n:= is|are} gone", ["of 0 files are gone", "of 1 file is gone", "of 2 files are gone"]),
        ("{n} · {n:.1f} · {{n}}", ["0 · 0.0 · {n}", "1 · 1.0 · {n}", "2 · 2.0 · {n}"]),
    ],
)
def test_the_form_follows_the_number(text: str, said: list[str]) -> None:
    assert [filled(text, {"n": number}) for number in range(3)] == said


def test_a_name_with_braces_is_shown_as_it_is_and_a_missing_value_is_an_error() -> None:
    assert filled("“{name}”", {"name": "{n:# chunk} {0}"}) == "“{n:# chunk} {0}”"
    with pytest.raises(KeyError):
        filled("{n:# chunk}", {})


def test_both_languages_are_taken_from_one_table() -> None:
    table = {"chunks": ("{n} 个段落", "{n:# chunk}")}
    assert [worded(table, language, "chunks", {"n": 1}) for language in ("zh", "en")] == ["1 个段落", "1 chunk"]


@pytest.mark.parametrize(("name", "key"), ENTRIES)
def test_nothing_that_is_counted_somewhere_stands_in_one_form_alone(name: str, key: str) -> None:
    chinese, english = TABLES[name][key]
    assert not re.search(rf"\{{\w+\}} ({'|'.join(sorted(PLURALS))})\b", english)
    assert not re.search(r"\{\w+:[#=]", chinese)  # Chinese has one form


def test_a_library_of_one_of_everything_reads_right() -> None:
    assert worded(WORDS, "en", "status_line", {"documents": 1, "chunks": 1}) == "1 document, 1 chunk"
    assert worded(PAGE_WORDS, "en", "failures", {"count": 1}) == "1 file could not be read"
    assert worded(CARE_PAGE_WORDS, "en", "some_bad", {"bad": 1, "warn": 0}) == "1 thing is wrong, 0 to look at."
