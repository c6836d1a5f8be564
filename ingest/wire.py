"""What goes between the pool and its children: frames of bytes, and JSON in them.

JSON, not pickle: a child reads hostile files, and its answer must not be able to run code in the parent.
"""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Mapping
from typing import IO, Any

import ingest.errors
from ingest.errors import IngestError, ParserCrashed
from ingest.limits import Limits
from ingest.types import Block, BlockBox, BlockKind, Parsed, Part

_LENGTH = struct.Struct(">Q")
LARGEST = 1 << 32  # bytes of a frame


def write_frame(stream: IO[bytes], payload: bytes) -> None:
    """Write one frame: 8 bytes of length, big-endian, then the payload."""
    stream.write(_LENGTH.pack(len(payload)))
    stream.write(payload)
    stream.flush()


def read_frame(stream: IO[bytes]) -> bytes:
    """Read one frame; EOFError when the other side has gone."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError("the stream ended")
    size = _LENGTH.unpack(head)[0]
    if size > LARGEST:
        raise EOFError(f"a frame of {size} bytes: the stream is out of step")
    payload = stream.read(size)
    if len(payload) < size:
        raise EOFError("the stream ended inside a frame")
    return payload


def encode_job(name: str, data: bytes) -> bytes:
    """A file to read: its name, then its bytes."""
    encoded = name.encode("utf-8", "surrogateescape")
    return struct.pack(">I", len(encoded)) + encoded + data


def decode_job(frame: bytes) -> tuple[bytes, str]:
    """The file's bytes and name."""
    size = struct.unpack_from(">I", frame)[0]
    return frame[4 + size :], frame[4 : 4 + size].decode("utf-8", "surrogateescape")


def encode_limits(limits: Mapping[str, Any]) -> bytes:
    """The fields of a Limits."""
    return json.dumps(dict(limits)).encode()


def decode_limits(frame: bytes) -> Limits:
    """The Limits that ``encode_limits`` wrote."""
    return Limits(**json.loads(frame))


def encode_parsed(parsed: Parsed) -> bytes:
    """A result, boxes as plain lists."""
    blocks = [
        [b.kind.value, b.text, b.page, b.level, [[x.start, x.end, x.left, x.top, x.right, x.bottom] for x in b.boxes]]
        for b in parsed.blocks
    ]
    parts = [
        [p.name, p.size, None if p.data is None else base64.b64encode(p.data).decode(), p.member] for p in parsed.parts
    ]
    content = [parsed.kind, parsed.title, blocks, parsed.page_count, list(parsed.warnings), dict(parsed.notes), parts]
    return json.dumps({"parsed": content}, separators=(",", ":")).encode()


def encode_error(error: IngestError) -> bytes:
    """A failure: the error's class name and its message."""
    return json.dumps({"error": type(error).__name__, "message": str(error)}).encode()


def encode_wish(seconds: float) -> bytes:
    """A child's wish for time: its answer is to be expected within so many seconds from now."""
    return json.dumps({"seconds": seconds}).encode()


def decode_wish(frame: bytes) -> float | None:
    """The seconds a child asks for; None when the frame is its answer."""
    return float(json.loads(frame)["seconds"]) if frame.startswith(b'{"seconds"') else None


def decode_reply(frame: bytes) -> Parsed:
    """The result; raises the IngestError that the child met."""
    reply = json.loads(frame)
    if "error" in reply:
        known = getattr(ingest.errors, str(reply["error"]), ParserCrashed)
        kind = known if isinstance(known, type) and issubclass(known, IngestError) else ParserCrashed
        raise kind(str(reply["message"]))
    kind_name, title, blocks, page_count, warnings, notes, parts = reply["parsed"]
    return Parsed(
        kind_name,
        title,
        tuple(
            Block(BlockKind(k), text, page, level, tuple(BlockBox(*box) for box in boxes))
            for k, text, page, level, boxes in blocks
        ),
        page_count,
        tuple(warnings),
        notes,
        tuple(
            Part(part, size, None if data is None else base64.b64decode(data), member)
            for part, size, data, member in parts
        ),
    )
