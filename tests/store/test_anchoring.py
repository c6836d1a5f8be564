from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.anchoring import nearest, occurrences, places_of
from store.folded import folded
from store.types import Span

TEXT = "第一条　滿五年的員工，\n每年享有十天帶薪年假。第二条 ＧＢ／Ｔ５９７２ 规定了検查。第三条 滿五年的員工另有獎金。"


@pytest.mark.parametrize(
    ("quote", "first"),
    [
        ("满五年的员工，每年享有", "滿五年的員工，\n每年享有"),
        ("gb/t5972规定", "ＧＢ／Ｔ５９７２ 规定"),
        ("每年享有十 天", "每年享有十天"),
    ],
)
def test_a_quote_is_found_whatever_its_script_width_case_and_blanks(quote: str, first: str) -> None:
    span = places_of(quote, TEXT)[0]
    assert TEXT[span.start : span.end] == first


def test_every_place_of_the_same_words_is_found_and_similar_words_only_where_there_are_none() -> None:
    assert [TEXT[at.start : at.end] for at in places_of("满五年的员工", TEXT)] == ["滿五年的員工"] * 2
    (similar,) = places_of("满五年的职工每年享有十天带薪假", TEXT)
    assert TEXT[similar.start : similar.end] == "滿五年的員工，\n每年享有十天帶薪"
    assert places_of("满五年的职工", TEXT) == []  # 6 characters: too short to be found by likeness
    assert places_of(" \n", TEXT) == places_of("年", "") == []


def test_the_nearest_stretch_is_told_however_far_it_is() -> None:
    near = nearest("满六年的员工每年有二十天产假", TEXT)
    assert near is not None
    assert 0 < near.likeness < 100
    assert "員工" in TEXT[near.span.start : near.span.end]
    assert nearest("", TEXT) is None


def test_occurrences_differ_in_blanks_alone() -> None:
    assert occurrences("a b", "ab a\nb A B") == [Span(0, 2), Span(3, 6)]


@given(st.text(max_size=60))
def test_every_folded_character_leads_back_into_the_text(text: str) -> None:
    for blanks in (True, False):
        whole = folded(text, blanks=blanks)
        assert len(whole.places) == len(whole.text)
        assert list(whole.places) == sorted(whole.places)
        assert all(0 <= at < len(text) for at in whole.places)


def test_a_character_that_becomes_two_is_one_place() -> None:
    whole = folded("㎏ ﬁne")
    assert whole.text == "kg fine"
    assert whole.span(1, 4) == Span(0, 3)
