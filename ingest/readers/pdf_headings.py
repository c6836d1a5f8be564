"""Which lines of a PDF are headings: those that the outline names, else those that are set clearly larger."""

from __future__ import annotations

import ctypes
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from ingest.readers.pdf_lines import Line, PageLines

LARGER = 1.15  # times the body's size; running text is not set that unevenly
RARE = 0.15  # share of the characters that headings may have, else the large size is a second body
LONGEST = 150  # characters of a heading
LEVELS = 4
BOOKMARKS = 20_000

Headings = dict[int, tuple[int, int]]  # index of the first line → (lines, level)

_ASCII = {code: chr(code).lower() if chr(code).isalnum() else None for code in range(128)}
_NUMBERING = re.compile(r"^(?:chapter|section|appendix|part|第|附录)?[0-9a-z]{0,3}(?:[0-9]*)(?:章|节|節|部分|篇)?")


def find_headings(document: Any, pages: Sequence[PageLines]) -> list[Headings]:
    """For each page the lines that are headings."""
    outline = read_outline(document)
    named = [_named(page.lines, outline.get(index, ())) for index, page in enumerate(pages)]
    if sum(map(len, named)) >= 2:
        return named
    return find_large(pages)


def find_large(pages: Sequence[PageLines]) -> list[Headings]:
    """For each page the lines that are set clearly larger than the body."""
    sizes = _sizes(pages)
    return [_large(page.lines, sizes) for page in pages]


def read_outline(document: Any) -> dict[int, list[tuple[str, int]]]:
    """Page index → (title, level) of the bookmarks that lead there; loops and broken targets are left out."""
    import pypdfium2.raw as pdfium

    found: dict[int, list[tuple[str, int]]] = defaultdict(list)
    seen: set[int] = set()
    stack = [(pdfium.FPDFBookmark_GetFirstChild(document, None), 1)]
    while stack and len(seen) < BOOKMARKS:
        mark, level = stack.pop()
        address = ctypes.cast(mark, ctypes.c_void_p).value if mark else None
        if address is None or address in seen:
            continue
        seen.add(address)
        stack.append((pdfium.FPDFBookmark_GetNextSibling(document, mark), level))
        stack.append((pdfium.FPDFBookmark_GetFirstChild(document, mark), level + 1))
        target = pdfium.FPDFBookmark_GetDest(document, mark)
        page = pdfium.FPDFDest_GetDestPageIndex(document, target) if target else -1
        title = _title(pdfium, mark)
        if page >= 0 and title:
            found[page].append((title, min(level, 6)))
    return found


def _title(pdfium: Any, mark: Any) -> str:
    size = pdfium.FPDFBookmark_GetTitle(mark, None, 0)
    buffer = ctypes.create_string_buffer(max(size, 2))
    pdfium.FPDFBookmark_GetTitle(mark, buffer, size)
    return buffer.raw[: size - 2].decode("utf-16-le", "replace") if size > 2 else ""


def _named(lines: Sequence[Line], titles: Sequence[tuple[str, int]]) -> Headings:
    headings: Headings = {}
    bare = ["" if line.rows else _bare(line.text) for line in lines] if titles else []
    for title, level in titles:
        wanted = _bare(title)
        for index in range(len(lines)):
            if index not in headings and (taken := _lines_of(bare, index, wanted)):
                headings[index] = (taken, level)
                break
    return headings


def _lines_of(bare: Sequence[str], index: int, wanted: str) -> int:
    """How many lines from ``index`` on make up the title, numbering before it allowed; 0 when they do not."""
    text = ""
    for taken in range(1, 4):
        if not wanted or index + taken > len(bare):
            return 0
        text += bare[index + taken - 1]
        if text == wanted or (text.endswith(wanted) and _NUMBERING.sub("", text.removesuffix(wanted)) == ""):
            return taken
        if len(text) > len(wanted) + 12:
            return 0
    return 0


def _bare(text: str) -> str:
    """Letters and digits alone."""
    return text.translate(_ASCII) if text.isascii() else "".join(filter(str.isalnum, text)).casefold()


def _sizes(pages: Sequence[PageLines]) -> dict[float, int]:
    """Line heights that mean a heading, and their level; empty where size tells nothing."""
    characters: Counter[float] = Counter()
    for page in pages:
        for line in page.lines:
            characters[line.size] += len(line.text)
    total = sum(characters.values())
    if total < 500:
        return {}
    body = characters.most_common(1)[0][0]
    larger = sorted((size for size in characters if body and size >= LARGER * body), reverse=True)
    groups: list[list[float]] = []
    for size in larger:
        if groups and groups[-1][0] <= size * 1.06:
            groups[-1].append(size)
        else:
            groups.append([size])
    if sum(characters[size] for size in larger) > RARE * total:
        return {}
    return {size: min(level, LEVELS) for level, group in enumerate(groups, 1) for size in group}


def _large(lines: Sequence[Line], sizes: dict[float, int]) -> Headings:
    headings: Headings = {}
    index = 0
    while index < len(lines):
        level = _level(lines[index], sizes)
        taken = 1
        while level and taken < 3 and index + taken < len(lines) and lines[index + taken].size == lines[index].size:
            if not 0 <= lines[index + taken].top - lines[index].top < 0.12:
                break
            taken += 1
        if level:
            headings[index] = (taken, level)
        index += taken
    return headings


def _level(line: Line, sizes: dict[float, int]) -> int:
    words = not line.rows and len(line.text) <= LONGEST and sum(character.isalpha() for character in line.text) >= 2
    return sizes.get(line.size, 0) if words else 0
