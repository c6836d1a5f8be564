"""Text to sentences, Chinese and English, as exact spans.

A sentence ends at 。！？； or at a run of dots or ellipses, at an English full stop that is no abbreviation, decimal or
initial, and at the end of a line (list items, headings and table rows are sentences of their own; a line that breaks
off in the middle of an English sentence is joined to the next). Closing quotes and brackets and citation markers that
follow the full stop belong to the sentence before.
"""

from __future__ import annotations

import re

from store.types import Span

_CLOSERS = "”’」』》〉）】〕］)]}\"'"
_MARKER = r"[\[［【][ \d０-９,，、–\-~～]{1,16}[\]］】]"
_AFTER = re.compile(rf"(?:[{re.escape(_CLOSERS)}]|[ \t\u3000]*{_MARKER})*")
_HAN_END = re.compile(r"[。！？；｡]+|…+")
_STOP = re.compile(r"[。！？；｡…]+|[.!?]+")
_LEADING_NUMBER = re.compile(r"[\s*#>\-–•·]*[(（]?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,5})$")
_LIST_LINE = re.compile(r"\s*(?:[-*+•·▪◦#>|]|\d{1,3}[.)、．]|[(（]?[一二三四五六七八九十\d]{1,3}[)）、])")
_LAST_WORD = re.compile(r"[A-Za-z][A-Za-z.]*$")
_NEXT_WORD = re.compile(r"[A-Za-z]+")

_TITLES = frozenset(
    "mr mrs ms dr prof st sr jr gen col sgt capt lt gov sen rep rev hon pres no nos vol vols fig figs eq eqs sec "
    "ch pp p "
    "approx ca cf e.g i.e eg ie vs v al viz resp est dept univ jan feb mar apr jun jul aug sep sept oct nov dec".split()
)
"""Abbreviations after which a sentence practically never ends."""

_MAYBE = frozenset("etc inc ltd co corp a.m p.m am pm u.s u.k u.n e.u d.c ph.d b.c a.d bros ave blvd".split())
"""Abbreviations that may also close a sentence: they do when a common opening word follows."""

_OPENERS = frozenset(
    "the a an it its this that these those he she they we you i in on at by for from to with as if when while "
    "where who "
    "what why how there here however but and or so then after before since although because also all each every no not "
    "both most many some any our their his her under according please see".split()
)


def split(text: str) -> tuple[Span, ...]:
    """Sentences of ``text`` in order, without blanks around them; together they hold every character that is not blank.

    Args:
        text: any text; may be empty.

    Returns:
        Half-open character spans into ``text``, increasing and disjoint.
    """
    spans: list[Span] = []
    start = 0
    for end in [*_boundaries(text), len(text)]:
        span = _strip(text, start, end)
        if span is not None:
            spans.append(span)
        start = max(start, end)
    return tuple(spans)


def texts(text: str) -> tuple[str, ...]:
    """The sentences of ``text`` themselves."""
    return tuple(text[span.start : span.end] for span in split(text))


def _boundaries(text: str) -> list[int]:
    """Positions at which a sentence has ended, in order."""
    ends: list[int] = []
    line_start = 0
    while line_start < len(text):
        newline = text.find("\n", line_start)
        line_end = len(text) if newline < 0 else newline
        ends.extend(_ends_in_line(text, line_start, line_end))
        if newline < 0:
            break
        if not _continues(text, line_start, newline):
            ends.append(newline)
        line_start = newline + 1
    return ends


def _ends_in_line(text: str, line_start: int, line_end: int) -> list[int]:
    ends: list[int] = []
    position = line_start
    while (stop := _STOP.search(text, position, line_end)) is not None:
        tail = _AFTER.match(text, stop.end(), line_end)
        end = tail.end() if tail else stop.end()
        previous = ends[-1] if ends else line_start
        if _is_end(text, previous, stop, end, line_end):
            ends.append(end)
        position = max(end, stop.end())
    return ends


def _is_end(text: str, sentence_start: int, stop: re.Match[str], end: int, line_end: int) -> bool:
    """Whether the punctuation ``stop`` closes the sentence; ``end`` is behind its closers and markers."""
    following = text[end:line_end]
    if _HAN_END.fullmatch(stop.group()):
        # "…" in the middle of an English sentence ("well… maybe") closes nothing.
        return not (stop.group()[0] == "…" and following.lstrip()[:1].islower())
    glued = end == stop.end() and bool(following) and not following[0].isspace()
    if glued and not _is_han(following[0]):
        return False  # 3.5, example.com, e.g.,
    before = text[sentence_start : stop.start()]
    if stop.group() != ".":
        return not following.lstrip()[:1].islower()
    if _LEADING_NUMBER.fullmatch(before):
        return False  # "1. First item"
    return not _is_abbreviation(before, following.lstrip())


def _is_abbreviation(before: str, following: str) -> bool:
    if not following:
        return False
    if following[0].islower():
        return True
    word = _LAST_WORD.search(before)
    if word is None:
        return False
    last = word.group().lower()
    if last in _TITLES:
        return last not in {"no", "p", "v"} or following[0].isdigit()
    opener = _NEXT_WORD.match(following)
    opens = opener is not None and opener.group().lower() in _OPENERS
    single = (len(last) == 1 and word.group().isupper()) or re.fullmatch(r"(?:[a-z]\.)+[a-z]", last) is not None
    return (single or last in _MAYBE) and opener is not None and not opens


def _continues(text: str, line_start: int, newline: int) -> bool:
    """Whether the line break at ``newline`` stands inside a sentence: an English line cut in two, or after a comma."""
    line = text[line_start:newline].rstrip()
    rest = text[newline + 1 : newline + 80]
    if not line or not rest or rest[0].isspace() or _LIST_LINE.match(rest) or "|" in line:
        return False
    if line[-1] in ",，、" and len(line) >= 12:
        return True
    return rest[0].islower() and len(line) >= 30 and (line[-1].isalnum() or line[-1] in ")-")


def _strip(text: str, start: int, end: int) -> Span | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end) if end > start else None


def _is_han(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff" or character in "“「『《（"
