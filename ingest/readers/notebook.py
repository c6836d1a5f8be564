"""JSON and Jupyter notebooks: cells as they were written; other JSON as lines of "path: value"."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ingest.clean import clean_code, clean_line, clean_text
from ingest.decode import decode
from ingest.errors import TooLarge, UnreadableFile
from ingest.limits import Limits
from ingest.readers.markdown import markdown_blocks
from ingest.types import Block, BlockKind, Parsed

_DEPTH = 100


def read(data: bytes, name: str, limits: Limits) -> Parsed:
    """Blocks of a notebook's cells with their text outputs, or of a JSON (or JSON lines) file's values."""
    decoded = decode(data)
    content = _load(decoded.text)
    if isinstance(content, dict) and isinstance(content.get("cells"), list) and "nbformat" in content:
        blocks = tuple(block for cell in content["cells"] if isinstance(cell, dict) for block in _cell(cell))
        title = next((b.text for b in blocks if b.kind is BlockKind.HEADING), None)
        return Parsed("ipynb", title, blocks, warnings=decoded.warnings)
    blocks = tuple(_values(content, limits))
    return Parsed("json", None, blocks, warnings=decoded.warnings)


def _load(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        lines = [line for line in text.splitlines() if line.strip()]
        try:
            return [json.loads(line) for line in lines] if len(lines) > 1 else _refuse(error)
        except (ValueError, RecursionError):
            return _refuse(error)


def _refuse(error: Exception) -> Any:
    raise UnreadableFile(f"the file is not valid JSON ({error}): mend it, or save it as .txt") from error


def _cell(cell: dict[str, Any]) -> Iterator[Block]:
    source = _joined(cell.get("source"))
    if cell.get("cell_type") == "markdown":
        yield from markdown_blocks(source)
    elif text := clean_code(source):
        yield Block(BlockKind.CODE, text)
    for output in cell.get("outputs") or []:
        data = output.get("data") or {} if isinstance(output, dict) else {}
        text = clean_code(_joined(output.get("text") or data.get("text/plain"))) if isinstance(output, dict) else ""
        if text:
            yield Block(BlockKind.CODE, text)


def _joined(value: Any) -> str:
    if isinstance(value, list):
        return "".join(piece for piece in value if isinstance(piece, str))
    return value if isinstance(value, str) else ""


def _values(content: Any, limits: Limits) -> Iterator[Block]:
    """One paragraph for each element of the outermost list, or each key of the outermost object."""
    if isinstance(content, list):
        items: list[Any] = list(content)
    elif isinstance(content, dict):
        items = [{key: value} for key, value in content.items()]
    else:
        items = [content]
    count = 0
    for item in items:
        lines = []
        for path, value in _leaves(item, "", 0):
            count += 1
            if count > limits.cells:
                raise TooLarge(f"the JSON file has more than {limits.cells} values: split it into several files")
            text = clean_text(value)
            if text:
                lines.append(f"{clean_line(path)}: {text}" if path else text)
        if lines:
            yield Block(BlockKind.PARAGRAPH, "\n".join(lines))


def _leaves(value: Any, path: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth > _DEPTH:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key), depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, path, depth + 1)
    elif value is not None:
        yield path, value if isinstance(value, str) else json.dumps(value)
