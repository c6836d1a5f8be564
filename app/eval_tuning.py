"""Runs `shujia tune`: choose on one half of the questions, confirm on the other, write only what is proven."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.eval_abstention import run_abstention
from app.eval_progress import Start
from app.eval_variants import Searched, configured, dataset_folders, searched
from eval.errors import EvalInputError
from eval.output import write_run
from eval.provenance import model, program
from eval.tuning.halves import halves
from eval.tuning.tune import CANDIDATES, Values, choose, fusions, rerankings
from eval.tuning.tune_page import tuning_page
from eval.tuning.tune_report import CHOSEN, CONFIGURED, tuning_report
from eval.tuning.variants import Variant, part, variant_rows, variant_values
from eval.types import Question, Row

if TYPE_CHECKING:
    from app.eval_library import EvalLibrary
    from app.settings import Settings

HELDOUT = "heldout"


@dataclass(frozen=True, slots=True)
class TunePlan:
    """What was asked for; ``count`` questions a dataset, all of them without one.

    ``answers`` are files of questions with passages and known answers, by which the threshold of abstention is tuned.
    """

    folders: tuple[Path, ...]
    split: str
    rerank: bool
    count: int | None
    seed: int
    answers: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Questions:
    """The datasets with the questions that choose and with those that confirm; ``held`` have held-out ones for that."""

    tuning: tuple[Searched, ...]
    confirming: tuple[Searched, ...]
    held: tuple[str, ...]


def run_tuning(settings: Settings, plan: TunePlan, out: Path | None, *, language: str, watch: Start) -> dict[str, Any]:
    """Search, confirm and report; the report goes to ``out`` where one is named. Raises EvalInputError, ModelError."""
    from app.eval_library import open_eval_library

    now = configured(settings)
    shelf = open_eval_library(settings)
    with shelf.library:
        asked = _questions(shelf, plan, now, watch)
        tried = _tried(fusions(now), asked.tuning, watch, "fusion")
        best = choose(now, tried)
        if plan.rerank:
            tried |= _tried(rerankings(best), asked.tuning, watch, "reranking")
            best = choose(now, tried)
        rows = {
            mode: {one.dataset.name: _rows(replace(variant, name=mode), one) for one in asked.confirming}
            for mode, variant in ((CONFIGURED, now), (CHOSEN, best))
        }
        about = _about(shelf, plan, asked)
        if plan.answers:
            about["abstain"] = run_abstention(shelf, plan.answers, seed=plan.seed, watch=watch("abstention"))
    report = tuning_report(now, best, tried, rows, about=about)
    if out is not None:
        write_run(out, report, _named(rows), tuning_page(report), language=language, follow=settings.follows_reader)
    return report


def _questions(shelf: EvalLibrary, plan: TunePlan, now: Variant, watch: Start) -> Questions:
    """Halves of every dataset's questions; where it has held-out questions, all choose and those confirm."""
    folders = dataset_folders(plan.folders, plan.split)
    reads = plan.rerank or now.rerank_depth > 0
    held = [folder for folder in folders if plan.split != HELDOUT and _has_heldout(folder)]
    deepest = max(now.candidates, *CANDIDATES)

    def legs(named: Sequence[Path], split: str) -> list[Searched]:
        found = searched(shelf, named, split, count=plan.count, seed=plan.seed, rerank=reads, watch=watch)
        return [_shortened(one, deepest) for one in found]

    tuning, confirming = [], []
    for folder, one in zip(folders, legs(folders, plan.split), strict=True):
        if folder in held:
            tuning.append(one)
            continue
        first, second = halves(one.dataset.questions, plan.seed)
        if not first or not second:
            raise EvalInputError(f"{folder} has too few questions: one half has to choose, the other to confirm")
        tuning.append(_only(one, first))
        confirming.append(_only(one, second))
    confirming += legs(held, HELDOUT)
    return Questions(tuple(tuning), tuple(confirming), tuple(folder.resolve().name for folder in held))


def _has_heldout(folder: Path) -> bool:
    return (folder / f"queries.{HELDOUT}.jsonl").is_file() and (folder / f"qrels.{HELDOUT}.tsv").is_file()


def _shortened(one: Searched, depth: int) -> Searched:
    """Only as deep as any variant looks: the legs of all datasets are in memory together."""
    legs = tuple(replace(each, dense=each.dense[:depth], keyword=each.keyword[:depth]) for each in one.legs)
    return replace(one, legs=legs)


def _only(one: Searched, questions: Sequence[Question]) -> Searched:
    chosen = {question.id for question in questions}
    legs = tuple(each for each in one.legs if each.question.id in chosen)
    return replace(one, dataset=part(one.dataset, questions), legs=legs)


def _tried(variants: Sequence[Variant], tuning: Sequence[Searched], watch: Start, what: str) -> dict[Variant, Values]:
    move = watch(f"tuning: {what}")
    tried: dict[Variant, Values] = {}
    for number, variant in enumerate(variants, start=1):
        tried[variant] = {
            one.dataset.name: variant_values(variant, one.dataset, one.corpus, one.legs, one.reading) for one in tuning
        }
        move(number, len(variants))
    return tried


def _rows(variant: Variant, one: Searched) -> tuple[Row, ...]:
    return variant_rows(variant, one.dataset, one.corpus, one.legs, one.reading)


def _named(rows: dict[str, dict[str, tuple[Row, ...]]]) -> list[Row]:
    """All rows; with several datasets the questions are named by theirs."""
    return [
        replace(row, question=f"{name}/{row.question}") if len(mine) > 1 else row
        for mine in rows.values()
        for name, these in mine.items()
        for row in these
    ]


def _about(shelf: EvalLibrary, plan: TunePlan, asked: Questions) -> dict[str, Any]:
    names = [one.dataset.name for one in asked.tuning]
    halved = [name for name in names if name not in asked.held]
    confirmed = [*(["half"] if halved else []), *([HELDOUT] if asked.held else [])]
    return {
        "dataset": ", ".join(names),
        "split": plan.split,
        "confirmed_on": confirmed,
        "data_hash": "; ".join(f"{one.dataset.name} {one.dataset.hash[:16]}" for one in asked.tuning),
        "config": {"chunker": shelf.library.chunker.version, "sample": plan.count, "rerank": plan.rerank},
        "models": {"embedder": model(shelf.library.embedder.name)},
        "program": program(),
        "seed": plan.seed,
    }
