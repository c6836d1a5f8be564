"""`shujia eval ablate` and `shujia tune`: what each part of the search is worth, and settings proven to be better."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from app.console import JsonOption, err, out, print_json, session, voice
from app.eval_progress import progress

Folders = Annotated[
    list[Path], typer.Argument(help="Datasets in BEIR form, or folders that hold several of them.", show_default=False)
]
SplitOption = Annotated[str, typer.Option(help="Which questions: queries.SPLIT.jsonl and qrels.SPLIT.tsv.")]
RerankOption = Annotated[bool, typer.Option("--rerank", help="MaxSim reranking too: seconds a question.")]
RewriteOption = Annotated[
    bool, typer.Option("--rewrite", help="The query layer's steps too, on 150 questions a dataset: hours with a CPU.")
]
SampleOption = Annotated[int | None, typer.Option(min=1, help="Only so many questions a dataset, drawn by the seed.")]
SeedOption = Annotated[int, typer.Option(help="Seed of everything random.")]


def ablate(
    context: typer.Context,
    folders: Folders,
    out_folder: Annotated[Path, typer.Option("--out", "-o", help="Folder for the report.", show_default=False)],
    split: SplitOption = "dev",
    rerank: RerankOption = False,
    rewrite: RewriteOption = False,
    sample: SampleOption = None,
    seed: SeedOption = 0,
    fresh: Annotated[bool, typer.Option("--fresh", help="Measure again what an equal run has measured.")] = False,
    as_json: JsonOption = False,
) -> None:
    """One switch at a time against the configured search. Legs alone, other fusions, weights, candidates, reranking.

    Every switch comes with the paired difference, its interval and a test corrected for the number of switches, over
    all questions, per direction and per dataset. The legs are searched once.
    """
    from app.eval_ablation import run_ablation
    from eval.tuning.ablation_page import sentences

    settings = session(context).settings(None)
    say = voice(settings)
    with progress(quiet=as_json) as watch:
        report = run_ablation(
            settings,
            folders,
            out_folder,
            split=split,
            rerank=rerank,
            rewrite=rewrite,
            count=sample,
            seed=seed,
            fresh=fresh,
            language=say.language,
            watch=watch,
        )
    if as_json:
        print_json(report)
        return
    _print_switches(report)
    for words in sentences(report):
        out().print(getattr(words, say.language), markup=False)
    out().print(f"{out_folder / 'report.html'}", markup=False)


def _print_switches(report: dict[str, Any]) -> None:
    """One line a switch; columns by hand, since a table of rich would cut names when stdout is a pipe."""
    found = {one["b"]: one for one in report["comparisons"]}
    lines = [("switch", "ndcg@10", "difference", "95 % CI", "p (Holm)", "verdict")]
    for name, measures in report["modes"].items():
        one = found.get(name)
        cells = ("", "", "", "")
        if one is not None:
            interval = f"{one['low']:+.3f}…{one['high']:+.3f}"
            cells = (f"{one['mean']:+.4f}", interval, f"{one['adjusted']:.4f}", one["verdict"])
        lines.append((name, f"{measures['ndcg@10']['value']:.4f}", *cells))
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        cells_ = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        out().print("  ".join(cells_).rstrip(), markup=False)


def tune(
    context: typer.Context,
    folders: Folders,
    out_folder: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for a report; else none is made.")
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Write the settings where the gain is real.")] = False,
    split: SplitOption = "dev",
    rerank: RerankOption = False,
    sample: SampleOption = None,
    answers: Annotated[
        list[Path] | None,
        typer.Option(help="rag.*.jsonl with passages: tune the threshold of abstention on it too. May be repeated."),
    ] = None,
    seed: SeedOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Find the best settings of the search, and prove the gain. Half of the questions choose, the other half confirms.

    The aim is nDCG@10, every dataset weighing the same. A dataset with queries.heldout.jsonl is confirmed on that. The
    gain is real when the paired test over all confirming questions says so, it is at least .005, and no dataset gets
    significantly worse; otherwise that is said, and --write changes nothing. Only the changed keys of shujia.toml are
    written.
    """
    from app.eval_tuning import TunePlan, run_tuning

    settings = session(context).settings(None)
    say = voice(settings)
    plan = TunePlan(tuple(folders), split, rerank, sample, seed, tuple(answers or ()))
    with progress(quiet=as_json) as watch:
        report = run_tuning(settings, plan, out_folder, language=say.language, watch=watch)
    written = write_tuned(report) if write else None
    if as_json:
        print_json(report | {"written": str(written) if written else None})
        return
    for part in (report, report.get("abstain")):
        if part:
            out().print(part["finding"][say.language], markup=False)
    for key, value in proven(report).items():
        out().print(f"{key} = {value}", markup=False)
    if written:
        out().print(f"→ {written}", markup=False)
        for name in overridden(proven(report)):
            err().print(say("env_wins", name=name, file=written), markup=False)
    if out_folder:
        out().print(f"{out_folder / 'report.html'}", markup=False)


def write_tuned(report: dict[str, Any]) -> Path | None:
    """Write the changed settings of a tuning run whose gain is real; the file, or None where nothing is written."""
    from app.settings import CONFIG_FILE, config_file
    from app.settings_file import write_settings

    if not proven(report):
        return None
    path = config_file() or Path(CONFIG_FILE)
    write_settings(path, proven(report))
    return path


def proven(report: dict[str, Any]) -> dict[str, Any]:
    """The settings of a tuning run whose gain is real."""
    found: dict[str, Any] = dict(report["changes"]) if report["real"] else {}
    abstain = report.get("abstain")
    return found | ({"abstain": abstain["chosen"]} if abstain and abstain["real"] else {})


def overridden(keys: Iterable[str]) -> list[str]:
    """The environment variables that set one of these settings, so that the file has no say."""
    from app.settings import PREFIX

    return [name for key in keys if (name := PREFIX + key.upper()) in os.environ]
