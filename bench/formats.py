"""Read every file of a folder of test documents and say what was found, what was missed and why.

    PYTHONPATH=. python bench/formats.py DOCS [--workers N] [--all] [--speed]

DOCS holds good/, bad/ and manifest.jsonl (one object a line: file, note, probes). A probe is a string taken from the
file with another tool; it counts as found when it stands in the extracted text, blanks and invisible characters left
out of both. Exits 1 below 98 % of the good files' probes, or when a file ends in anything but text or an IngestError.
At the end, or alone with --speed: pages a CPU second of the PDFs of at least 100 pages, beside pdfium's bare text of
the same pages in the same run.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import json
import re
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium

from ingest.assemble import assemble
from ingest.clean import visible
from ingest.errors import IngestError
from ingest.limits import Limits
from ingest.readers.pdf import read as read_pdf
from ingest.sandbox import ParserPool
from ingest.types import Parsed
from store.types import document_id

PASS = 0.98
WAIT = 300.0
LONG = 100  # pages of a PDF whose speed is worth a line


def bare(text: str) -> str:
    return re.sub(r"\s+", "", visible(text))


def extracted(future: Future[Parsed], data: bytes, name: str) -> tuple[str, str]:
    """Text and outcome of one file."""
    try:
        parsed = future.result(timeout=WAIT)
    except IngestError as error:
        return "", f"{type(error).__name__}: {error}"
    document, placed = assemble(document_id(data), parsed, name, len(data))
    if any(
        document.text[block.start : block.end] != one.text for block, one in zip(placed, parsed.blocks, strict=True)
    ):
        return "", "BROKEN: a block's span is not its text"
    notes = f"; {len(document.warnings)} warnings: {document.warnings[0][:90]}" if document.warnings else ""
    inside = f"; {len(parsed.parts)} files inside" if parsed.parts else ""
    return document.text, f"{document.kind}, {document.language}, {len(document.text)} characters{inside}{notes}"


def pdfium_text(data: bytes) -> None:
    """Load every page and take its text, nothing else."""
    document = pypdfium2.PdfDocument(data)
    for index in range(len(document)):
        page = pdfium.FPDF_LoadPage(document.raw, index)
        text = pdfium.FPDFText_LoadPage(page)
        count = pdfium.FPDFText_CountChars(text)
        pdfium.FPDFText_GetText(text, 0, count, (ctypes.c_ushort * (count + 1))())
        pdfium.FPDFText_ClosePage(text)
        pdfium.FPDF_ClosePage(page)
    document.close()


def cpu_seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def pdf_speed(path: Path) -> str:
    """Pages a CPU second of this process, best of three, in turns with pdfium alone; "" for short files."""
    data = path.read_bytes()
    with contextlib.closing(pypdfium2.PdfDocument(data)) as document:
        pages = len(document)
    if pages < LONG:
        return ""
    limits = Limits(ocr="off")
    turns = [
        (cpu_seconds(lambda: pdfium_text(data)), cpu_seconds(lambda: read_pdf(data, path.name, limits)))
        for _ in range(3)
    ]
    bare_time, ours = (min(times) for times in zip(*turns, strict=True))
    return (
        f"{path.name}: {pages} pages, {pages / ours:.0f} a CPU second;"
        f" pdfium's bare text {pages / bare_time:.0f}, {ours / bare_time:.2f} times its time"
    )


def show_speed(docs: Path) -> None:
    for path in sorted((docs / "good").glob("*.pdf")):
        if line := pdf_speed(path):
            print(line)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("docs", type=Path)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--all", action="store_true", help="a line for every file, not only for misses and bad files")
    options.add_argument("--speed", action="store_true", help="only the speed of the long PDFs")
    arguments = options.parse_args()
    if arguments.speed:
        show_speed(arguments.docs)
        return 0
    lines = (arguments.docs / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    total = found = broken = unread = 0
    began = time.perf_counter()
    with ParserPool(arguments.workers, Limits()) as pool:
        jobs = []
        for record in records:
            path = arguments.docs / record["file"]
            data = path.read_bytes()
            jobs.append((record, data, pool.submit(data, path.name)))
        for record, data, future in jobs:
            text, outcome = extracted(future, data, Path(record["file"]).name)
            good = record["file"].startswith("good/")
            haystack = bare(text)
            missed = [probe for probe in record["probes"] if bare(probe) not in haystack]
            if good:
                total += len(record["probes"])
                found += len(record["probes"]) - len(missed)
                unread += not text
            broken += outcome.startswith("BROKEN")
            if arguments.all or missed or not good or not text:
                print(f"| {record['file']} | {record['note']} | {outcome[:260]} |")
            for probe in missed:
                print(f"|   missed | | {probe[:120]!r} |")
    share = found / total if total else 0.0
    print(f"\nprobes found: {found} of {total} ({share:.1%}); good files without text: {unread}; broken: {broken}")
    print(f"files: {len(records)}, seconds: {time.perf_counter() - began:.1f}, workers: {arguments.workers}")
    show_speed(arguments.docs)
    return 0 if share >= PASS and not broken else 1


if __name__ == "__main__":
    raise SystemExit(main())
