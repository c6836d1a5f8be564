"""Reads a test collection in BEIR form (Thakur et al. 2021, https://arxiv.org/abs/2104.08663).

    corpus.jsonl          {"_id": "d1", "title": "…", "text": "…"}           one document a line
    queries.SPLIT.jsonl   {"_id": "q1", "text": "…", "history": ["…", …]}    history is optional: the turns before
    qrels.SPLIT.tsv       query-id <tab> corpus-id <tab> score               with this header line
    meta.json             {"min_rel": 2}                                     optional: lower grades are not relevant

Anything malformed raises EvalInputError with file and line: a score over half-read data is worse than none.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from eval.errors import EvalInputError
from eval.types import Dataset, Question, Record

CORPUS = "corpus.jsonl"
_WHOLE = re.compile(r"-?[0-9]{1,9}")


def read_dataset(folder: Path, split: str = "dev") -> Dataset:
    """The dataset of a folder. Raises EvalInputError.

    Every question must be judged; a judgment of a document or question that does not exist becomes a warning.
    """
    corpus, questions, qrels = (folder / name for name in (CORPUS, f"queries.{split}.jsonl", f"qrels.{split}.tsv"))
    for path in (corpus, questions, qrels):
        if not path.is_file():
            raise EvalInputError(f"{path} is missing; a BEIR folder holds {CORPUS}, {questions.name} and {qrels.name}")
    documents = {record.id for record in records(corpus)}
    if not documents:
        raise EvalInputError(f"{corpus} holds no document: one JSON object a line is expected")
    asked, asked_on = _questions(questions)
    grades, lines = _judgments(qrels, _least_relevant(folder))
    if not grades:
        raise EvalInputError(f"{qrels} holds no judgment: query-id, corpus-id and a whole number a line are expected")
    for question in asked:
        if question.id not in grades:
            line = asked_on[question.id]
            raise EvalInputError(f"{questions}:{line}: question {question.id!r} has no judgment in {qrels.name}")
    known = {question.id for question in asked}
    corpus_hash = _hash([corpus])
    return Dataset(
        name=folder.resolve().name,
        split=split,
        corpus=corpus,
        corpus_hash=corpus_hash,
        hash=_hash([corpus, questions, qrels]),
        questions=asked,
        judgments={question.id: grades[question.id] for question in asked},
        warnings=tuple(_oddities(grades, lines, known, documents)),
        documents=len(documents),
    )


def records(corpus: Path) -> Iterator[Record]:
    """The documents of a corpus file, one by one. Raises EvalInputError for a malformed line or an id used twice."""
    seen: set[str] = set()
    for number, item in _lines(corpus):
        record = Record(
            _text(corpus, number, item, "_id"), str(item.get("title") or ""), _content(corpus, number, item)
        )
        if record.id in seen:
            raise EvalInputError(f"{corpus}:{number}: id {record.id!r} is used a second time")
        seen.add(record.id)
        yield record


def _questions(path: Path) -> tuple[tuple[Question, ...], dict[str, int]]:
    """The questions in their order, and the line of each by its id."""
    found: dict[str, Question] = {}
    lines: dict[str, int] = {}
    for number, item in _lines(path):
        identity = _text(path, number, item, "_id")
        if identity in found:
            raise EvalInputError(f"{path}:{number}: id {identity!r} is used a second time")
        history = item.get("history") or []
        if not isinstance(history, list) or not all(isinstance(turn, str) for turn in history):
            raise EvalInputError(f"{path}:{number}: history must be a list of strings, the turns before the question")
        lines[identity] = number
        found[identity] = Question(identity, _content(path, number, item), tuple(history))
    if not found:
        raise EvalInputError(f"{path} holds no question: one JSON object a line is expected")
    return tuple(found.values()), lines


def _judgments(path: Path, least: int) -> tuple[dict[str, dict[str, int]], dict[tuple[str, str], int]]:
    """Grades by question and document, and the line on which each stands; a grade below ``least`` becomes 0.

    Two assessors may have judged the same pair: the higher grade counts.
    """
    grades: dict[str, dict[str, int]] = {}
    lines: dict[tuple[str, str], int] = {}
    for number, line in enumerate(_decoded(path).split("\n"), start=1):
        fields = line.rstrip("\r").split("\t")
        if not line.strip() or (number == 1 and fields[-1].strip() == "score"):
            continue
        if len(fields) not in (3, 4) or not _WHOLE.fullmatch(fields[-1].strip()):
            raise EvalInputError(f"{path}:{number}: expected query-id, corpus-id and a whole number, tabs between them")
        question, document, grade = fields[0], fields[-2], int(fields[-1])
        lines.setdefault((question, document), number)
        before = grades.setdefault(question, {}).get(document, 0)
        grades[question][document] = max(before, grade if grade >= least else 0)
    return grades, lines


def _oddities(
    grades: dict[str, dict[str, int]], lines: dict[tuple[str, str], int], questions: set[str], documents: set[str]
) -> Iterator[str]:
    absent = [pair for pair in lines if pair[0] in questions and pair[1] not in documents]
    if absent:
        first = lines[absent[0]]
        yield f"{len(absent)} judged documents are not in the corpus (the first on line {first}): recall cannot reach 1"
    unasked = grades.keys() - questions
    if unasked:
        yield f"{len(unasked)} judged questions are not asked in this split: {', '.join(sorted(unasked)[:3])}"
    barren = [question for question in grades if question in questions and not any(grades[question].values())]
    if barren:
        yield f"{len(barren)} questions have no relevant document and score 0: {', '.join(sorted(barren)[:3])}"


def _least_relevant(folder: Path) -> int:
    path = folder / "meta.json"
    if not path.is_file():
        return 1
    try:
        meta = json.loads(_decoded(path))
        return int(meta.get("min_rel", 1)) if isinstance(meta, dict) else 1
    except (ValueError, TypeError, OverflowError) as exc:
        raise EvalInputError(f"{path}: {exc}; min_rel is a whole number such as 1") from exc


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Line number and object of every line that is not empty, read line by line: a corpus may be large."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                item = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
            except UnicodeDecodeError as exc:
                raise EvalInputError(f"{path}:{number}: not UTF-8 ({exc.reason} at byte {exc.start})") from exc
            except (ValueError, RecursionError) as exc:
                reason = exc.msg if isinstance(exc, json.JSONDecodeError) else exc
                raise EvalInputError(f"{path}:{number}: not JSON ({reason})") from exc
            if not isinstance(item, dict):
                raise EvalInputError(f"{path}:{number}: expected a JSON object, found {type(item).__name__}")
            yield number, item


def _text(path: Path, number: int, item: dict[str, Any], key: str) -> str:
    value = item.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)  # ids of some collections are numbers
    if not isinstance(value, str) or not value.strip():
        raise EvalInputError(f"{path}:{number}: {key!r} must be a text that is not empty")
    if re.search("[\ud800-\udfff]", value):
        raise EvalInputError(f"{path}:{number}: {key!r} holds half a character: {value.encode('ascii', 'replace')!r}")
    return value


def _content(path: Path, number: int, item: dict[str, Any]) -> str:
    value = item.get("text")
    if not isinstance(value, str):
        raise EvalInputError(f"{path}:{number}: 'text' must be a text, found {type(value).__name__}")
    return value


def _decoded(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as exc:
        raise EvalInputError(f"{path} is not UTF-8: {exc}") from exc


def _hash(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
