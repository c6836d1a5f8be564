"""`shujia eval`: how well it retrieves and answers, proven on judged questions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from app import cli_eval_answers, cli_eval_feedback, cli_eval_tuning, cli_feedback_review
from app.console import JsonOption, Voice, err, out, print_json, session, voice
from app.eval_progress import progress

commands = typer.Typer(no_args_is_help=True, help="How well it retrieves and answers, proven on judged questions.")

OutOption = Annotated[Path, typer.Option("--out", "-o", help="Folder for the report.", show_default=False)]
SeedOption = Annotated[int, typer.Option(help="Seed of everything random.")]


@commands.command()
def retrieval(
    context: typer.Context,
    folders: Annotated[
        list[Path],
        typer.Argument(help="Datasets in BEIR form, or folders that hold several of them.", show_default=False),
    ],
    out_folder: OutOption,
    split: Annotated[str, typer.Option(help="Which questions: queries.SPLIT.jsonl and qrels.SPLIT.tsv.")] = "dev",
    modes: Annotated[
        str, typer.Option(help="Separated by commas: dense, keyword, hybrid, hybrid+rerank.")
    ] = "dense,keyword,hybrid",
    chunker: Annotated[
        str | None, typer.Option(help="How the corpus is cut: NAME or NAME:TOKENS, such as window or fixed:128.")
    ] = None,
    seed: SeedOption = 0,
    fresh: Annotated[bool, typer.Option("--fresh", help="Measure again what an equal run has measured.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Measure the search on judged questions. Recall, hit rate, MRR, nDCG and MAP with intervals; latency by stage.

    A corpus is ingested once and kept below `eval_folder`. Several datasets get a folder each and an overview. Writes
    report.json, report.html and per_query.jsonl. An interrupted run goes on where it stopped.

    Example: shujia eval retrieval data/nfcorpus --out reports/nfcorpus
    """
    from app.eval_retrieval import Plan, run_retrieval

    settings = session(context).settings(None)
    say = voice(settings)
    plan = Plan.read(folders, split, modes, chunker, seed)
    with progress(quiet=as_json) as watch:
        report = run_retrieval(settings, plan, out_folder, fresh=fresh, language=say.language, watch=watch)
    if as_json:
        print_json(report)
    else:
        _print_measures(report, out_folder, say)


@commands.command()
def chunkers(
    context: typer.Context,
    cases: Annotated[Path, typer.Argument(help="Cases with gold spans, one JSON object a line.", show_default=False)],
    documents: Annotated[list[Path], typer.Argument(help="The files or folders they are about.", show_default=False)],
    out_folder: OutOption,
    compared: Annotated[
        str, typer.Option("--chunkers", help="Separated by commas; NAME or NAME:TOKENS.")
    ] = "recursive,section,sentence,window,parent,fixed",
    seed: SeedOption = 0,
    as_json: JsonOption = False,
) -> None:
    """The same questions under several chunkers. What is cut apart, what is found, how much context it takes.

    Labels are spans of the documents' text, so they hold for every chunker; a label whose words are gone is counted as
    lost, never as a miss.
    """
    from app.eval_chunkers import run_chunkers

    settings = session(context).settings(None)
    say = voice(settings)
    with progress(quiet=as_json) as watch:
        report = run_chunkers(
            settings, cases, documents, compared, out_folder, seed=seed, language=say.language, watch=watch
        )
    if as_json:
        print_json(report)
        return
    shown = ("context_coverage", "context_density", "span_hit@5", "coverage@640", "whole", "recall@5", "recall@100")
    _print_modes({report["dataset"]: report}, shown, "chunker")
    out().print(say("labels_lost", count=len(report["labels_lost"])), markup=False)
    out().print(f"{out_folder / 'report.html'}", markup=False)


@commands.command()
def compare(
    context: typer.Context,
    a: Annotated[Path, typer.Argument(help="A run's folder or its per_query.jsonl: the baseline.", show_default=False)],
    b: Annotated[Path, typer.Argument(help="Another one on the same questions.", show_default=False)],
    mode: Annotated[
        str | None, typer.Option(help="Mode of both, or A-MODE:B-MODE; without it the only one, else hybrid.")
    ] = None,
    measure: Annotated[str | None, typer.Option(help="What the verdict is about; nDCG@10 or the first.")] = None,
    out_folder: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for a report; else none is made.")
    ] = None,
    allow_partial: Annotated[bool, typer.Option("--allow-partial", help="Compare the questions both have.")] = False,
    seed: SeedOption = 0,
    as_json: JsonOption = False,
) -> None:
    """B against A, question by question. Paired test, interval, Holm's correction, wins and losses.

    Says "cannot tell" where the data does, and how many questions would decide it.
    """
    from app.eval_compare import run_compare

    settings = session(context).settings(None)
    say = voice(settings)
    report, sentences = run_compare(
        a,
        b,
        mode,
        measure,
        out_folder,
        allow_partial=allow_partial,
        seed=seed,
        language=say.language,
        follow=settings.follows_reader,
    )
    if as_json:
        print_json(report)
        return
    out().print("\n".join(sentences), markup=False)
    if out_folder:
        out().print(f"{out_folder / 'report.html'}", markup=False)


def _print_measures(report: dict[str, Any], folder: Path, say: Voice) -> None:
    """The table of means, then where the report is."""
    shown = ("recall@5", "recall@20", "recall@100", "mrr@10", "ndcg@10", "map")
    sets = dict(report.get("datasets", {report["dataset"]: report}))
    if "datasets" in report:
        sets["macro"] = report
    _print_modes(sets, shown, "mode")
    if report["failed"]:
        out().print(say("eval_failed", count=report["failed"]), markup=False)
    for name, each in sets.items():
        for warning in each.get("warnings", ()):
            err().print(f"{name}: {say.told(warning)}", markup=False)
    out().print(f"{folder / 'report.html'}", markup=False)


def _print_modes(sets: dict[str, Any], shown: tuple[str, ...], what: str) -> None:
    """Columns of means by hand: a table of rich would cut long names when stdout is a pipe."""
    head = ["dataset", "n", what, *shown]
    body = [
        [name, str(each["queries"]), mode, *(f"{measures[one]['value']:.3f}" for one in shown)]
        for name, each in sets.items()
        for mode, measures in each["modes"].items()
    ]
    widths = [max(len(line[column]) for line in [head, *body]) for column in range(len(head))]
    for line in [head, *body]:
        cells = [
            cell.ljust(w) if i in (0, 2) else cell.rjust(w)
            for i, (cell, w) in enumerate(zip(line, widths, strict=True))
        ]
        out().print("  ".join(cells).rstrip(), markup=False)


commands.command()(cli_eval_answers.answers)
commands.command()(cli_eval_tuning.ablate)
commands.command()(cli_eval_feedback.gate)
commands.command()(cli_eval_feedback.generate)
commands.add_typer(cli_feedback_review.feedback, name="feedback")
