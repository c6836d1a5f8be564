"""Quality cards in words: remarks only where there is something to remark, in both languages."""

from __future__ import annotations

import pytest

from app.card_text import card_rows, numbers, percent, remarks
from app.card_words import CARD_WORDS
from store.cards import Near, QualityCard

FINE = QualityCard(3, (), 0.0, {"zh": 1.0, "en": 0.0, "other": 0.0}, 0, 0)
POOR = QualityCard(9, (2, 3, 4, 7), 0.031, {"zh": 0.2, "en": 0.8, "other": 0.0}, 2, 12, (5, 6), 0.61)
NEAR = (Near("d", "部署手册", "/文件/副本.pdf", 0.97),)


def test_a_document_in_order_has_no_remark():
    assert remarks(FINE, (), "zh") == remarks(FINE, (), "en") == remarks(None, (), "en") == []


def test_every_trouble_is_one_remark():
    assert remarks(POOR, NEAR, "en") == [
        "4 pages with hardly any text (2–4, 7)",
        "3.1 % of the characters look garbled: export it anew, in another encoding",
        "2 pages read by OCR with a confidence of only 61 %: check them against the original",
        "nearly the same as “部署手册” (副本.pdf, 97 %)",
    ]
    assert "第 2–4, 7 页" in remarks(POOR, NEAR, "zh")[0]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_whole_card_has_the_same_rows_for_every_document(language):
    rows = [card_rows(card, near, language) for card, near in ((FINE, ()), (POOR, NEAR))]
    assert [what for what, _ in rows[0]] == [what for what, _ in rows[1]]
    assert all(how for each in rows for _, how in each)


def test_what_is_not_known_is_not_called_none():
    from dataclasses import replace

    rows = dict(card_rows(replace(FINE, repeated_lines=None), (), "en"))
    assert rows["Repeated headers and footers left out"] == "not known before a shujia reindex"
    assert rows["Pages read by OCR"] == "not known before a shujia reindex"


def test_shares_and_page_numbers_are_short():
    assert [percent(share) for share in (0, 0.004, 0.031, 0.5, 0.997, 1.0)] == [
        "0 %",
        "0.4 %",
        "3.1 %",
        "50 %",
        "99 %",
        "100 %",
    ]
    assert numbers([7, 1, 2, 3]) == "1–3, 7"
    assert numbers(range(1, 60, 2)).endswith("23, …")
    assert numbers([]) == ""


def test_both_languages_fill_in_the_same_values():
    import string

    for key, (chinese, english) in CARD_WORDS.items():
        fields = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (chinese, english)]
        assert fields[0] == fields[1], key
