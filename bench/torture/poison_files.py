"""Files that hurt whoever reads them, made when they are needed; none is stored.

Real files where a real file can do it. What no known file does to our readers (hang, crash, eat memory) is done by a
hook in the parser child: `HOOK` is a sitecustomize module that acts on texts beginning with ``TORTURE:``.
"""

from __future__ import annotations

import io
import json
import random
import struct
import zipfile
import zlib
from collections.abc import Callable

HOOK = """
import ctypes, os, sys, time
import ingest.sandbox_child as child
real = child._answer

def answer(data, name, limits):
    if data.startswith(b"TORTURE:"):
        what = data.split(b":")[1]
        if what == b"hang":
            while True:
                pass
        elif what == b"sleep":
            time.sleep(10_000)
        elif what == b"segfault":
            ctypes.string_at(0)
        elif what == b"abort":
            os.abort()
        elif what == b"exit":
            os._exit(0)
        elif what == b"memory":
            held = []
            while True:
                held.append(bytearray(b"x" * (8 << 20)))
        elif what == b"network":
            import socket
            socket.create_connection(("127.0.0.1", 9))
        elif what == b"noise":
            os.write(3, b"x" * 100_000)
            os.write(4, b"x" * 100_000)
            raise SystemExit(7)
    return real(data, name, limits)

child._answer = answer
"""
KILLED = ("hang", "sleep", "segfault", "abort", "exit", "memory", "noise")  # these cost a child, three times over


def poison() -> dict[str, bytes]:
    """Twenty-four files by name."""
    made: dict[str, bytes] = {f"{what}.txt": f"TORTURE:{what}:".encode() for what in (*KILLED, "network")}
    builders: dict[str, Callable[[], bytes]] = {
        "炸弹.docx": lambda: _zip({"[Content_Types].xml": b"<x/>", "word/document.xml": b"0" * (300 << 20)}),
        "billion-laughs.docx": _laughs,
        "page-tree-loop.pdf": _loop,
        "10001-pages.pdf": lambda: _pages(10_001),
        "cut.pdf": lambda: _pages(5)[:200],
        "cut.docx": lambda: _zip({"word/document.xml": b"<w:p/>" * 999})[:120],
        "深.json": lambda: b"[" * 200_000,
        "deep.ipynb": lambda: b'{"cells":' * 50_000,
        "cells.csv": lambda: b"a," * 2_100_000,
        "pixels.png": lambda: _picture(30_000, 30_000),
        "pixels-lie.png": lambda: _picture(60_000, 60_000)[:80],
        "program.md": lambda: b"\x7fELF" + random.Random(1).randbytes(5_000),
        "乱码.txt": lambda: random.Random(2).randbytes(20_000),
        "empty.csv": lambda: b"\n \n",
        "locked.zip": _locked,
        "entries.docx": lambda: _zip({"word/document.xml": b"<x/>"} | {f"word/{n}": b"" for n in range(12_000)}),
    }
    return made | {name: build() for name, build in builders.items()}


def good(count: int) -> dict[str, bytes]:
    """Small files of four kinds, each with a text of its own."""
    made = {}
    for n in range(count):
        text = f"第 {n} 份好文件，编号 {n * 7}。\n\nThe good file number {n} speaks of harbour {n * 3}."
        kinds = {
            "txt": text,
            "md": f"# 文件 {n}\n\n{text}",
            "csv": f"编号,港口\n{n},harbour {n * 3}\n",
            "json": json.dumps({"编号": n, "text": text}, ensure_ascii=False),
        }
        kind = list(kinds)[n % len(kinds)]
        made[f"{n:04}.{kind}"] = kinds[kind].encode()
    return made


def _zip(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def _locked() -> bytes:
    data = bytearray(_zip({"秘密.txt": b"secret " * 50}))
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + flags] |= 1  # says that it is encrypted
    return bytes(data)


def _laughs() -> bytes:
    lines = ['<!ENTITY a0 "ha">', *(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))]
    xml = f'<?xml version="1.0"?><!DOCTYPE x [{"".join(lines)}]><x>&a11;</x>'
    return _zip({"[Content_Types].xml": b"<x/>", "word/document.xml": xml.encode()})


def _picture(width: int, height: int) -> bytes:
    """A PNG of one colour: some kilobytes that unpack to all pixels."""
    packer = zlib.compressobj(9)
    line = b"\x00" * (1 + (width + 7) // 8)
    rows = b"".join(packer.compress(line) for _ in range(height)) + packer.flush()
    parts = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)), (b"IDAT", rows), (b"IEND", b"")]
    told = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(told)


def _pages(count: int) -> bytes:
    kids = " ".join(f"{n + 3} 0 R" for n in range(count))
    bodies = ["<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages/Count {count}/Kids[{kids}]>>"]
    bodies += ["<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"] * count
    return _pdf(bodies)


def _loop() -> bytes:
    return _pdf(["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 9/Kids[2 0 R 2 0 R]/Parent 2 0 R>>"])


def _pdf(bodies: list[str]) -> bytes:
    made, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(bodies, 1):
        places.append(len(made))
        made += f"{number} 0 obj{body}endobj\n".encode()
    start = len(made)
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    made += f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n{table}".encode()
    made += f"trailer<</Size {len(bodies) + 1}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF".encode()
    return bytes(made)
