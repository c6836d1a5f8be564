"""Markdown, read natively: the source stays readable (emphasis and links as written), its structure becomes blocks.

unstructured renders Markdown to HTML and loses front matter, fences' languages and links; the source line is the better
text for a citation, and one pass over the lines is enough for headings (ATX and setext), fences, tables, lists and
quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.clean import clean_code, clean_line, table_text, unwrap, visible
from ingest.decode import decode
from ingest.limits import Limits
from ingest.types import Block, BlockKind, Parsed

_FRONT = re.compile(r"---[ \t]*\n(.*?)\n---[ \t]*(?:\n|$)", re.DOTALL)
_FRONT_TITLE = re.compile(r"^title[ \t]*:[ \t]*(.+?)[ \t]*$", re.MULTILINE | re.IGNORECASE)
_ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
# "#标题" without the blank is no heading in CommonMark, but Chinese notes are full of it; "#include" is none.
_TIGHT_ATX = re.compile(r"(#{1,6})([A-Z0-9\u3400-\u9fff][^#]{0,60})$")
_EMPHASIS = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_SETEXT = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})([^`]*)$")
_RULE = re.compile(r" {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}$")
_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+\S")
_DELIMITER_ROW = re.compile(r"\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$")
_IMAGE_ONLY = re.compile(r"!\[\]\([^)]*\)$")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_CELL_BORDER = re.compile(r"(?<!\\)\|")


def read(data: bytes, name: str, limits: Limits) -> Parsed:
    """Blocks of a Markdown file; the title is the front matter's, else the first heading of level 1."""
    decoded = decode(data)
    text = visible(decoded.text)
    title = None
    front = _FRONT.match(text)
    if front and ":" in front[1]:
        text = text[front.end() :]
        found = _FRONT_TITLE.search(front[1])
        title = clean_line(found[1].strip("\"'")) or None if found else None
    blocks = tuple(markdown_blocks(text))
    if title is None:
        title = next((b.text for b in blocks if b.kind is BlockKind.HEADING and b.level == 1), None)
    return Parsed("md", title, blocks, warnings=decoded.warnings)


def markdown_blocks(text: str) -> Iterator[Block]:
    """Blocks of Markdown source without front matter, in order."""
    lines = _COMMENT.sub("", text).split("\n")
    pending: list[str] = []
    position = 0
    while position < len(lines):
        line = lines[position]
        special, after = _special(lines, position, pending)
        if special is None and after == position:
            if not line.strip() or (_ITEM.match(line) and pending):
                yield from _flush(pending)
            if line.strip():
                pending.append(line)
            position += 1
            continue
        yield from _flush(pending)
        if special is not None and special.text:
            yield special
        position = after
    yield from _flush(pending)


def _special(lines: list[str], position: int, pending: list[str]) -> tuple[Block | None, int]:
    """A block that its first line announces, and the line after it; (None, position) for running text."""
    line = lines[position]
    fence = _FENCE.match(line)
    if fence:
        return _fenced(lines, position, fence[1])
    heading = _ATX.match(line) or _TIGHT_ATX.match(line.rstrip())
    if heading:
        return _heading(heading[2] or "", len(heading[1])), position + 1
    underline = _SETEXT.match(line)
    if underline and pending and not _ITEM.match(pending[0]):
        title = unwrap([clean_line(one) for one in pending])
        pending.clear()
        return _heading(title, 1 if underline[1][0] == "=" else 2), position + 1
    if _RULE.match(line):
        return None, position + 1
    if (
        "|" in line
        and position + 1 < len(lines)
        and "-" in lines[position + 1]
        and _DELIMITER_ROW.match(lines[position + 1])
    ):
        return _table(lines, position)
    if not pending and (line.startswith(("    ", "\t"))) and not _ITEM.match(line):
        return _indented(lines, position)
    return None, position


def _heading(text: str, level: int) -> Block:
    return Block(BlockKind.HEADING, clean_line(_EMPHASIS.sub(r"\2", text)), level=level)


def _fenced(lines: list[str], position: int, mark: str) -> tuple[Block, int]:
    end = position + 1
    closing = re.compile(rf" {{0,3}}{re.escape(mark[0])}{{{len(mark)},}}[ \t]*$")
    while end < len(lines) and not closing.match(lines[end]):
        end += 1
    return Block(BlockKind.CODE, clean_code("\n".join(lines[position + 1 : end]))), end + 1


def _indented(lines: list[str], position: int) -> tuple[Block, int]:
    end = position
    while end < len(lines) and (not lines[end].strip() or lines[end].startswith(("    ", "\t"))):
        end += 1
    code = "\n".join(line[4:] if line.startswith("    ") else line[1:] for line in lines[position:end])
    return Block(BlockKind.CODE, clean_code(code)), end


def _table(lines: list[str], position: int) -> tuple[Block, int]:
    end = position + 2
    while end < len(lines) and "|" in lines[end]:
        end += 1
    rows = [_cells(line) for index, line in enumerate(lines[position:end]) if index != 1]
    return Block(BlockKind.TABLE, table_text(rows)), end


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|").removesuffix("|")
    return [cell.replace("\\|", "|") for cell in _CELL_BORDER.split(inner)]


def _flush(pending: list[str]) -> Iterator[Block]:
    if not pending:
        return
    kind = BlockKind.LIST_ITEM if _ITEM.match(pending[0]) else BlockKind.PARAGRAPH
    text = _paragraph(pending)
    pending.clear()
    if text and not _IMAGE_ONLY.match(text):
        yield Block(kind, text)


def _paragraph(lines: list[str]) -> str:
    """Soft line breaks joined; a hard break (two blanks or a backslash at the end) stays a line break."""
    parts: list[list[str]] = [[]]
    for raw in lines:
        line = re.sub(r"^(?:[ \t]*>)+[ \t]?", "", raw)
        parts[-1].append(clean_line(line.removesuffix("\\")))
        if raw.endswith(("  ", "\\")):
            parts.append([])
    return "\n".join(text for part in parts if (text := unwrap([line for line in part if line])))
