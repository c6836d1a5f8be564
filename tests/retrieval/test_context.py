from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from retrieval.context import OVERHEAD, fit
from retrieval.types import Context, Passage, Trace
from store.types import Chunk


def context(*texts: str) -> Context:
    passages = [
        Passage(n, Chunk(f"c{n}", "d", n, 0, len(text), text, None, (), len(text)), "题", "a.txt", 1 / n)
        for n, text in enumerate(texts, start=1)
    ]
    return Context("问题", tuple(passages), Trace())


def test_the_best_passages_that_fit_are_numbered_from_1() -> None:
    """10 + 24, 20 + 24 and 30 + 24 tokens: 34 + 44 = 78 fit 80, 132 do not."""
    fitted = fit(context("甲" * 10, "乙" * 20, "丙" * 30), budget=80)
    assert [(passage.number, passage.chunk.id) for passage in fitted.passages] == [(1, "c1"), (2, "c2")]
    assert fitted.tokens == 10 + 20 + 2 * OVERHEAD == 78


def test_a_worse_passage_never_takes_the_place_of_a_better_one() -> None:
    assert len(fit(context("甲" * 10, "乙" * 90, "丙"), budget=80).passages) == 1


def test_the_same_text_takes_one_place_whatever_its_blanks() -> None:
    fitted = fit(context("一 二\n三", "一  二 三", "四"), budget=500)
    assert [(passage.number, passage.chunk.id) for passage in fitted.passages] == [(1, "c1"), (2, "c3")]


def test_the_best_passage_is_there_even_when_it_is_too_long() -> None:
    fitted = fit(context("长" * 900, "短"), budget=100)
    assert ([passage.chunk.id for passage in fitted.passages], fitted.tokens) == (["c1"], 924)


def test_no_more_than_most() -> None:
    assert len(fit(context(*"一二三四五"), budget=10_000, most=3).passages) == 3


def test_nothing_fits_nothing() -> None:
    assert fit(context(), budget=100) == context()


@given(st.lists(st.text(min_size=1, max_size=60), max_size=12), st.integers(0, 300))
def test_the_budget_is_kept_by_all_but_a_single_passage(texts, budget) -> None:
    fitted = fit(context(*texts), budget=budget)
    assert fitted.tokens == sum(len(passage.chunk.text) + OVERHEAD for passage in fitted.passages)
    assert fitted.tokens <= budget or len(fitted.passages) == 1
    assert [passage.number for passage in fitted.passages] == list(range(1, len(fitted.passages) + 1))
