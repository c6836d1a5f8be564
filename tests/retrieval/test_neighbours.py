from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from retrieval.context import OVERHEAD, Shape, fit
from retrieval.neighbours import grown, joined
from retrieval.types import Context, Passage, Trace
from store.types import Chunk

TEXT = "第一段讲长江。\n\n第二段讲黄河。\n\n第三段讲淮河。\n\n第四段讲珠江。"
SPANS = [(0, 7), (9, 16), (18, 25), (27, 34)]


def passage(start: int, end: int, *, number: int = 1, headings=(), text: str = TEXT, document: str = "d") -> Passage:
    chunk = Chunk(f"c{start}", document, start, start, end, text[start:end], start + 1, headings, end - start)
    return Passage(number, chunk, "题", "a.txt", 1 / number)


def slices(document: str, start: int, end: int) -> str:
    return TEXT[start:end] if document == "d" else ""


def test_chunks_that_touch_become_one_with_an_exact_span_and_the_best_ones_id() -> None:
    best, other, before = (passage(*SPANS[n], number=k) for k, n in ((1, 1), (2, 3), (3, 0)))
    found = joined([best, other, before], slices)
    assert [(p.chunk.id, p.chunk.start, p.chunk.end) for p in found] == [("c9", 0, 16), ("c27", 27, 34)]
    one = found[0].chunk
    assert one.text == TEXT[0:16]
    assert (one.page, one.tokens, one.ordinal) == (1, 14, 0)  # of the first; 7 + 7 tokens


def test_a_chunk_between_two_joins_all_three_at_the_place_of_the_best() -> None:
    first, far, third, middle = (
        passage(*SPANS[0], number=1),
        passage(0, 5, number=2, document="e"),
        passage(*SPANS[2], number=3),
        passage(*SPANS[1], number=4),
    )
    found = joined([first, far, third, middle], slices)
    assert [(p.chunk.id, p.chunk.document_id, p.chunk.text) for p in found] == [
        ("c0", "d", TEXT[0:25]),
        ("c0", "e", TEXT[0:5]),
    ]


def test_overlap_is_said_once() -> None:
    """12 and 11 characters, 7 of them shared: tokens 12 + 11 - 7."""
    found = joined([passage(0, 12), passage(5, 16)], slices)
    assert [(p.chunk.text, p.chunk.tokens) for p in found] == [(TEXT[0:16], 16)]


def test_they_stay_apart_under_other_headings_in_other_documents_and_across_text() -> None:
    assert len(joined([passage(*SPANS[0], headings=("甲",)), passage(*SPANS[1])], slices)) == 2
    assert len(joined([passage(*SPANS[0]), passage(*SPANS[1], document="e")], slices)) == 2
    assert len(joined([passage(*SPANS[0]), passage(*SPANS[2])], slices)) == 2  # 11 characters between
    assert len(joined([passage(*SPANS[0]), passage(*SPANS[1])], lambda *_: "")) == 2  # deleted meanwhile


def test_a_passage_grows_after_and_before_by_turns_while_it_fits() -> None:
    section = [passage(*span).chunk for span in SPANS]
    start = passage(*SPANS[1])
    assert grown(start, section, 14, slices).chunk.text == TEXT[9:25]
    assert grown(start, section, 21, slices).chunk.text == TEXT[0:25]
    assert grown(start, section, 99, slices).chunk.text == TEXT
    assert grown(start, section, 13, slices) == start
    assert grown(start, [replace(chunk, headings=("乙",)) for chunk in section], 99, slices) == start


def test_joined_passages_save_their_overhead_in_the_context() -> None:
    """Two of 7 tokens: 2 · (7 + 24) = 62 apart, 14 + 24 = 38 together."""
    context = Context("问", (passage(*SPANS[0]), passage(*SPANS[1], number=2)), Trace())
    assert fit(context, budget=61).tokens == 7 + OVERHEAD
    together = fit(context, budget=61, slices=slices)
    assert ([p.number for p in together.passages], together.tokens) == ([1], 38)


def test_parents_grow_within_the_budget_and_meet() -> None:
    context = Context("问", (passage(*SPANS[0]), passage(*SPANS[3], number=2)), Trace())
    section = {"d": [passage(*span).chunk for span in SPANS]}
    whole = fit(context, budget=200, shape=Shape(parents=99), slices=slices, section=section.__getitem__)
    assert [p.chunk.text for p in whole.passages] == [TEXT]
    # 2 · (7 + 24) = 62, so 8 are left: one neighbour of 7 fits
    less = fit(context, budget=70, shape=Shape(parents=99), slices=slices, section=section.__getitem__)
    assert [p.chunk.text for p in less.passages] == [TEXT[0:16], TEXT[27:34]]


spans = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 12)), min_size=1, max_size=7)


@given(spans)
def test_every_joined_passage_is_the_document_at_its_span(found) -> None:
    passages = [
        passage(start, min(len(TEXT), start + length), number=n) for n, (start, length) in enumerate(found, start=1)
    ]
    whole = joined(passages, slices)
    for one in whole:
        assert TEXT[one.chunk.start : one.chunk.end] == one.chunk.text
    covered = {at for one in passages for at in range(one.chunk.start, one.chunk.end)}
    assert covered <= {at for one in whole for at in range(one.chunk.start, one.chunk.end)}
    assert whole[0].chunk.id == passages[0].chunk.id
