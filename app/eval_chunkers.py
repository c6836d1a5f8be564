"""Runs `shujia eval chunkers`: cases and files → one collection a chunker → one report."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from app.eval_progress import Start
from eval.cases import read_cases
from eval.chunkers import as_dataset, chunker_rows, chunkers_page, chunkers_report, passage_sizes
from eval.errors import EvalInputError
from eval.measures.spans import label
from eval.output import prepare, write_run
from eval.provenance import model, program
from eval.types import Row
from ingest.chunkers import chunker
from ingest.files import File, discover

if TYPE_CHECKING:
    from app.settings import Settings


def run_chunkers(
    settings: Settings,
    cases_file: Path,
    documents: Sequence[Path],
    compared: str,
    out: Path,
    *,
    seed: int,
    language: str,
    watch: Start,
) -> dict[str, Any]:
    """Score the cases under every chunker, write the report and return it. Raises EvalInputError, UnknownChunker."""
    from app.eval_library import open_eval_library

    prepare(out)
    cases = read_cases(cases_file)
    cuts = [chunker(one, settings.chunk_tokens) for one in dict.fromkeys(compared.split(",")) if one.strip()]
    files = [file for file in _named_alike(list(discover(documents))) if not file.skip]
    if not files or not cuts:
        raise EvalInputError("nothing to compare: name at least one file and one chunker")
    rows: list[Row] = []
    sizes = {}
    shelf = open_eval_library(settings)
    with shelf.library:
        for cut in cuts:
            collection, corpus = shelf.files(files, cut, watch=watch(f"{cut.version}: documents"))
            texts, paths = shelf.documents(collection)
            labelled = label(cases, texts, {path: one for one, mine in paths.items() for path in mine})
            lost = [f"{one.case.id}: {gold.quote}" for one in labelled for gold in one.lost]
            data = hashlib.sha256(cases_file.read_bytes() + "".join(sorted(texts)).encode()).hexdigest()
            dataset = as_dataset(cases_file, labelled, paths, data)
            if not dataset.questions:
                raise EvalInputError(f"{cases_file}: no gold span stands in these documents; are they the right ones?")
            vectors = shelf.question_vectors(dataset.questions, watch=watch(f"{cut.version}: embedding questions"))
            rows += chunker_rows(
                cut.version,
                dataset,
                labelled,
                corpus,
                vectors,
                cut=shelf.cut(collection),
                watch=watch(f"{cut.version}: questions"),
            )
            sizes[cut.version] = passage_sizes(corpus)
        configuration = {
            "config": {"chunkers": [cut.version for cut in cuts], "dense_weight": settings.dense_weight},
            "models": {"embedder": model(shelf.library.embedder.name)},
            "program": program(),
            "seed": seed,
        }
    report = chunkers_report(dataset, rows, sizes, lost=lost, configuration=configuration)
    write_run(out, report, rows, chunkers_page(report, rows), language=language, follow=settings.follows_reader)
    return report


def _named_alike(files: Sequence[File]) -> list[File]:
    """The files under names relative to the folder that holds them all, so that reports are equal on every machine."""
    if not files:
        return []
    root = os.path.commonpath([os.path.dirname(file.path) for file in files])
    return [replace(file, path=PurePath(os.path.relpath(file.path, root)).as_posix()) for file in files]
