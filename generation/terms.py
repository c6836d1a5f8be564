"""What a sentence states that can be checked: numbers, dates, quotes, names; and the words of its sense."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from generation.quantities import Date, Number, Stated, is_code, stated
from store.analyzer import STOP_WORDS, analyze, fold, is_han

if TYPE_CHECKING:
    from collections.abc import Callable

_QUOTES = re.compile(
    r"“([^”\n]{2,120})”|「([^」\n]{2,120})」|『([^』\n]{2,120})』|《([^》\n]{1,80})》|(?<!\w)\"([^\"\n]{2,120})\"(?!\w)"
    r"|(?<![\w'])'([^'\n]{3,80})'(?!\w)|‘([^’\n]{3,80})’(?!\w)"
)
_LATIN_WORD = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿ\d]+(?:[-_./&'’][A-Za-zÀ-ÖØ-öø-ÿ\d]+)*(?:\+\+|#)?")
_NOT_WORDLIKE = re.compile(r"[\W_]+", re.UNICODE)
_HAN_FUNCTION = frozenset(
    "的了是在和与及或其之也都而则就被把为以对于从由到等这那该此并将会能可要有我你他她它们着过得地吗呢吧么什"
)
_HAN_NUMERALS = frozenset("零〇一二两三四五六七八九十百千万亿")
NAME_TAGS = frozenset({"nr", "nrt", "nrfg", "ns", "nt", "nz"})
"""What the segmenter calls names: of people, places, organisations, other."""
FUNCTION_WORDS = frozenset(
    "he she his her hers him we us our ours you your yours i me my mine its from has have had been being were which "
    "who whom whose what when where how why also can could may might must should would do does did than so some "
    "any all "
    "both each more most other about over under after before while during between through because since until "
    "again once "
    "about against up down out off here very just only own same too s t one according state stated mention document "
    "passage text".split()
)
COMMON_CAPITALS = frozenset(
    "i january february march april may june july august september october november december monday tuesday wednesday "
    "thursday friday saturday sunday mr mrs ms dr prof ok yes no faq".split()
)


ASKING = frozenset(
    "多少 多久 多长 多大 多高 如何 怎样 怎么 哪里 哪些 哪个 哪种 哪一 哪年 哪位 谁 是否 为何 何时 请问 介绍 一下 几个 "
    "几天 几年 时候 "
    "many much long kind type sort".split()
)
"""Terms of a question that ask and do not describe; they are not looked for in a passage."""

_SHORTENED = "isn aren wasn weren doesn don didn can won couldn wouldn shouldn mustn hasn haven hadn".split()
ANSWERING = frozenset(
    "yes yep no nope cannot correct true fals inde sure absolut cours unfortun sad 正确 确实 的确 当然 目前".split()
    + _SHORTENED
    + [f"{word}'t" for word in _SHORTENED]
)
"""Terms of an answer that only affirm what was asked, or deny it."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What can be checked in a sentence; ``quotes`` and ``names`` as written."""

    stated: Stated
    quotes: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def numbers(self) -> frozenset[Number]:
        """The numbers stated."""
        return self.stated.numbers

    @property
    def dates(self) -> frozenset[Date]:
        """The dates stated."""
        return self.stated.dates

    def without(self, other: Facts) -> Facts:
        """Those that ``other`` does not have."""
        new = Stated(self.numbers - other.numbers, self.dates - other.dates)
        quotes = tuple(quote for quote in self.quotes if quote not in other.quotes)
        return Facts(new, quotes, tuple(name for name in self.names if name not in other.names))


def facts(sentence: str) -> Facts:
    """The checkable facts of a sentence without markers."""
    return Facts(stated(sentence), quotes(sentence), names(sentence))


def quotes(text: str) -> tuple[str, ...]:
    """The strings that stand in quotation marks or in a title's brackets, in order."""
    return tuple(next(group for group in match.groups() if group) for match in _QUOTES.finditer(text))


def names(text: str) -> tuple[str, ...]:
    """Names of people, places, organisations and things, each once.

    Latin: capitalised words, acronyms and identifiers (GPT-4o, GB/T5972, iPhone). Chinese: what the segmenter tags as a
    proper noun, in Simplified characters; in a Chinese sentence every Latin word of two letters counts too. A word at
    the beginning of an English sentence counts only if its capital is no accident: another capital or a digit in it, or
    a capitalised word behind it.
    """
    text = unicodedata.normalize("NFKC", text)
    chinese = is_han(text)
    found: list[str] = []
    for match in _LATIN_WORD.finditer(text):
        word = re.sub(r"['’]s$", "", match.group())
        if not _contracted(word) and _is_name(word, text, match, chinese):
            found.append(word)
    if chinese:
        found.extend(_han_names(fold(text)))
    return tuple(dict.fromkeys(found))


def _contracted(word: str) -> bool:
    """Whether a word is "I've", "It's", "Don't"."""
    head, mark, _ = word.replace("’", "'").lower().partition("'")
    return bool(mark) and (head in FUNCTION_WORDS or head in STOP_WORDS or head.endswith("n"))


def _han_names(folded: str) -> list[str]:
    return [word for word, tag in tagger()(folded) if tag in NAME_TAGS and len(word) > 1 and is_han(word)]


@lru_cache(maxsize=1)
def tagger() -> Callable[[str], list[tuple[str, str]]]:
    """The segmenter: Simplified text to its words, each with its part of speech."""
    import rjieba

    tag: Callable[[str], list[tuple[str, str]]] = rjieba.tag
    return tag


def _is_name(word: str, text: str, match: re.Match[str], chinese: bool) -> bool:
    folded = word.lower()
    if is_code(folded):
        return True
    if not any(character.isalpha() for character in word) or re.search(r"\d", word):
        return False
    if folded in COMMON_CAPITALS or folded in FUNCTION_WORDS or folded in STOP_WORDS or len(word) < 2:
        return False
    if chinese:
        return not _is_unit_after_number(text, match.start())
    if not any(character.isupper() for character in word):
        return False
    if any(character.isupper() for character in word[1:]):
        return True
    initial = re.search(r"(?:^|[.!?:;\n•\-*]|\d\.)[\s\"“‘(\[]*$", text[: match.start()]) is not None
    followed = re.match(r"\s+[A-Z]", text[match.end() :]) is not None
    return not initial or followed


def _is_unit_after_number(text: str, start: int) -> bool:
    return re.search(r"\d\s*$", text[:start]) is not None


def squeeze(text: str) -> str:
    """Folded text without blanks and punctuation, for finding a quoted string however it is set."""
    return _NOT_WORDLIKE.sub("", fold(text))


@lru_cache(maxsize=4096)
def content(text: str) -> frozenset[str]:
    """The terms of ``text`` that carry meaning: stemmed Latin words, Han words and bigrams; function words left out.

    The terms are those of ``store.analyzer.analyze``, so that a check and a search see a text the same way.
    """
    return frozenset(term for term in analyze(text) if _carries_meaning(term))


def _carries_meaning(term: str) -> bool:
    """Numbers carry none here: they are compared by value, not by spelling."""
    if term.isascii():
        return term not in FUNCTION_WORDS and len(term) > 1 and not term[0].isdigit()
    if any(character in _HAN_NUMERALS for character in term):
        return False
    return len(term) > 2 or not any(character in _HAN_FUNCTION for character in term)


def coverage(sentence: frozenset[str], evidence: frozenset[str]) -> float:
    """The share of the sentence's terms that the evidence has, 0 to 1; 0 for a sentence without terms."""
    return len(sentence & evidence) / len(sentence) if sentence else 0.0
