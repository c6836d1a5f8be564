"""What is quoted without a chat model in a library of both languages, by words alone and with the sense for meaning.

    python -m bench.mixed_library SET_FOLDER… [--questions 80] [--seed 0]

The sets' documents are put on one shelf of the evaluation folder; texts that were embedded before are not embedded
again. Each question is asked twice: as it is, and with its relevant documents taken out of what was found, so that
nothing there answers it. Counted are answers of which a quote is from a relevant document, and those without one.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.eval_library import EvalLibrary, open_eval_library
from app.settings import load
from app.witness import witness_of
from eval.beir import read_dataset, records
from eval.run import Corpus
from eval.types import Dataset, Question
from generation.extractive import Extract, extract
from retrieval.types import Context

FOUND = 40  # passages of a search, of which those that fit become the context
WAYS = ("words", "words and meaning")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a set and the documents that answer it, by their ids in the merged corpus."""

    name: str
    question: Question
    relevant: frozenset[str]


def main() -> None:
    """Print a row for each set and way."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--questions", type=int, default=80, help="of each set, at random")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    sets = [read_dataset(folder) for folder in options.sets]
    asked = [one for dataset in sets for one in _questions(dataset, options.questions, options.seed)]
    shelf = open_eval_library(load())
    with tempfile.TemporaryDirectory() as folder:
        corpus = shelf.corpus(_merged(sets, Path(folder)), watch=lambda done, total: None)
    counts = Counter(_counted(shelf, corpus, asked))
    print("| set | by | right | wrong | none | taken out: quoted | none |\n" + "| --- " * 7 + "|")
    for name in dict.fromkeys(one.name for one in asked):
        for way in WAYS:
            told = (counts[name, way, *key] for key in ((0, "right"), (0, "wrong"), (0, ""), (1, "wrong"), (1, "")))
            print(f"| {name} | {way} | {' | '.join(map(str, told))} |", flush=True)


def _questions(dataset: Dataset, count: int, seed: int) -> Iterator[Asked]:
    chosen = random.Random(seed).sample(dataset.questions, min(count, len(dataset.questions)))
    for question in chosen:
        grades = dataset.judgments[question.id]
        relevant = frozenset(f"{dataset.name}/{document}" for document, grade in grades.items() if grade > 0)
        yield Asked(dataset.name, question, relevant)


def _merged(sets: Sequence[Dataset], folder: Path) -> Dataset:
    """One corpus of all documents, in a file of its own, whose content names the shelf."""
    path = folder / "corpus.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for one in sets:
            for record in records(one.corpus):
                line = {"_id": f"{one.name}/{record.id}", "title": record.title, "text": record.text}
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return replace(sets[0], corpus=path, corpus_hash=digest, documents=sum(one.documents for one in sets))


def _counted(shelf: EvalLibrary, corpus: Corpus, asked: Sequence[Asked]) -> Iterator[tuple[str, str, int, str]]:
    """For each question and way: set, way, whether the relevant documents were taken out, and what was quoted."""
    witness = witness_of(shelf.library)
    collection = corpus.retriever.shelf.collection.name
    cut = shelf.cut(collection)
    for one in asked:
        found = corpus.retriever.search(one.question.text, k=FOUND)
        rest = tuple(passage for passage in found.passages if passage.path not in one.relevant)
        for out, passages in enumerate((found.passages, rest)):
            context: Context = cut.fit(replace(found, passages=passages), budget=cut.budget)
            for way in WAYS:
                with_meaning = witness if way != "words" else None
                told = extract(one.question.text, context.passages, witness=with_meaning)
                yield one.name, way, out, _outcome(told, context, one.relevant)


def _outcome(told: Extract, context: Context, relevant: frozenset[str]) -> str:
    """``right`` where a quote is from a relevant document, ``wrong`` where none is, nothing where nothing is quoted."""
    paths = {passage.number: passage.path for passage in context.passages}
    quoted = {paths[citation.number] for citation in told.citations}
    return ("right" if quoted & relevant else "wrong") if quoted else ""


if __name__ == "__main__":
    main()
