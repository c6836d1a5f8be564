"""Why a passage stands where it stands: the words it shares with the question, and what each leg gave to its score."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from retrieval.rewrite.legs import keyword_terms
from retrieval.types import Context, Passage, Query, Ranking
from store.asking import question_terms
from store.folded import folded
from store.keyword_terms import TermScore
from store.language import language_of
from store.shelf import Shelf
from store.words import words

LEGS = ("dense", "keyword")
Fusing = Callable[[Ranking, Ranking], Ranking]
"""How a dense and a keyword ranking of the question at hand become one."""


@dataclass(frozen=True, slots=True)
class Matched:
    """A stretch of the question that the passage holds, as the question writes it, and the search terms behind it.

    ``weight`` is the sum of their idf, ``score`` what they gave to the passage's keyword score.
    """

    words: str
    weight: float
    score: float
    terms: tuple[TermScore, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """A word of the question that the passage does not hold.

    ``weight`` is the sum of its terms' idf, ``passages`` how many of the collection hold its most frequent term: 0 for
    a word that stands nowhere.
    """

    word: str
    weight: float
    passages: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why one passage stands where it stands; its ranks and scores are in ``Passage.stages``.

    ``shares`` is what each leg gave to the fused score, by the leg's name; empty where nothing was fused.
    """

    matched: tuple[Matched, ...]
    missing: tuple[Missing, ...]
    shares: Mapping[str, float]


def explain(shelf: Shelf, found: Context, fusing: Fusing) -> tuple[Explanation, ...]:
    """An explanation of every passage of a search, in its order; ``fusing`` as the search fused."""
    rankings = {stage.name: stage.ranking for stage in found.trace.stages}
    query = found.query or Query(found.question)
    keys = _keys(found.passages, rankings)
    held = keyword_terms(shelf, query, keys) if "keyword" in rankings else {}
    told = []
    for key in keys:
        wording, terms = held.get(key, (query.text, ()))
        said = f"{wording} {query.before}".strip()  # what a term stands in: the question, else what was said before
        weights = shelf.keyword_weights(question_terms(wording), language_of(wording)) if "keyword" in rankings else {}
        told.append(
            Explanation(
                matched_words(said, terms), missing_words(wording, terms, weights), shares(key, rankings, fusing)
            )
        )
    return tuple(told)


def matched_words(question: str, terms: Sequence[TermScore]) -> tuple[Matched, ...]:
    """The matched terms gathered under the words of the question that they come from, the best first.

    Terms that overlap in the question are one stretch. A term that stands nowhere in it (a synonym, another spelling)
    is shown by itself.
    """
    places = _stretches(question, [one.term for one in terms])
    gathered: dict[str, list[TermScore]] = {}
    for one in terms:
        gathered.setdefault(places.get(one.term, one.term), []).append(one)
    found = [
        Matched(text, sum(one.idf for one in ours), sum(one.score for one in ours), tuple(ours))
        for text, ours in gathered.items()
    ]
    return tuple(sorted(found, key=lambda each: (-each.score, each.words)))


def missing_words(
    question: str, terms: Iterable[TermScore], weights: Mapping[str, tuple[float, int]]
) -> tuple[Missing, ...]:
    """The words of the question of which the passage holds no term, the heaviest first."""
    held = {one.term for one in terms}
    lacking: dict[str, Missing] = {}
    for word in words(question):
        known = [weights[term] for term in word.terms if term in weights]
        if known and not held.intersection(word.terms):
            weight, passages = sum(weight for weight, _ in known), max(passages for _, passages in known)
            lacking.setdefault(word.text, Missing(word.text, weight, passages))
    return tuple(sorted(lacking.values(), key=lambda each: (-each.weight, each.word)))


def shares(key: int, rankings: Mapping[str, Ranking], fusing: Fusing) -> dict[str, float]:
    """What each leg gave to the fused score: how much less it is when that leg has not found the passage.

    For every fusion that adds the legs up this is the leg's summand; nothing where only one leg ran.
    """
    if "fused" not in rankings or any(leg not in rankings for leg in LEGS):
        return {}
    score = _score(rankings["fused"], key)
    legs = {leg: rankings[leg] for leg in LEGS}
    given = {}
    for leg in LEGS:
        without = legs | {leg: tuple(hit for hit in legs[leg] if hit.key != key)}
        given[leg] = score - _score(fusing(without["dense"], without["keyword"]), key)
    return given


def _score(ranking: Ranking, key: int) -> float:
    return next((hit.score for hit in ranking if hit.key == key), 0.0)


def _keys(passages: Sequence[Passage], rankings: Mapping[str, Ranking]) -> list[int]:
    """The catalogue's keys of the passages: every stage's place names the hit that stands there."""
    keys = []
    for passage in passages:
        name, place = next(iter(passage.stages.items()))
        keys.append(rankings[name][place.rank - 1].key)
    return keys


def _stretches(question: str, terms: Sequence[str]) -> dict[str, str]:
    """The stretch of the question, as it is written, that each term belongs to; a term that stands nowhere has none."""
    whole = folded(question)
    spans: list[tuple[int, int, str]] = []
    for word in words(question):
        spans += [(word.start, word.end, term) for term in word.terms if term in terms]
    for term in terms:  # pairs of characters that reach from one word into the next
        found = (whole.span(at.start(), at.end()) for at in re.finditer(re.escape(term), whole.text))
        spans += [(span.start, span.end, term) for span in found if not term.isascii()]
    stretches: dict[str, str] = {}
    start, end, ours = 0, 0, set[str]()
    for first, last, term in [*sorted(spans), (len(question) + 1, 0, "")]:
        if first >= end and ours:
            stretches |= {one: question[start:end] for one in ours if one not in stretches}
            ours = set()
        start, end = (start, max(end, last)) if ours else (first, last)
        ours.add(term)
    return stretches
