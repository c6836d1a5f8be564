"""Datasets on the evaluation shelf with their legs, ready for every variant of the search."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.eval_progress import Start
from app.eval_retrieval import Plan
from eval.beir import read_dataset
from eval.errors import EvalInputError
from eval.run import Corpus, evaluate
from eval.searching import DEPTH
from eval.tuning.halves import sample
from eval.tuning.variants import Legs, Reading, Variant, legs_of, part
from eval.types import Dataset

if TYPE_CHECKING:
    from app.eval_library import EvalLibrary
    from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Searched:
    """A dataset whose legs were searched once; ``reading`` is there where something is to be reranked."""

    dataset: Dataset
    corpus: Corpus
    legs: tuple[Legs, ...]
    reading: Reading | None


def dataset_folders(folders: Sequence[Path], split: str) -> tuple[Path, ...]:
    """The datasets named on the command line, each name once. Raises EvalInputError."""
    return Plan.read(folders, split, "hybrid", None, 0).folders


def configured(settings: Settings) -> Variant:
    """The search that the settings describe. Raises EvalInputError for more candidates than a leg is searched to."""
    if settings.candidates > DEPTH:
        raise EvalInputError(
            f"candidates = {settings.candidates}, but variants are computed from legs of {DEPTH} hits: set it lower"
        )
    depth = settings.rerank_depth if settings.reranker != "none" else 0
    return Variant(
        "default", "weighted", settings.dense_weight, settings.candidates, depth, settings.rerank_weight
    )  # fmt: skip


def searched(
    shelf: EvalLibrary,
    folders: Sequence[Path],
    split: str,
    *,
    count: int | None,
    seed: int,
    rerank: bool,
    watch: Start,
) -> Iterator[Searched]:
    """Every dataset, one after another; ``count`` of its questions, drawn by the seed."""
    for folder in folders:
        whole = read_dataset(folder, split)
        dataset = part(whole, sample(whole.questions, count, seed))
        corpus = shelf.corpus(dataset, watch=watch(f"{dataset.name}: documents"))
        vectors = shelf.question_vectors(dataset.questions, watch=watch(f"{dataset.name}: embedding questions"))
        found = evaluate(dataset, corpus, ["hybrid"], vectors, watch=watch(f"{dataset.name}: questions"))
        reading = Reading(corpus.retriever.shelf, shelf.library.reranker or shelf.library.maxsim()) if rerank else None
        yield Searched(dataset, corpus, legs_of(found, corpus), reading)
