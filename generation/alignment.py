"""A sentence laid beside the stretch of its source that it resembles most, word by word.

Where a sentence keeps most of its source's wording, what stands in a word's place tells more than whether the word
occurs somewhere: a number, a name or a negation where the source has another is an error, though the passage may hold
both. The alignment is a longest common subsequence of words (``rapidfuzz``, after Hyyrö 2004).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from generation.evidence import Evidence
from generation.numerals import ENGLISH_NUMERAL, HAN_NUMERAL, english_value, han_value
from generation.terms import COMMON_CAPITALS, FUNCTION_WORDS, NAME_TAGS, tagger
from store.analyzer import STOP_WORDS, analyze, fold
from store.types import Span

CANDIDATES = 3
"""Sentences of a passage that a sentence is laid beside: those that share most words with it."""
WIDER = 0.08
"""A stretch of two sentences must agree in this much more than one: words of a long text fall into line by chance."""

_TOKEN = re.compile(r"\d+(?:\.\d+)?|[A-Za-z]+(?:['’][a-z]+)?|[\u3400-\u9fff]+|[^\W\d_]+")
_HAN = re.compile(r"[\u3400-\u9fff]")
_ENGLISH_NUMERAL = re.compile(ENGLISH_NUMERAL)
_NO_NAMES = (
    FUNCTION_WORDS
    | STOP_WORDS
    | COMMON_CAPITALS
    | frozenset(
        "however furthermore moreover overall meanwhile therefore thus hence instead likewise nevertheless besides "
        "although "
        "though unlike despite within without among upon per via yet once given using".split()
    )
)
"""Words that have a capital for standing first."""
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


@dataclass(frozen=True, slots=True)
class Word:
    """A word: ``key`` is what is compared (a stem, a Simplified word, "#12"), ``shown`` as written.

    ``kind`` is number, name (a capital in Latin script, the segmenter's tag in Han), noun (Han alone) or other.
    """

    key: str
    shown: str
    kind: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What stands in one and the same place: ``ours`` in the sentence, ``theirs`` in the source; one may be empty.

    ``inner`` says that words that agree stand on both sides of it.
    """

    ours: tuple[Word, ...]
    theirs: tuple[Word, ...]
    inner: bool


@dataclass(frozen=True, slots=True)
class Alignment:
    """``share`` of the sentence's words found in order, 0 to 1; ``span`` of the passage; where the two differ."""

    share: float
    span: Span
    differences: tuple[Difference, ...]
    ours: tuple[Word, ...] = ()
    theirs: tuple[Word, ...] = ()


def align(sentence: str, keys: frozenset[str], evidence: Evidence) -> Alignment | None:
    """The best alignment of a sentence with one sentence of a passage or two in a row; None where no word agrees.

    Args:
        sentence: without markers.
        keys: its content words, by which the candidates are chosen.
        evidence: the passage.
    """
    ours, lines = words(sentence), evidence.lines
    overlaps = [len(keys & line.words) for line in lines]
    best: Alignment | None = None
    for i in sorted(range(len(lines)), key=lambda i: (-overlaps[i], i))[:CANDIDATES]:
        for first, last in ((i, i), (i - 1, i), (i, i + 1)):
            if not ours or not overlaps[i] or first < 0 or last >= len(lines):
                continue
            span = Span(lines[first].span.start, lines[last].span.end)
            theirs = tuple(w for n in range(first, last + 1) for w in words(_text(evidence, n)))
            found = _compare(ours, theirs, span)
            if best is None or found.share > best.share + (WIDER if last > first else 0.0):
                best = found
    return best


def _text(evidence: Evidence, line: int) -> str:
    span = evidence.lines[line].span
    return evidence.passage.chunk.text[span.start : span.end]


@lru_cache(maxsize=1024)
def words(text: str) -> tuple[Word, ...]:
    """The words of a text in order: Latin stems, numbers by value, Han words as the segmenter cuts and tags them."""
    text = _THOUSANDS.sub("", unicodedata.normalize("NFKC", text))
    result: list[Word] = []
    for match in _TOKEN.finditer(text):
        token = match.group()
        if token[0].isdigit():
            result.append(Word(f"#{token.lstrip('0') or '0'}", token, "number"))
        elif _HAN.match(token):
            result.extend(_han(word, tag) for word, tag in tagger()(fold(token)))
        else:
            result.append(_latin(token))
    return tuple(result)


def _han(word: str, tag: str) -> Word:
    numeral = re.match(HAN_NUMERAL, word)
    if tag == "m" and numeral:
        value = han_value(numeral.group())
        if value is not None and numeral.end() == len(word):
            return Word(f"#{value}", word, "number")
        return Word(word, word, "number")
    if len(word) > 1 and tag in NAME_TAGS:
        return Word(word, word, "name")
    return Word(word, word, "noun" if len(word) > 1 and tag[0] == "n" else "other")


def _latin(token: str) -> Word:
    folded = re.sub(r"['’]s$", "", fold(token))
    if _ENGLISH_NUMERAL.fullmatch(folded):
        return Word(f"#{english_value(folded)}", token, "number")
    stem = (analyze(folded) or [folded])[0]
    name = token[0].isupper() and folded not in _NO_NAMES and not folded.endswith("ly")
    return Word(stem, token, "name" if name else "other")


def _compare(ours: tuple[Word, ...], theirs: tuple[Word, ...], span: Span) -> Alignment:
    from rapidfuzz.distance import LCSseq

    equal = [op for op in LCSseq.opcodes([w.key for w in ours], [w.key for w in theirs]) if op.tag == "equal"]
    differences: list[Difference] = []
    left = right = 0
    for number in range(len(equal) + 1):
        op = equal[number] if number < len(equal) else None
        to_left, to_right = (op.src_start, op.dest_start) if op else (len(ours), len(theirs))
        mine, other = ours[left:to_left], theirs[right:to_right]
        inner = number > 0 and op is not None
        if not inner:
            # Outside of what agrees the source goes on: of it only as many words as the sentence has there, and one.
            reach = len(mine) + 1 if mine else 0
            other = (other[:reach] if number else other[len(other) - min(reach, len(other)) :]) if reach else ()
        if (mine or other) and "".join(w.key for w in mine) != "".join(w.key for w in other):
            differences.append(Difference(mine, other, inner))
        if op:
            left, right = op.src_end, op.dest_end
    matched = sum(op.src_end - op.src_start for op in equal)
    return Alignment(matched / len(ours), span, tuple(differences), ours, theirs)
