"""Lines of a page → paragraphs, with every line's span in the paragraph's text kept exact."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from ingest.clean import HAN, joint
from ingest.readers.pdf_lines import Line, PageLines
from ingest.readers.pdf_tables import cells_text
from ingest.readers.seen_page import turned_back
from ingest.types import Block, BlockBox, BlockKind

LOOSE = 0.35  # a gap this much of a line's height over the page's usual gap begins a paragraph
SHARED = 0.02  # of the page: line ends this close are one edge; a headline across all columns stands alone
RUN = 3  # so many lines of one place and length were ended by their margin
SAME = 0.01  # of the page's width: what such lines may differ in
LONG = 0.3  # of the page's width: shorter ones are no running text
ROOM = 1.3  # a line after which the next line's first word would have fitted this easily was ended by the author
INDENT = 0.8  # line heights; the first line of a paragraph stands in by one or two characters

_ITEM = re.compile(r"(?:[•●○■◆▪·‣–*-] |\(?\d{1,2}[.)、] |[（(]\d{1,2}[)）]|[①-⑳])\S?")
_FLOWS = re.compile(f"[{HAN}，、]")
_END = re.compile(r"[.!?。！？：:；;…][\"'”’」』)）\]]*$")


def page_blocks(page: PageLines, number: int, headings: dict[int, tuple[int, int]]) -> Iterator[Block]:
    """Blocks of a page in reading order; ``headings`` maps a line's index to (lines it takes, level).

    Boxes are on the page as shown, also where it was set upright to be read.
    """
    for block in _upright_blocks(page, number, headings):
        yield replace(block, boxes=tuple(turned_back(box, page.turns) for box in block.boxes)) if page.turns else block


def _upright_blocks(page: PageLines, number: int, headings: dict[int, tuple[int, int]]) -> Iterator[Block]:
    lines = page.lines
    usual = _usual_gap(page)
    edges = _edges(lines)
    start = 0
    while start < len(lines):
        if start in headings:
            taken, level = headings[start]
            yield _block(lines[start : start + taken], [" "] * taken, BlockKind.HEADING, number, level)
            start += taken
            continue
        if lines[start].rows:
            yield _table(lines[start], number)
            start += 1
            continue
        item = _ITEM.match(lines[start].text) is not None
        end = start + 1
        joints: list[str] = []
        while end < len(lines) and end not in headings and not lines[end].rows:
            how = _join(page, lines[end - 1], lines[end], edges[end - 1], usual, item)
            if how is None:
                break
            joints.append(how)
            end += 1
        yield _block(lines[start:end], joints, BlockKind.LIST_ITEM if item else BlockKind.PARAGRAPH, number, 0)
        start = end


def _usual_gap(page: PageLines) -> float:
    pairs = pairwise(page.lines)
    gaps = sorted(gap for a, b in pairs if -a.size < (gap := (b.top - a.bottom) * page.height) < 1.5 * a.size)
    return gaps[len(gaps) // 2] if gaps else 0.0


def _edges(lines: Sequence[Line]) -> list[float]:
    """For each line the right edge of its column: the furthest right that two of the lines beginning near it share."""
    ends: dict[int, list[float]] = defaultdict(list)
    buckets = [int(line.left * 20) for line in lines]
    for bucket, line in zip(buckets, lines, strict=True):
        right = line.right
        ends[bucket - 1].append(right)
        ends[bucket].append(right)
        ends[bucket + 1].append(right)
    edges: dict[int, float] = {}
    for bucket, rights in ends.items():
        rights.sort(reverse=True)
        shared = (one for one, other in pairwise(rights) if one - other < SHARED)
        edges[bucket] = next(shared, rights[0])
    found = [edges[bucket] for bucket in buckets]
    for begin, end in _narrowed(lines):
        found[begin:end] = [max(line.right for line in lines[begin:end])] * (end - begin)
    return found


def _narrowed(lines: Sequence[Line]) -> Iterator[tuple[int, int]]:
    """Runs of Chinese lines that begin and end at the same places: text that a box or a picture makes narrower.

    English is left alone: lines of programs are often of one length, and a line break there divides no word.
    """
    begin = 0
    for end in range(1, len(lines) + 1):
        if end < len(lines) and _alike(lines[begin], lines[end]) and _FLOWS.search(lines[end - 1].text[-1:]):
            continue
        if end - begin >= RUN and lines[begin].right - lines[begin].left >= LONG:
            yield begin, end
        begin = end


def _alike(first: Line, line: Line) -> bool:
    return abs(line.right - first.right) < SAME and abs(line.left - first.left) < SAME


def _join(page: PageLines, line: Line, after: Line, edge: float, usual: float, item: bool) -> str | None:
    """What comes between two lines: nothing, a blank or a line break; None where a new paragraph begins."""
    height = min(line.size, after.size)
    gap = (after.top - line.bottom) * page.height
    if (
        gap < -0.6 * height
        or gap > max(usual, 0.0) + LOOSE * height
        or abs(line.size - after.size) > 0.12 * max(line.size, 1.0)
    ):
        return None
    if _ITEM.match(after.text) or after.left > edge or after.right < line.left:
        return None
    short = edge - line.right > ROOM * _first_word(after) + 0.01
    indented = (after.left - line.left) * page.width > INDENT * height
    if (short and _END.search(line.text)) or (indented and not item):
        return None
    if short:
        return "\n"
    return "" if line.hyphen else joint(line.text, after.text)


def _first_word(line: Line) -> float:
    """Width of what cannot be split off a line's beginning: a word, or three characters where blanks divide nothing."""
    word = line.text.split(" ", 1)[0]
    characters = len(word) + 1 if word.isascii() else 3
    return (line.right - line.left) * min(characters / max(len(line.text), 1), 1.0)


def _table(line: Line, number: int) -> Block:
    text, spans = cells_text(line.rows)
    boxes = (BlockBox(start, end, one.left, one.top, one.right, one.bottom) for start, end, one in spans)
    return Block(BlockKind.TABLE if " | " in text else BlockKind.PARAGRAPH, text, number, 0, tuple(boxes))


def _block(lines: Sequence[Line], joints: Sequence[str], kind: BlockKind, number: int, level: int) -> Block:
    text = ""
    boxes: list[BlockBox] = []
    for index, line in enumerate(lines):
        if index:
            text += joint(text, line.text) if kind is BlockKind.HEADING else joints[index - 1]
        start = len(text)
        text += line.text
        boxes.append(BlockBox(start, len(text), line.left, line.top, line.right, line.bottom))
    return Block(kind, text, number, level, tuple(boxes))
