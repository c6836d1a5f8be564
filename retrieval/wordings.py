"""Other wordings of a question, made of a passage's own words: for a passage that the question did not find."""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz import fuzz, process

from retrieval.explain import Missing
from store.analyzer import is_han
from store.shelf import Shelf
from store.types import Chunk
from store.words import Word, words

MEANT = 75.0  # rapidfuzz's ratio, 0..100, from which a word that the passage lacks may be a misspelling of one it holds
SHORTEST_MISSPELT = 4  # characters; shorter words are alike too easily
ADDED = 3  # words of the passage that are added to the question, one after the other


def wordings(question: str, chunk: Chunk, lacking: Sequence[Missing], shelf: Shelf) -> tuple[str, ...]:
    """Questions to try, the one nearest to ``question`` first: spelt as the passage spells, then with its own words.

    The words added are those that the fewest passages of the collection hold.
    """
    own = words(chunk.text)
    corrected = respelt(question, lacking, own)
    tried = [corrected] if corrected != question else []
    added: list[str] = []
    for word in distinctive(question, own, shelf)[:ADDED]:
        added.append(word)
        tried.append(f"{corrected} {' '.join(added)}")
    return tuple(tried)


def respelt(question: str, lacking: Sequence[Missing], own: Sequence[Word]) -> str:
    """The question with every lacking word replaced by the passage's word that it may be a misspelling of."""
    choices = sorted({word.text.lower() for word in own if not is_han(word.text)})
    for missing in lacking:
        if len(missing.word) >= SHORTEST_MISSPELT and missing.word.isalpha() and not is_han(missing.word):
            meant = process.extractOne(missing.word.lower(), choices, scorer=fuzz.ratio, score_cutoff=MEANT)
            if meant is not None:
                question = question.replace(missing.word, str(meant[0]))
    return question


def distinctive(question: str, own: Sequence[Word], shelf: Shelf) -> list[str]:
    """The passage's words that the question lacks, those that the fewest passages hold first."""
    asked = {term for word in words(question) for term in word.terms}
    new = {word.text: word.terms[0] for word in own if not asked.intersection(word.terms) and _telling(word.text)}
    weights = shelf.keyword_weights(set(new.values()))
    order = {word: place for place, word in enumerate(new)}
    return sorted(new, key=lambda word: (-weights.get(new[word], (0.0, 0))[0], order[word]))


def _telling(word: str) -> bool:
    """Whether a word says something by itself: two Chinese characters or three letters at least, no bare number."""
    return len(word) >= (2 if is_han(word) else 3) and any(one.isalpha() for one in word)
