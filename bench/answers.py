"""Asks judged questions and counts: right answers, right documents cited, abstentions.

    python -m bench.answers LIBRARY QUESTIONS.jsonl [--model NAME]

A line of the questions holds ``question``, ``answerable``, ``answers`` (any of them in the answer, blanks and commas
aside, makes it right) and ``gold`` (``[{"file": …}]``) or ``file``. The measuring house will replace this script.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from app.settings import load
from app.wiring import Library
from generation.types import Answer, Finished


def main() -> None:
    """Ask every question and print a line each, then the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--model")
    parser.add_argument("--only", help="questions whose text contains this")
    options = parser.parse_args()
    cases = [json.loads(line) for line in options.questions.read_text(encoding="utf-8").splitlines() if line.strip()]
    counts = {"right": 0, "cited": 0, "answerable": 0, "abstained": 0, "unanswerable": 0}
    with Library(load(library=options.library)) as library:
        for case in cases:
            if options.only and options.only not in case["question"]:
                continue
            began = time.perf_counter()
            answer = _ask(library, case["question"], options.model)
            marks = _judge(library, case, answer)
            for mark in marks:
                counts[mark] += 1
            seconds = time.perf_counter() - began
            first = answer.seconds.get("first_token", 0.0)
            print(
                f"\n{' '.join(marks)}  {seconds:.1f} s (first word {first:.1f} s)\n? {case['question']}\n{answer.text}"
            )
            for notice in answer.notices:
                print(f"  ! {notice}")
            for sentence in answer.sentences:
                if sentence.reasons:
                    print(f"  {sentence.verdict}: {'; '.join(sentence.reasons)}")
            for citation in answer.citations:
                quote = " ".join(citation.quote.split())[:100]
                print(f"  [{citation.number}] {citation.title} p.{citation.page}: {quote}")
    print(f"\n{counts}")


def _ask(library: Library, question: str, model: str | None) -> Answer:
    for event in library.ask(question, model=model):
        if isinstance(event, Finished):
            return event.answer
    raise AssertionError("the stream ended without an answer")


def _judge(library: Library, case: dict[str, Any], answer: Answer) -> list[str]:
    """The counts that this answer raises."""
    if not case["answerable"]:
        return ["unanswerable", "abstained"] if answer.abstained else ["unanswerable"]
    files = {gold["file"] for gold in case["gold"]} if "gold" in case else {case["file"]}
    read = library.shelf().read
    cited = {
        path.rsplit("/", 1)[-1]
        for path, source in read.sources().items()
        if source.document_id in {citation.document_id for citation in answer.citations}
    }
    marks = ["answerable"]
    if any(_plain(accepted) in _plain(answer.text) for accepted in case["answers"]):
        marks.append("right")
    if files & cited:
        marks.append("cited")
    return marks


def _plain(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalnum() or character == ".")


if __name__ == "__main__":
    main()
