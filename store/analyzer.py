"""Text → search terms: one function for what is indexed and for what is asked.

Han text gives its words (rjieba) and its bigrams: words carry meaning, bigrams find what the dictionary does not know.
Traditional characters are folded to Simplified, full-width forms to half-width. Latin words are stemmed (Snowball
English), function words dropped. Identifiers such as ``GB/T5972``, ``GPT-4o`` or ``C++`` stay whole, and give their
parts too, so that ``T5972`` finds ``GB/T5972``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

VERSION = "2"
"""Changes with every change of the terms; an index built by another version is rebuilt."""

# Han, the iteration mark, and Japanese kana: scripts written without blanks, so they are cut into bigrams.
UNSPACED = r"\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_UNSPACED_RUN = re.compile(f"[{UNSPACED}]+")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")
# A run of letters and digits, parts joined by a connector, perhaps ending like C++ or F#.
_TOKEN = re.compile(rf"[{UNSPACED}]+|(?:[^\W_{UNSPACED}]+(?:[-_./&'’:][^\W_{UNSPACED}]+)*)(?:\+\+|#)?", re.UNICODE)
_CONNECTOR = re.compile(r"[-_./&'’:+#]+")
_PIECE = re.compile(r"[^\W\d_]+|\d+")  # the letters and the digits of gpt4o
_LONE = re.compile("[\ud800-\udfff]")  # halves of characters, from a damaged file or a model: OpenCC refuses them
_THOUSANDS = re.compile(r",(?<=\d,)(?=\d{3}(?!\d))")  # begins with the comma, which is looked for quickly
_ASCII = re.compile(r"[\x00-\x7f]*")
_ABBREVIATIONS = re.compile(r"(?<![A-Za-z\d])([A-Z]+U)s(?![A-Za-z\d])")
_LONGEST_TERM = 64  # characters; a longer run without a blank (base64, a hash chain) is cut, so that it stays findable

# Lucene's default English stop set: short, so that "who", "when" and "how" still count.
# https://github.com/apache/lucene/blob/main/lucene/analysis/common/src/java/org/apache/lucene/analysis/en/EnglishAnalyzer.java
STOP_WORDS = frozenset(
    """a an and are as at be but by for if in into is it no not of on or such that the their then there these they this
    to was will with""".split()
)


# Snowball keeps the s of "us" (status, bus), so these plurals would not find their singulars.
_PLURALS = {f"{word}s": word for word in ("cpu", "gpu", "menu", "npu", "sku", "tpu")}


def analyze(text: str) -> list[str]:
    """The terms of ``text`` in reading order, repeats kept; none holds a blank.

    >>> analyze("GPT-4o 的檢索")
    ['gpt-4o', 'gpt', '4o', '的检', '检索', '的', '检索']
    """
    return list(_terms(fold(_ABBREVIATIONS.sub(r"\1", text))))


def fold(text: str) -> str:
    """``text`` in the form that is compared: NFKC, lower case, Simplified characters, ``1,000`` as ``1000``."""
    if _ASCII.fullmatch(text) is None:
        text = unicodedata.normalize("NFKC", text)
        if _HAN.search(text):
            text = _to_simplified()(_LONE.sub("\ufffd", text))
    return _THOUSANDS.sub("", text.lower())


def is_han(text: str) -> bool:
    """Whether any Han character stands in ``text``."""
    return _HAN.search(text) is not None


def _terms(text: str) -> Iterator[str]:
    for match in _TOKEN.finditer(text):
        token = match.group()
        if _UNSPACED_RUN.match(token):
            yield from _unspaced_terms(token)
        else:
            yield from _latin_terms(token)


def _unspaced_terms(run: str) -> Iterator[str]:
    """Bigrams, then the dictionary's words.

    A word of two characters is also a bigram and so counts twice, on purpose: nDCG@10 on stard .411 against .398
    without and .406 with bigrams alone, on squad_zh .794, .778 and .783 (docs/decisions.md).
    """
    if len(run) == 1:
        yield run
        return
    yield from (run[i : i + 2] for i in range(len(run) - 1))
    yield from _segment()(run)


def _latin_terms(token: str) -> Iterator[str]:
    token = token.replace("’", "'").removesuffix("'s")
    if token.isalpha():
        if token not in STOP_WORDS:
            yield _stem(token[:_LONGEST_TERM])
        return
    yield from (token[i : i + _LONGEST_TERM] for i in range(0, len(token), _LONGEST_TERM))
    for part in _CONNECTOR.split(token):
        if part != token:
            yield from _part_terms(part)
        if not part.isalpha() and not part.isdigit():
            yield from (piece for piece in _PIECE.findall(part) if len(piece) > 1 and piece != token)


def _part_terms(part: str) -> Iterator[str]:
    if part.isalpha() and len(part) > 1 and part not in STOP_WORDS:
        yield _stem(part[:_LONGEST_TERM])
    elif part and not part.isalpha():
        yield part[:_LONGEST_TERM]


@lru_cache(maxsize=65_536)
def _stem(word: str) -> str:
    if not word.isascii():
        word = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    return str(_stemmer()(_PLURALS.get(word, word)))


@lru_cache(maxsize=1)
def _stemmer() -> Callable[[str], str]:
    import Stemmer

    stem: Callable[[str], str] = Stemmer.Stemmer("english").stemWord
    return stem


@lru_cache(maxsize=1)
def _to_simplified() -> Callable[[str], str]:
    import opencc

    convert: Callable[[str], str] = opencc.OpenCC("t2s").convert
    return convert


@lru_cache(maxsize=1)
def _segment() -> Callable[[str], list[str]]:
    import rjieba

    cut: Callable[[str], list[str]] = rjieba.cut
    return cut
