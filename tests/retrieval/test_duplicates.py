from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval import duplicates
from retrieval.duplicates import copies, similarity, without_copies
from retrieval.types import Passage
from store.types import Chunk

LONG = (
    "本合同自双方签字之日起生效，有效期为三年。任何一方如需提前终止，"
    "应当提前三十日书面通知对方，并结清已经发生的全部费用。"
)
ENGLISH = (
    "The agreement takes effect on the day of signature and remains in force for three years. Either party may end it "
    "early by written notice, provided that all fees that have already been incurred are settled in full beforehand."
)


def passages(*texts: str) -> list[Passage]:
    chunks = [Chunk(f"c{n}", f"d{n}", 0, 0, len(text), text, None, (), 9) for n, text in enumerate(texts, 1)]
    return [Passage(n, chunk, "题", "a.txt", 1 / n) for n, chunk in enumerate(chunks, 1)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("一 二\n三", "一  二 三"),
        ("長江的源頭在唐古拉山", "长江的源头在唐古拉山"),  # Traditional and Simplified
        ("ＧＰＴ－４ costs １０", "gpt-4 costs 10"),  # full width
        (ENGLISH, ENGLISH.upper().replace(",", " ")),
        (LONG, f"{LONG}（附页）"),  # a footer
        (ENGLISH, f"Confidential {ENGLISH}"),  # a header
        ("————", "————"),
    ],
)
def test_copies(one, other) -> None:
    assert copies(one, other)
    assert copies(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (LONG, LONG.replace("三年", "五年")),  # a number
        (LONG, LONG.replace("应当", "不应当")),  # a negation
        (ENGLISH, ENGLISH.replace("may end", "may not end")),
        (ENGLISH, f"{ENGLISH} 2024"),
        (ENGLISH, ENGLISH.replace("Either party", "Either Alice")),  # a name: each says what the other does not
        (LONG, LONG[:40]),  # half of it
        ("————", "＊＊＊＊"),
        ("", "一"),
        ("北京", "上海"),
    ],
)
def test_what_differs_in_a_fact_is_no_copy(one, other) -> None:
    assert not copies(one, other)
    assert not copies(other, one)


def test_a_copy_takes_no_place_and_the_better_one_stays() -> None:
    kept = list(without_copies(passages(LONG, ENGLISH, f"{LONG}（附页）", "別的", "别的")))
    assert [passage.chunk.id for passage in kept] == ["c1", "c2", "c4"]


words = st.lists(st.sampled_from("river stone 长江 源头 合同 不 12 lantern winter".split()), max_size=14).map(" ".join)


@given(st.lists(words, max_size=8))
def test_what_is_left_out_is_a_copy_of_something_earlier_and_nothing_else_is(texts) -> None:
    """The prefix filter leaves nothing out: the same as comparing every pair."""
    expected: list[str] = []
    for n, text in enumerate(texts, 1):
        if not any(copies(text, texts[int(i[1:]) - 1]) for i in expected):
            expected.append(f"c{n}")
    assert [passage.chunk.id for passage in without_copies(passages(*texts))] == expected


def test_similarity_is_the_share_of_words() -> None:
    """{a river stone} and {river stone winter 12}: 2 of 5."""
    assert similarity("a river stone", "River stone, winter 12") == pytest.approx(2 / 5)
    assert similarity("", "") == 1.0


def test_only_texts_that_could_be_copies_are_cut_into_words() -> None:
    duplicates._words.cache_clear()
    kept = list(without_copies(passages(LONG, ENGLISH, "河流的源头在唐古拉山", f"{LONG}（附页）")))
    assert len(kept) == 3
    cut = [text for text in (LONG, ENGLISH, "河流的源头在唐古拉山") if "shingles" in vars(duplicates._words(text))]
    assert cut == [LONG]
    assert "words" not in vars(duplicates._words("河流的源头在唐古拉山"))
