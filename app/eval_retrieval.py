"""Runs `shujia eval retrieval`: datasets → shelves → rows → reports, one folder a dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from app.error_words import error_text
from app.eval_progress import Start
from eval.beir import CORPUS, read_dataset
from eval.errors import EvalInputError
from eval.losses import count_losses, shown_mode, with_losses
from eval.output import ROWS, finished, prepare, read_report, write_run
from eval.overview import overview, overview_page
from eval.provenance import key, model, program
from eval.retrieval_page import retrieval_page
from eval.rows import read_rows, write_rows
from eval.run import evaluate
from eval.searching import MODES, EvalMode
from eval.summary import summarize
from eval.types import Dataset, Row
from ingest.chunkers import Chunker, chunker

if TYPE_CHECKING:
    from app.eval_library import EvalLibrary
    from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be measured."""

    folders: tuple[Path, ...]
    split: str
    modes: tuple[EvalMode, ...]
    chunker: str | None
    seed: int

    @classmethod
    def read(cls, folders: Sequence[Path], split: str, modes: str, chunker_name: str | None, seed: int) -> Plan:
        """From what was written on the command line. Raises EvalInputError, UnknownChunker."""
        asked = tuple(dict.fromkeys(mode.strip() for mode in modes.split(",") if mode.strip()))
        unknown = [mode for mode in asked if mode not in MODES]
        if unknown or not asked:
            raise EvalInputError(f"no mode {', '.join(unknown) or modes!r}; there is {', '.join(MODES)}")
        if chunker_name:
            chunker(chunker_name)
        found = [dataset for folder in folders for dataset in datasets_in(folder, split)]
        names = [folder.resolve().name for folder in found]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise EvalInputError(
                f"two datasets are named {', '.join(twice)}: rename a folder, the reports would collide"
            )
        return cls(tuple(found), split, cast("tuple[EvalMode, ...]", asked), chunker_name, seed)


def datasets_in(folder: Path, split: str) -> list[Path]:
    """The folder itself where it is a dataset, else the datasets right below it that have this split, by name."""
    if not folder.is_dir():
        raise EvalInputError(f"{folder} is no folder: name one in BEIR form")
    below = [one for one in sorted(folder.iterdir()) if (one / f"queries.{split}.jsonl").is_file()]
    if (folder / CORPUS).exists() or (folder / f"queries.{split}.jsonl").exists() or not below:
        return [folder]
    return [one for one in below if (one / CORPUS).is_file()]


def run_retrieval(
    settings: Settings, plan: Plan, out: Path, *, fresh: bool, language: str, watch: Start
) -> dict[str, Any]:
    """Measure every dataset of the plan and write its report; returns the last one written."""
    from app.eval_library import open_eval_library

    prepare(out)
    several = len(plan.folders) > 1
    reports: dict[str, dict[str, Any]] = {}
    rows: dict[str, tuple[Row, ...]] = {}
    shelf = open_eval_library(settings)
    with shelf.library:
        cut = chunker(plan.chunker, settings.chunk_tokens) if plan.chunker else shelf.library.chunker
        configuration = _configuration(shelf, plan, cut)
        datasets = [read_dataset(folder, plan.split) for folder in plan.folders]  # all of them before hours of work
        for dataset in datasets:
            target = out / dataset.name if several else out
            identity = key({"data": dataset.hash, "modes": plan.modes, **configuration})
            if fresh or not finished(target, identity):
                evaluated = _measure(shelf, dataset, plan, cut, configuration | {"key": identity}, watch)
                report, mine = evaluated
                spoken = [replace(row, failed=error_text(row.failed, language)) for row in mine]
                write_run(
                    target,
                    report,
                    mine,
                    retrieval_page(report, spoken),
                    language=language,
                    follow=settings.follows_reader,
                )
            reports[dataset.name], rows[dataset.name] = read_report(target), read_rows(target / ROWS)
    if not several:
        return next(iter(reports.values()))
    total = overview(reports, rows, configuration=configuration)
    write_run(out, total, [], overview_page(total), language=language, follow=settings.follows_reader)
    write_rows(out / ROWS, _named(rows))
    return total


def _measure(
    shelf: EvalLibrary,
    dataset: Dataset,
    plan: Plan,
    cut: Chunker,
    configuration: Mapping[str, Any],
    watch: Start,
) -> tuple[dict[str, Any], tuple[Row, ...]]:
    corpus = shelf.corpus(dataset, cut, watch=watch(f"{dataset.name}: documents"))
    vectors = shelf.question_vectors(dataset.questions, watch=watch(f"{dataset.name}: embedding questions"))
    library = shelf.library
    reranker = (library.reranker or library.maxsim()) if "hybrid+rerank" in plan.modes else None
    found = evaluate(dataset, corpus, plan.modes, vectors, reranker=reranker, watch=watch(f"{dataset.name}: questions"))
    report = summarize(dataset, corpus, found, plan.modes, configuration=configuration, seed=plan.seed)
    context = shelf.cut(corpus.retriever.shelf.collection.name)
    rows = with_losses(dataset, corpus, found, context)
    counted = shown_mode(plan.modes)
    if counted is not None:
        report["lost"] = count_losses(row for row in rows if row.mode == counted)
    return report, rows


def _configuration(shelf: EvalLibrary, plan: Plan, cut: Chunker) -> dict[str, Any]:
    s = shelf.library.settings
    config = {"chunker": cut.version, "candidates": s.candidates, "dense_weight": s.dense_weight}
    config |= {"context_tokens": s.context_tokens}
    if "hybrid+rerank" in plan.modes:
        reranker = s.reranker if s.reranker != "none" else "maxsim"
        config |= {"reranker": reranker, "rerank_depth": s.rerank_depth, "rerank_weight": s.rerank_weight}
    models = {"embedder": model(shelf.library.embedder.name)}
    return {"config": config, "models": models, "program": program(), "seed": plan.seed}


def _named(rows: Mapping[str, Sequence[Row]]) -> list[Row]:
    """All rows, the questions named by their dataset, so that no two share a name."""
    return [replace(row, question=f"{name}/{row.question}") for name, mine in rows.items() for row in mine]
