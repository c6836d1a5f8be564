"""Word 97-2003 (.doc): the text of the main document, by its piece table ([MS-DOC] sections 2.4.1 and 2.8.35)."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

from ingest.clean import clean_line, table_text
from ingest.errors import PasswordNeeded, UnreadableFile
from ingest.limits import Limits
from ingest.types import Block, BlockKind, Parsed

_ENCRYPTED, _TABLE_1 = 0x0100, 0x0200  # flags of the FIB, [MS-DOC] 2.5.2
_CLX = 0x01A2  # where the FIB says the piece table stands: offset and length, [MS-DOC] 2.5.6
_CCP_TEXT = 0x004C  # characters of the main document
_FIELD_BEGIN, _FIELD_SEPARATOR, _FIELD_END = "\x13", "\x14", "\x15"


def read(data: bytes, name: str, limits: Limits) -> Parsed:
    """Paragraphs and table rows; headings and notes are not told apart. Raises PasswordNeeded."""
    import olefile

    with olefile.OleFileIO(io.BytesIO(data)) as ole:
        stream = ole.openstream("WordDocument").read()
        flags = struct.unpack_from("<H", stream, 0x0A)[0]
        if flags & _ENCRYPTED:
            raise PasswordNeeded("the .doc file is encrypted: save it without a password")
        table = ole.openstream("1Table" if flags & _TABLE_1 else "0Table").read()
    try:
        text = _main_text(stream, table)
    except (struct.error, IndexError) as error:
        raise UnreadableFile(f"the .doc file is damaged ({error}): save it as .docx") from error
    return Parsed("doc", None, tuple(_blocks(text)))


def _main_text(stream: bytes, table: bytes) -> str:
    offset, length = struct.unpack_from("<II", stream, _CLX)
    clx = table[offset : offset + length]
    position = 0
    while clx[position] == 1:  # Prc: formatting, skipped
        position += 3 + struct.unpack_from("<H", clx, position + 1)[0]
    if clx[position] != 2:
        raise UnreadableFile("the .doc file has no piece table: save it as .docx")
    size = struct.unpack_from("<I", clx, position + 1)[0]
    pieces = clx[position + 5 : position + 5 + size]
    count = (len(pieces) - 4) // 12
    ends = struct.unpack_from(f"<{count + 1}I", pieces, 0)
    texts = []
    for index in range(count):
        start = struct.unpack_from("<I", pieces, 4 * (count + 1) + 8 * index + 2)[0]
        characters = ends[index + 1] - ends[index]
        if start & 0x40000000:  # one byte a character, at half the offset
            begin = (start & 0x3FFFFFFF) // 2
            texts.append(stream[begin : begin + characters].decode("cp1252", "replace"))
        else:
            texts.append(stream[start : start + 2 * characters].decode("utf-16-le", "replace"))
    return "".join(texts)[: struct.unpack_from("<I", stream, _CCP_TEXT)[0]]


def _blocks(text: str) -> Iterator[Block]:
    rows: list[list[str]] = []
    for paragraph in "".join(_shown(text)).replace("\x0b", " ").replace("\x0c", "\r").split("\r"):
        if "\x07" in paragraph:
            rows.extend(row.split("\x07") for row in paragraph.split("\x07\x07"))
            continue
        if rows:
            yield from _table(rows)
            rows = []
        if cleaned := clean_line(paragraph):
            yield Block(BlockKind.PARAGRAPH, cleaned)
    yield from _table(rows)


def _table(rows: list[list[str]]) -> Iterator[Block]:
    if text := table_text(rows):
        yield Block(BlockKind.TABLE if " | " in text else BlockKind.PARAGRAPH, text)


def _shown(text: str) -> Iterator[str]:
    """Fields show their result: what stands between their beginning and the separator is an instruction."""
    stack: list[bool] = []
    for character in text:
        if character == _FIELD_BEGIN:
            stack.append(True)
        elif character == _FIELD_SEPARATOR and stack:
            stack[-1] = False
        elif character == _FIELD_END and stack:
            stack.pop()
        elif not any(stack):
            yield character
