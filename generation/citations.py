"""The markers of an answer: ``[2]`` says that passage 2 carries the sentence.

What a model writes is hostile input: a marker is read here as digits, compared with the number of passages, and is
never used as an index before that. Anything else that looks like a marker is taken out of the text and reported.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_LIKE_MARKER = re.compile(r"[\[［【〔]\s*(?P<inside>[^\[\]［］【】〔〕\n]{0,40}?)\s*[\]］】〕]")
_LIST = re.compile(r"\d{1,3}(?:\s*[,，、;；]\s*\d{1,3})*")
_LABEL = re.compile(
    r"^(?:source|sources|passage|passages|document|doc|ref|citation|资料|資料|来源|來源|文档|文檔|引用)?\s*[#:：]?\s*",
    re.IGNORECASE,
)
_JUNK = re.compile(
    r"-?\d[\d\s,，、;；\-–—~～.^]*|[a-zA-Z]\d{0,3}|\d*[nN]|\^?\d+\^?|citation needed|来源|source|n\]?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Marked:
    """A text without its markers: ``numbers`` in order of appearance, each once; ``removed`` as they were written."""

    text: str
    numbers: tuple[int, ...]
    removed: tuple[str, ...]


def parse(text: str, passages: int) -> Marked:
    """Take the markers out of ``text``.

    Read as markers: ``[1]``, ``[1][2]``, ``[1, 2]``, and the same in 【】 or ［］ or with full-width digits or a label
    ("[来源 1]"). Removed and reported: numbers that no passage has ([0], [99]), ranges ([1-999999999]), letters ([a]).
    Other bracketed words (「[笔者注]」, "[sic]", Markdown links) are text and stay.

    Args:
        text: a sentence as the model wrote it.
        passages: how many passages there are; valid numbers are 1 to ``passages``.
    """
    numbers: list[int] = []
    removed: list[str] = []
    pieces: list[str] = []
    position = 0
    for match in _LIKE_MARKER.finditer(text):
        inside = unicodedata.normalize("NFKC", match["inside"]).strip()
        if text[match.end() : match.end() + 1] == "(" or not _is_marker(inside):
            continue
        pieces.append(text[position : match.start()])
        position = match.end()
        found = _numbers(inside)
        valid = [number for number in found if 1 <= number <= passages]
        numbers.extend(valid)
        if not found or len(valid) < len(found):
            removed.append(match.group())
    pieces.append(text[position:])
    return Marked(_tidy("".join(pieces)), tuple(dict.fromkeys(numbers)), tuple(removed))


def render(text: str, numbers: tuple[int, ...]) -> str:
    """``text`` with its markers behind it: ``"Paris is the capital. [1][3]"`` keeps the full stop where it is."""
    if not numbers:
        return text
    markers = "".join(f"[{number}]" for number in numbers)
    blank = "" if text and ord(text[-1]) > 0x2E7F else " "
    return f"{text}{blank}{markers}"


def _is_marker(inside: str) -> bool:
    stripped = _LABEL.sub("", inside, count=1)
    return _LIST.fullmatch(stripped) is not None or _JUNK.fullmatch(stripped or inside) is not None


def _numbers(inside: str) -> list[int]:
    stripped = _LABEL.sub("", inside, count=1)
    if _LIST.fullmatch(stripped) is None:
        return []
    return [int(digits) for digits in re.findall(r"\d{1,3}", stripped)]


def _tidy(text: str) -> str:
    """Close the gaps that removed markers leave: no blank before punctuation, no double blanks."""
    text = re.sub(r"[ \t]+([,.;:!?，。；：！？、])", r"\1", text)
    text = re.sub(r"([。！？；])[ \t]+$", r"\1", text)
    return re.sub(r"[ \t]{2,}", " ", text).strip()
