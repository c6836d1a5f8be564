"""How the legs are asked a Query that is more than its text: one vector, and one keyword ranking with its mass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models.types import Embedder
from retrieval.types import Hit, Query, Ranking
from store.asking import question_terms
from store.language import language_of

if TYPE_CHECKING:
    from store.filters import Allowed
    from store.keyword_terms import TermScore
    from store.shelf import Shelf

OWN_WEIGHT = 4  # times a term of the question counts for each of one that was said before it


def query_vector(embedder: Embedder, query: Query, own: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
    """The unit vector, shape (dimension,), that the dense leg searches with; ``own`` is the text's, where it is known.

    The mean of the vectors of the text, of the text with what was said before it, of each wording, and of each imagined
    passage, the latter read as passages (HyDE: Gao et al. 2022, https://arxiv.org/abs/2212.10496, equation 8, which
    takes the question into the mean too). One text alone keeps its vector as it is.
    """
    texts = [*([f"{query.before} {query.text}"] if query.before else []), *query.wordings]
    if own is None:
        texts = [query.text, *texts]
    rows = [] if own is None else [own]
    if texts:
        rows += list(embedder.embed_queries(texts))
    if query.imagined:
        rows += list(embedder.embed_passages(list(query.imagined)))
    first: NDArray[np.float32] = rows[0]
    if len(rows) == 1:
        return first
    mean = np.mean(np.stack(rows), axis=0, dtype=np.float64)
    length = float(np.linalg.norm(mean))
    return np.asarray(mean / length, np.float32) if length > 0 else first


def keyword_hits(shelf: Shelf, query: Query, k: int, allowed: Allowed | None = None) -> Ranking:
    """The best ``k`` chunks by their best wording, on the scale of ``keyword_mass``.

    Each wording is scored on its own and divided by its own mass, the score of a text that holds every term of it once:
    a translation is judged by how much of *it* a chunk holds. A chunk's score is its best share times the mass of the
    question, so that scores and mass read as if the question itself had been asked.
    """
    text = _weighted(query)
    if not query.wordings:
        return tuple(Hit(key, score) for key, score in shelf.search_keyword(text, k, allowed))
    mass = keyword_mass(shelf, query)
    best: dict[int, float] = {}
    for wording in (text, *query.wordings):
        own = shelf.keyword_mass(wording)
        for key, score in shelf.search_keyword(wording, k, allowed) if own > 0 else ():
            best[key] = max(best.get(key, 0.0), score / own * mass)
    return tuple(Hit(key, best[key]) for key in sorted(best, key=lambda key: (-best[key], key))[:k])


def keyword_mass(shelf: Shelf, query: Query) -> float:
    """What a chunk that holds every term of the question once would score; the scale of ``keyword_hits``."""
    # A question without a term of its own, but with other wordings: any scale will do, for only shares count.
    return shelf.keyword_mass(_weighted(query)) or (1.0 if query.wordings else 0.0)


def keyword_terms(shelf: Shelf, query: Query, keys: Sequence[int]) -> dict[int, tuple[str, tuple[TermScore, ...]]]:
    """What the keyword score of each of ``keys`` is made of; a key that shares no term is absent.

    By key the wording of which the chunk holds the largest share, and its terms: their scores add up to that of
    ``keyword_hits``, and ``idf`` is what the term weighs for a question in this language.
    """
    mass = keyword_mass(shelf, query)
    best: dict[int, tuple[str, tuple[TermScore, ...]]] = {}
    for wording in (query.text, *query.wordings):
        said = _weighted(query) if wording == query.text else wording
        weights = shelf.keyword_weights(question_terms(said), language_of(said))
        scale = mass / own if query.wordings and (own := shelf.keyword_mass(said)) > 0 else 1.0
        for key, found in shelf.keyword_terms(said, keys).items():
            terms = tuple(replace(one, idf=weights[one.term][0], score=one.score * scale) for one in found)
            if key not in best or _score(terms) > _score(best[key][1]):
                best[key] = (wording, terms)
    return best


def _score(terms: Sequence[TermScore]) -> float:
    return sum(one.score for one in terms)


def _weighted(query: Query) -> str:
    """The question's words; after what was said before, repeated, since BM25 counts a term as often as it is asked."""
    return " ".join([query.before, *[query.text] * OWN_WEIGHT]) if query.before else query.text
