"""Reads the text sources of the sample library: a small Markdown subset with a header of ``key: value`` lines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["heading", "paragraph", "bullet", "number", "table", "notes"]


@dataclass(frozen=True, slots=True)
class SourceBlock:
    """One piece of a source: ``rows`` is filled for tables only, ``level`` (1 to 3) for headings only."""

    kind: Kind
    text: str = ""
    level: int = 0
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A source file: its header and its blocks in reading order; ``body`` is the text below the header, unparsed."""

    header: dict[str, str]
    blocks: tuple[SourceBlock, ...]
    body: str

    @property
    def chinese(self) -> bool:
        """Whether the header says that the text is Chinese."""
        return self.header["lang"].startswith("zh")


def read_source(path: Path) -> Source:
    """Parse one source file (UTF-8). ValueError when the header is missing."""
    match = re.match(r"---\n(.*?)\n---\n+(.*)", path.read_text("utf-8"), re.DOTALL)
    if match is None:
        raise ValueError(f"{path.name} has no header; begin it with '---', 'title: ...', '---'")
    header = dict(line.split(": ", 1) for line in match[1].splitlines())
    return Source(header, tuple(_blocks(match[2])), match[2])


def _blocks(body: str) -> list[SourceBlock]:
    blocks: list[SourceBlock] = []
    rows: list[tuple[str, ...]] = []
    for line in [*body.splitlines(), ""]:
        if line.startswith("|"):
            cells = tuple(cell.strip() for cell in line.strip("|").split("|"))
            if not all(re.fullmatch("-+", cell) for cell in cells):
                rows.append(cells)
            continue
        if rows:
            blocks.append(SourceBlock("table", rows=tuple(rows)))
            rows = []
        if line.strip():
            blocks.append(_line(line.strip()))
    return blocks


def _line(line: str) -> SourceBlock:
    if match := re.fullmatch(r"(#{1,3}) (.+)", line):
        return SourceBlock("heading", match[2], len(match[1]))
    if match := re.fullmatch(r"- (.+)", line):
        return SourceBlock("bullet", match[1])
    if match := re.fullmatch(r"\d+\. (.+)", line):
        return SourceBlock("number", match[1])
    if match := re.fullmatch(r"Notes: (.+)", line):
        return SourceBlock("notes", match[1])
    return SourceBlock("paragraph", line)
