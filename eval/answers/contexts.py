"""A case → the context it is answered from: its own passages, mixed and shuffled by the seed, cut as the product cuts.

The mixture follows RGB (Chen et al. 2024, arXiv:2309.01431, section 3.1): of n passages the share ``noise`` holds no
answer, one passage of each group that is needed comes first, and what one side lacks the other fills.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from eval.answers.types import AnswerCase, Expect
from eval.errors import EvalInputError
from generation.terms import content
from retrieval.context import fit
from retrieval.types import Context, Passage, Trace
from store.types import Chunk, chunk_id, document_id

Search = Callable[[str, Sequence[str]], Context]
"""A question and the turns before it → the context the product would answer from; it names the question answered."""
Standalone = Callable[[str, Sequence[str]], tuple[str, Trace]]
"""A question and the turns before it → the question that the product answers, and what it took to find it."""
Count = Callable[[Sequence[str]], list[int]]
"""Texts → their lengths in the embedder's tokens."""

DISTRACTORS = 3
"""Passages of other questions that an unanswerable one without any is given, so that its abstention means something."""
POSITIVE, NEGATIVE, DISTRACTOR = "positive", "negative", "distractor"


@dataclass(frozen=True, slots=True)
class Mixture:
    """How a context is mixed: ``passages`` at most, ``noise`` of them (0 to 1) without an answer, ``budget`` tokens."""

    seed: int = 0
    passages: int = 5
    noise: float = 0.4
    budget: int = 640


def as_asked(question: str, history: Sequence[str]) -> tuple[str, Trace]:
    """The question as it is, whatever was said before."""
    return question, Trace()


def contexts(
    cases: Sequence[AnswerCase],
    mixture: Mixture,
    *,
    count: Count,
    searches: Mapping[str, Search],
    standalone: Standalone = as_asked,
) -> Callable[[AnswerCase], Context]:
    """A function from a case to its context, the same for the same seed, whatever other cases are asked.

    A case that brings passages gets those (``Passage.path`` says of which side each is: "positive/2"); for any other
    the search of its set is asked. A harm prompt without a search gets none. ``Context.question`` is the question to
    answer: a follow-up is completed from the turns before it.

    Args:
        cases: all cases of the files: their passages are the distractors of one another.
        mixture: passages, noise, seed and budget.
        count: the embedder's token counter, for the budget.
        searches: set → the product's own search in the library that holds its documents, already cut to the budget.
        standalone: completes a follow-up to a case that brings its passages.

    Raises:
        EvalInputError: a case needs a library and its set has no search.
    """
    missing = [case for case in cases if not case.given and not case.kind and case.collection not in searches]
    if missing:
        raise EvalInputError(
            f"{missing[0].id} brings no passages: name the collection that holds its documents with --collection"
        )
    pool = _Pool(cases)

    def context(case: AnswerCase) -> Context:
        if not case.given:
            search = searches.get(case.collection)
            return search(case.question, case.history) if search else Context(case.question, (), Trace())
        question, trace = standalone(case.question, case.history) if case.history else (case.question, Trace())
        given = _as_context(question, _shuffled(case, mixture, pool), count)
        return fit(replace(given, trace=trace), budget=mixture.budget)

    return context


def gold_kept(case: AnswerCase, context: Context) -> float | None:
    """The share of a case's needed passages that the token budget left in; None where it brought none."""
    offered = {text for group in case.positive for text in group}
    if not offered or case.expect not in (Expect.ANSWER, Expect.PARTIAL):
        return None
    kept = {passage.chunk.text for passage in context.passages} & offered
    needed = [set(unit) for unit in case.gold[0]] if case.gold and case.task != "evidence" else [offered]
    needed = [unit for unit in needed if unit & offered]
    return sum(bool(unit & kept) for unit in needed) / len(needed) if needed else None


def _shuffled(case: AnswerCase, mixture: Mixture, pool: _Pool) -> list[tuple[str, str]]:
    labelled = _mixed(case, mixture)
    if not labelled:
        labelled = [(f"{DISTRACTOR}/{n}", text) for n, text in enumerate(pool.closest(case), 1)]
    random.Random(f"{mixture.seed} {case.id}").shuffle(labelled)
    return labelled


def _mixed(case: AnswerCase, mixture: Mixture) -> list[tuple[str, str]]:
    """The passages of a case, labelled, in file order. A case without negatives keeps all its positives."""
    first = [group[0] for group in case.positive]
    if not case.negative:
        return [(f"{POSITIVE}/{n}", text) for n, text in enumerate(first, 1)]
    noisy = min(math.ceil(mixture.passages * mixture.noise), len(case.negative))
    good = first if case.task == "integration" else first[: mixture.passages - noisy]
    further = [text for group in case.positive for text in group[1:]]
    good = good + further[: max(0, mixture.passages - noisy - len(good))]
    bad = case.negative[: max(0, mixture.passages - len(good))]
    return [(f"{POSITIVE}/{n}", text) for n, text in enumerate(good, 1)] + [
        (f"{NEGATIVE}/{n}", text) for n, text in enumerate(bad, 1)
    ]


def _as_context(question: str, labelled: Sequence[tuple[str, str]], count: Count) -> Context:
    """Each passage a document of one chunk, without a title: a title would tell which side it is of."""
    tokens = count([text for _, text in labelled])
    passages = [
        Passage(number, _chunk(text, length), title="", path=label, score=1 / number)
        for number, ((label, text), length) in enumerate(zip(labelled, tokens, strict=True), start=1)
    ]
    return Context(question, tuple(passages), Trace())


def _chunk(text: str, tokens: int) -> Chunk:
    document = document_id(text.encode("utf-8"))
    return Chunk(chunk_id(document, 0, len(text), "given"), document, 0, 0, len(text), text, None, (), tokens)


class _Pool:
    """The passages of all cases, to lend."""

    def __init__(self, cases: Sequence[AnswerCase]) -> None:
        lent: dict[tuple[str, str], dict[str, None]] = {}
        for case in cases:
            if case.given and case.expect is not Expect.CORRECT:
                texts = (text for group in case.positive for text in group)
                lent.setdefault((case.collection, case.language), {}).update(dict.fromkeys(texts))
        self._terms = {key: [(text, content(text)) for text in texts] for key, texts in lent.items()}

    def closest(self, case: AnswerCase) -> list[str]:
        """The passages of the case's set and language that share most words with the question; ties as in the file."""
        asked = content(case.question)
        pool = self._terms.get((case.collection, case.language), [])
        return [text for text, _ in sorted(pool, key=lambda one: -len(asked & one[1]))[:DISTRACTORS]]
