"""Runs `shujia eval ablate`: every dataset's legs once, every switch computed from them, one report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.eval_progress import Start
from app.eval_variants import configured, dataset_folders, searched
from eval.beir import read_dataset
from eval.output import finished, read_report, write_run
from eval.provenance import key, model, program
from eval.tuning.ablate import Measured, ablation_report, switches
from eval.tuning.ablation_page import ablation_page
from eval.tuning.variants import Variant, variant_rows
from eval.types import Row

if TYPE_CHECKING:
    from app.eval_variants import Searched
    from app.settings import Settings
    from app.wiring import Library


def run_ablation(
    settings: Settings,
    folders: Sequence[Path],
    out: Path,
    *,
    split: str,
    rerank: bool,
    rewrite: bool = False,
    count: int | None,
    seed: int,
    fresh: bool,
    language: str,
    watch: Start,
) -> dict[str, Any]:
    """Measure every switch on every dataset, write the report and return it. Raises EvalInputError, ModelError."""
    from app.eval_library import open_eval_library
    from app.eval_rewrites import SAMPLE

    count = count or (SAMPLE if rewrite else None)
    named = dataset_folders(folders, split)
    tried = switches(configured(settings), rerank=rerank)
    reads = any(one.rerank_depth for one in tried)
    shelf = open_eval_library(settings)
    with shelf.library:
        configuration = {
            "config": {"chunker": shelf.library.chunker.version, "sample": count}
            | ({"chat": settings.model} if rewrite else {})
            | {one.name: _described(one) for one in tried},
            "models": {"embedder": model(shelf.library.embedder.name)},
            "program": program(),
            "seed": seed,
        }
        identity = key({"data": [read_dataset(folder, split).hash for folder in named], **configuration})
        if not fresh and finished(out, identity):
            return read_report(out)
        measured = [
            _measured(one, tried, shelf.library if rewrite else None, named=len(named) > 1, watch=watch)
            for one in searched(shelf, named, split, count=count, seed=seed, rerank=reads, watch=watch)
        ]
    report = ablation_report(measured, configuration=configuration | {"key": identity})
    write_run(
        out,
        report,
        [row for one in measured for row in one.rows],
        ablation_page(report),
        language=language,
        follow=settings.follows_reader,
    )
    return report


def _measured(
    one: Searched, tried: Sequence[Variant], library: Library | None, *, named: bool, watch: Start
) -> Measured:  # fmt: skip
    """All switches on one dataset, with a library the query layer's too; of several, the questions bear their names."""
    from app.eval_rewrites import rewritten_rows

    move = watch(f"{one.dataset.name}: switches")
    found: list[Row] = []
    for number, variant in enumerate(tried, start=1):
        found += variant_rows(variant, one.dataset, one.corpus, one.legs, one.reading)
        move(number, len(tried))
    if library is not None:
        found += [row for mode in rewritten_rows(library, one, tried[0], watch) for row in mode]
    rows = [replace(row, question=f"{one.dataset.name}/{row.question}") for row in found] if named else found
    return Measured(one.dataset, len(one.corpus.languages), len(one.corpus.places), tuple(rows))


def _described(variant: Variant) -> str:
    """A variant's settings in one line."""
    return ", ".join(f"{name} {value}" for name, value in asdict(variant).items() if name != "name")
