"""Frames of exactly the cited words: the boxes of their lines, cut where the words begin and end."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from store.types import LineBox, Span

_WIDE = frozenset("WF")  # Unicode's East Asian Width: one em, where Latin letters take about half of one
_NARROW = frozenset("iljtfrI.,:;'!|()[] ")
_TOLERANCE = 2  # characters at a line's ends that are not worth a cut


def sentence_boxes(boxes: Sequence[LineBox], spans: Sequence[Span], text: str) -> tuple[LineBox, ...]:
    """The boxes cut to the spans, one for each stretch of a line that is cited.

    A reader knows where a line stands on its page, not where each of its characters does, so the place of a character
    is reckoned from the widths of those before it: a full-width one is twice as wide as a Latin letter. ``text`` is
    the document's; a box whose line lies outside of it stays as it is.
    """
    cut: list[LineBox] = []
    for box in boxes:
        parts = [Span(max(span.start, box.start), min(span.end, box.end)) for span in spans]
        cited = [part for part in parts if part.start < part.end]
        cut += [_cut(box, part, text[box.start : box.end]) for part in cited]
    return tuple(cut)


def _cut(box: LineBox, part: Span, line: str) -> LineBox:
    widths = [_width(character) for character in line]
    total = sum(widths)
    if not total or len(line) != box.end - box.start:
        return box
    before = line[: part.start - box.start]
    after = line[part.end - box.start :]
    unit = (box.right - box.left) / total
    left = box.left if len(before.strip()) < _TOLERANCE else box.left + unit * sum(widths[: len(before)])
    right = box.right if len(after.strip()) < _TOLERANCE else box.right - unit * sum(widths[len(line) - len(after) :])
    return replace(box, start=part.start, end=part.end, left=left, right=max(left, right))


def _width(character: str) -> float:
    if character in "\r\n":
        return 0.0
    if unicodedata.east_asian_width(character) in _WIDE:
        return 1.0
    return 0.3 if character in _NARROW else 0.55
