"""Wraps Chinese, and Chinese mixed with English, to the columns of a terminal.

Chinese has no spaces: a line may break between any two of its characters, but not before a closing mark or after an
opening one (the rules of clreq, "Line Composition Rules for Punctuation Marks", https://www.w3.org/TR/clreq/). English
words, names of flags and paths stay whole. Characters whose width depends on the font (“ ” … ×) count as two columns,
so that a line fits whatever the terminal makes of them.
"""

from __future__ import annotations

from unicodedata import east_asian_width

_CLOSING = frozenset("，。；：！？、）】」』》〉”’…％)]},.;:!?%")
_OPENING = frozenset("（【「『《〈“‘([{")
_ENDING = 8  # columns: two characters with a mark each


def columns(text: str) -> int:
    """The columns that ``text`` takes at most."""
    return sum(2 if east_asian_width(character) in "WFA" else 1 for character in text)


def wrapped(text: str, width: int, *, last: str = "") -> list[str]:
    """``text`` as lines of at most ``width`` columns; an English word that is wider is cut.

    ``last`` comes behind it after a blank, whole where a line has the room for it.
    """
    lines, line = [], ""
    whole = [" ", last] if columns(last) <= width else _pieces(f" {last}")
    for piece in [*_pieces(text), *(whole if last else [])]:
        if columns(line) + columns(piece.rstrip()) > width and line:
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
        while columns(line.rstrip()) > width:
            fits = _fitting(line, width)
            lines.append(line[:fits])
            line = line[fits:]
    return [*lines, line.rstrip()] if line.strip() else lines


def _pieces(text: str) -> list[str]:
    """What stays together: words, Chinese characters with the marks that cling to them, and blanks."""
    pieces: list[str] = []
    for character in " ".join(text.split()):
        if pieces and _clings(pieces[-1][-1], character):
            pieces[-1] += character
        else:
            pieces.append(character)
    if " " not in pieces[-2:] and columns("".join(pieces[-2:])) <= _ENDING:
        pieces[-2:] = ["".join(pieces[-2:])]  # no single character on the last line
    return pieces


def _clings(before: str, character: str) -> bool:
    if " " in (before, character):
        return False
    if character in _CLOSING or before in _OPENING:
        return True
    return columns(before) == columns(character) == 1


def _fitting(text: str, width: int) -> int:
    """How many characters of ``text`` fit into ``width`` columns, at least one."""
    fits = 1
    while columns(text[: fits + 1]) <= width:
        fits += 1
    return fits
