"""A second witness for a sentence and a passage in different languages, where words cannot be compared: meaning.

Every token of the sentence looks for the nearest token in each sentence of the passage (late interaction, Khattab &
Zaharia 2020, arXiv:2004.12832, section 3.3), over the default embedder's vectors without what all tokens of a language
share (Mu & Viswanath 2018, arXiv:1702.01417, section 2). The tokens that the question says already and those that are
new are looked at apart: the new ones are the answer, and must be found where the question's own are found. Three
numbers of that go into a logistic, fitted on parallel paragraphs (``python -m bench.cross_language DATA --write``).

It is weaker than words: a wrong answer of the same kind out of the same passage (another person who stands there)
passes often, how often is in docs/quality.md. Numbers, codes, Latin names and denials are compared by
``generation.support``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import exp
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from generation.evidence import Evidence
from models.types import TokenCounter, Vectors
from store.language import Language, written_in
from store.types import Span

EMBEDDER = "multilingual-e5-small"  # means and weights say nothing about another one's vectors
MEANS = Path(__file__).with_name("policy") / "meaning_e5_small.npz"  # mean token vector by language, no text

WEIGHTS = (-5.13, 9.58, 3.98, -2.44)
"""Constant and weights of ``Measures.together``, ``here`` and ``elsewhere``.

Fitted with the means on the tuning half of XQuAD's articles: python -m bench.cross_language DATA --write.
"""

ENOUGH = 0.6
"""Probability from which a passage in another language supports a sentence.

The lowest at which 95 % of what passes is right, on the tuning half, against as many statements about other paragraphs,
half of them of the same article. 65 % (English) and 68 % (Chinese) of the right statements reach it, none against
another article, 3 and 6 % against another paragraph of the same one; at .8 these are 42 and 49, 0, 1 and 1 %.
"""

OPEN = 0.3
"""Probability below which the passage does not even seem to be about it, and the marker is taken away.

On the tuning half 1 % of the statements reach it against another article, 20 % against another paragraph of the same.
"""

KEPT = 256
"""Sentences whose vectors are kept: about 15 MB."""


@dataclass(frozen=True, slots=True)
class Measures:
    """How near a sentence comes to a passage; means of centred cosines, so each from -1 to 1.

    ``together``: the nearer of the new and the known tokens' means, in the sentence of the passage where that is most;
    ``here``: the new tokens, in the sentence where the known ones are nearest; ``elsewhere``: how much nearer than
    ``here`` the new tokens come in the rest of the passage. ``line`` is the number of the sentence of ``together``.
    """

    together: float
    here: float
    elsewhere: float
    line: int


@dataclass(frozen=True, slots=True)
class Likeness:
    """How likely a passage says a sentence, 0 to 1, and the stretch of it that comes nearest."""

    probability: float
    span: Span


class Witness(Protocol):
    """Compares a sentence with a passage in another language."""

    def __call__(self, sentence: str, question: str, evidence: Evidence) -> Likeness | None:
        """None where there is nothing to compare. Raises a ModelError."""
        ...

    def nearest(self, question: str, passage: Evidence) -> tuple[float, Span] | None:
        """The sentence of a passage that comes nearest to a question, and how near; None for one without words.

        What is near need not answer. Raises a ModelError.
        """
        ...


class TokenReader(Protocol):
    """What a witness needs of an embedder: a ``models.types.TokenEmbedder`` with its tokenizer."""

    @property
    def tokens(self) -> TokenCounter:
        """The model's own tokenizer."""
        ...

    def embed_tokens(self, texts: Sequence[str], *, query: bool = False) -> list[Vectors]:
        """As ``models.types.TokenEmbedder``."""
        ...


@dataclass(slots=True)
class MeaningWitness:
    """A Witness over token vectors: it keeps what it embedded last, for the sentences of one answer."""

    reader: TokenReader
    _kept: dict[str, Vectors] = field(default_factory=dict)

    def __call__(self, sentence: str, question: str, evidence: Evidence) -> Likeness | None:
        """Embeds the sentence and the passage's sentences that it has not seen yet: about as much as one passage."""
        found = self.measured(sentence, question, evidence)
        return Likeness(probability(found[0]), found[1]) if found else None

    def measured(self, sentence: str, question: str, evidence: Evidence) -> tuple[Measures, Span] | None:
        """What the probability is made of, and the sentence of the passage that comes nearest."""
        told, kept = self._read(sentence, evidence)
        if not kept or not len(told):
            return None
        new = new_tokens(sentence, question, self.reader.tokens.offsets(sentence), len(told))
        found = measures(told, new, [rows for _, rows in kept])
        return found, kept[found.line][0]

    def nearest(self, question: str, passage: Evidence) -> tuple[float, Span] | None:
        """By the mean over the question's tokens of the nearest one's cosine."""
        asked, kept = self._read(question, passage)
        if not kept or not len(asked):
            return None
        near = [float((asked @ rows.T).max(axis=1).mean()) for _, rows in kept]
        best = int(np.argmax(near))
        return near[best], kept[best][0]

    def _read(self, sentence: str, evidence: Evidence) -> tuple[Vectors, list[tuple[Span, Vectors]]]:
        """The centred token rows of a sentence and of each sentence of a passage that has any."""
        text = evidence.passage.chunk.text
        lines = [line.span for line in evidence.lines if any(map(str.isalnum, text[line.span.start : line.span.end]))]
        told, *read = self._rows([sentence, *(text[span.start : span.end] for span in lines)])
        kept = [(span, centred(one, evidence.language)) for span, one in zip(lines, read, strict=True) if len(one)]
        return centred(told, written_in(sentence)), kept

    def _rows(self, texts: Sequence[str]) -> list[Vectors]:
        found = {text: self._kept[text] for text in texts if text in self._kept}
        missing = [text for text in dict.fromkeys(texts) if text not in found]
        found.update(zip(missing, self.reader.embed_tokens(missing) if missing else [], strict=True))
        if len(self._kept) > KEPT:
            self._kept.clear()
        self._kept.update(found)
        return [found[text] for text in texts]


def measures(sentence: Vectors, new: NDArray[np.bool_], lines: Sequence[Vectors]) -> Measures:
    """Compare a sentence's token rows (tokens, dimension) with those of each line; all centred, none empty."""
    best = np.stack([(sentence @ line.T).max(axis=1) for line in lines])  # (lines, tokens)
    told, known = best[:, new].mean(axis=1), best[:, ~new if not new.all() else new].mean(axis=1)
    both = np.minimum(told, known)
    here = float(told[int(known.argmax())])
    rest = float(best.max(axis=0)[new].mean())
    return Measures(float(both.max()), here, rest - here, int(both.argmax()))


def new_tokens(sentence: str, question: str, offsets: Sequence[tuple[int, int]], rows: int) -> NDArray[np.bool_]:
    """Which of a sentence's ``rows`` tokens the question does not say; all of them where it says every one.

    ``offsets`` are the tokens' characters. The tokenizer may put a blank of its own before the first; where more
    differs (a text that was cut), all count as new.
    """
    if not 0 <= len(offsets) - rows <= 1:
        return np.ones(rows, bool)
    asked = question.lower()
    words = [sentence[start:end].strip().lower() for start, end in offsets[len(offsets) - rows :]]
    new = np.array([any(map(str.isalnum, word)) and word not in asked for word in words], bool)
    return new if new.any() else np.ones(rows, bool)


def centred(rows: Vectors, language: Language) -> Vectors:
    """Unit rows without the mean of their language's tokens, again of length 1."""
    moved = rows - means()[language]
    unit: Vectors = moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9)
    return unit


def probability(found: Measures) -> float:
    """The logistic over the three measures."""
    constant, *weights = WEIGHTS
    total = constant + sum(w * x for w, x in zip(weights, (found.together, found.here, found.elsewhere), strict=True))
    return 1 / (1 + exp(-max(-30.0, min(30.0, total))))


@lru_cache(maxsize=1)
def means() -> dict[Language, Vectors]:
    """The mean of unit token vectors of each language, shape (dimension,), as they came with the program."""
    with np.load(MEANS) as file:
        return {"zh": file["zh"].astype(np.float32), "en": file["en"].astype(np.float32)}
