"""Text in the form that quotes are compared in, every character in its place: Simplified, half-width, lower case.

``store.analyzer.fold`` reads words, so a text may grow or shrink in it; here each character becomes one character or
stays, and a span of the folded text is the same span of the text.
"""

from __future__ import annotations

from store.analyzer import fold


class _Table(dict[int, str]):
    """For ``str.translate``: learns a character when it first meets it."""

    def __missing__(self, code: int) -> str:
        folded = fold(chr(code))
        self[code] = folded if len(folded) == 1 else chr(code)
        return self[code]


_TABLE = _Table()


def one_script(text: str) -> str:
    """``text`` folded, of the same length.

    >>> one_script("頤和園的門票 ＡＢ")
    '颐和园的门票 ab'
    """
    return text.translate(_TABLE)
