"""BERTScore: how close the tokens of an answer and of a reference are in meaning, by the configured embedder."""

from __future__ import annotations

from collections.abc import Sequence

from models.types import TokenEmbedder, Vectors

_AT_ONCE = 64
"""Texts scored together: 64 answers of 200 tokens with two references each are 60 MB of 384-d vectors."""


def bert_scores(embedder: TokenEmbedder, texts: Sequence[str], references: Sequence[Sequence[str]]) -> list[float]:
    """F1 of each text against the best of its references, in the order given.

    Recall is the mean, over the reference's tokens, of the largest cosine with a token of the text; precision the same
    the other way round; F1 their harmonic mean (Zhang et al. 2020, arXiv:1904.09675, section 3). No idf weights and no
    rescaling, so the level is the embedder's own (multilingual-e5-small: a translation about .85, an unrelated sentence
    about .7): compare runs of one embedder, never the number with that of another. A text without tokens has 0; what
    the embedder does not read of a long text does not count. Raises ValueError for unequal lengths and for a text
    without references.
    """
    if len(texts) != len(references):
        raise ValueError(f"{len(texts)} texts and {len(references)} lists of references: one list a text is needed")
    if bare := [place for place, one in enumerate(references) if not one or isinstance(one, str)]:
        raise ValueError(f"text {bare[0]} has {references[bare[0]]!r} for references: a list of at least one is needed")
    scores: list[float] = []
    for start in range(0, len(texts), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        vectors = _embedded(embedder, texts[part], references[part])
        scores += [
            max(_f1(vectors[text], vectors[one]) for one in wanted)
            for text, wanted in zip(texts[part], references[part], strict=True)
        ]
    return scores


def _embedded(embedder: TokenEmbedder, texts: Sequence[str], references: Sequence[Sequence[str]]) -> dict[str, Vectors]:
    """Each different text once, texts and references under the same prefix."""
    every = list(dict.fromkeys([*texts, *(one for wanted in references for one in wanted)]))
    return dict(zip(every, embedder.embed_tokens(every), strict=True))


def _f1(text: Vectors, reference: Vectors) -> float:
    """Section 3, equation (1). Cosines of rounded unit vectors may pass 1, and F1 ends there."""
    if not len(text) or not len(reference):
        return 0.0
    cosines = text @ reference.T
    precision, recall = float(cosines.max(axis=1).mean()), float(cosines.max(axis=0).mean())
    if precision <= 0 or recall <= 0:
        return 0.0
    return min(1.0, 2 * precision * recall / (precision + recall))
