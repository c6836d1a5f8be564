"""Read every file of a folder of test documents and say what was found, what was missed and why.

    PYTHONPATH=. python bench/formats.py DOCS [--workers N] [--all]

DOCS holds good/, bad/ and manifest.jsonl (one object a line: file, note, probes). A probe is a string taken from the
file with another tool; it counts as found when it stands in the extracted text, blanks and invisible characters left
out of both. Exits 1 below 98 % of the good files' probes, or when a file ends in anything but text or an IngestError.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from concurrent.futures import Future
from pathlib import Path

from ingest.assemble import assemble
from ingest.clean import visible
from ingest.errors import IngestError
from ingest.limits import Limits
from ingest.sandbox import ParserPool
from ingest.types import Parsed
from store.types import document_id

PASS = 0.98
WAIT = 300.0


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


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("docs", type=Path)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--all", action="store_true", help="a line for every file, not only for misses and bad files")
    arguments = options.parse_args()
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
    return 0 if share >= PASS and not broken else 1


if __name__ == "__main__":
    raise SystemExit(main())
