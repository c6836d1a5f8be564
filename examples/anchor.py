"""Finds the quotes of questions.jsonl in the text that the readers extract, and writes start, end and page.

Run it after a document or a reader has changed. A quote that is missing or stands in more than one place is an error:
reword it in questions.jsonl. Blanks and line breaks may differ; what is written back is the text as extracted.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

from ingest.assemble import assemble
from ingest.limits import Limits
from ingest.readers.choose import read
from store.types import Document, document_id

HERE = Path(__file__).resolve().parent
QUESTIONS = HERE / "questions.jsonl"


def main() -> int:
    """Anchor every quote; 1 when --check finds that the file would change, or when a quote cannot be placed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, say whether the spans are right")
    options = parser.parse_args()
    before = QUESTIONS.read_text("utf-8")
    questions = [json.loads(line) for line in before.splitlines()]
    documents: dict[str, Document] = {}
    try:
        for gold in (gold for question in questions for gold in question["gold"]):
            name = gold["file"]
            if name not in documents:
                documents[name] = read_document(HERE / "library" / name)
            gold.update(place(documents[name], name, gold["quote"]))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    after = "".join(json.dumps(question, ensure_ascii=False) + "\n" for question in questions)
    print("the spans are right" if after == before else "the spans differ" if options.check else "spans written")
    if not options.check:
        QUESTIONS.write_text(after, "utf-8")
    return int(options.check and after != before)


def read_document(path: Path) -> Document:
    """The document as ``shujia inspect PATH --text`` shows it."""
    data = path.read_bytes()
    return assemble(document_id(data), read(data, path.name, Limits()), path.name, len(data))[0]


def place(document: Document, name: str, quote: str) -> dict[str, Any]:
    """The quote as extracted, its span and its page (None without pages). ValueError if not exactly once."""
    pattern = r"\s*".join(re.escape(character) for character in quote if not character.isspace())
    found = list(re.finditer(pattern, document.text))
    if len(found) != 1:
        raise ValueError(f"{name} holds the quote {len(found)} times, not once; change it in questions.jsonl: {quote}")
    start, end = found[0].span()
    page = next((page.number for page in document.pages if page.start <= start < page.end), None)
    return {"quote": document.text[start:end], "start": start, "end": end, "page": page}


if __name__ == "__main__":
    sys.exit(main())
