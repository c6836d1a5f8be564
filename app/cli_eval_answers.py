"""`shujia eval answers`: how well it answers, cites, and says that it does not know."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from app.console import JsonOption, LibraryOption, Voice, a_name, out, print_json, session, voice
from app.eval_progress import progress

_SHOWN = {
    "correct": "correct",
    "contains": "facts",
    "f1": "F1",
    "rougeL": "ROUGE",
    "bertscore": "BERT",
    "citation_precision": "citeP",
    "citation_recall": "citeR",
    "faithfulness": "faith",
    "abstention_right": "abstain",
    "judge_correct": "judge",
}
"""Measures of the table in the terminal, and their short names there."""


def answers(
    context: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(help="rag.*.jsonl, harm.*.jsonl, or own questions, one JSON object a line.", show_default=False),
    ],
    out_folder: Annotated[Path, typer.Option("--out", "-o", help="Folder for the report.", show_default=False)],
    model: Annotated[str | None, typer.Option(help="Chat model, or `extractive` for answers without one.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many questions, drawn by the seed.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 0,
    noise: Annotated[float, typer.Option(min=0.0, max=1.0, help="Share of passages without the answer.")] = 0.4,
    passages: Annotated[int, typer.Option(min=1, help="Passages mixed for a question that brings bad ones.")] = 5,
    collection: Annotated[
        str | None,
        typer.Option("--collection", "-c", callback=a_name, help="Where questions without passages are searched."),
    ] = None,
    bertscore: Annotated[bool, typer.Option(help="Compare token vectors of the configured embedder.")] = True,
    judge: Annotated[
        str | None, typer.Option(help="A chat model that judges the answers too, in columns of its own.")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Measure again what an equal run has measured.")] = False,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Answers against known ones. Text, citations, faithfulness, abstention, refusal; per language, with intervals.

    Questions that bring no passages are searched in --collection, else in the corpus.jsonl beside their file. Writes
    report.json, report.html and per_query.jsonl. An interrupted run goes on where it stopped.
    """
    from app.eval_answers import Plan, evaluate_answers

    settings = session(context).settings(library)
    plan = Plan(tuple(files), model, collection, limit, seed, noise, passages, bertscore, judge)
    say = voice(settings)
    with progress(quiet=as_json) as start:
        report = evaluate_answers(settings, plan, out_folder, fresh=fresh, language=say.language, start=start)
    if as_json:
        print_json(report)
    else:
        _print_report(report, out_folder, say)


def _print_report(report: dict[str, Any], folder: Path, say: Voice) -> None:
    """The table of means by set, what else there is to say, and where the report is."""
    from rich.table import Column, Table

    from eval.answers.words import OUTCOME

    console = out()
    table = Table(Column("set", no_wrap=True), "n", *_SHOWN.values(), box=None, padding=(0, 1, 0, 0))
    for name, measures in {**report["by_set"], "all": report["measures"]}.items():
        if not any(one in measures for one in _SHOWN):
            continue
        asked = max((one["n"] for one in measures.values()), default=0)
        cells = (f"{measures[one]['value']:.3f}" if one in measures else "–" for one in _SHOWN)
        table.add_row(name, str(asked), *cells)
    console.print(table)
    risk = report["risk_coverage"]["all"]
    if risk:
        console.print(say("aurc", **{name: risk[name] for name in ("aurc", "random", "best")}), markup=False)
    for label, counts in report["harm"].items():
        named = (f"{getattr(OUTCOME[name], say.language)} {count}" for name, count in counts.items())
        console.print(f"{label}: " + ", ".join(named), markup=False)
    if report["harm"] and not report["harm_with_passages"]:
        console.print(say("harm_empty_shelf"), markup=False)
    if report["n"]["statements_not_asked"]:
        console.print(say("not_asked", count=report["n"]["statements_not_asked"]), markup=False)
    if report["failed"]:
        console.print(say("eval_failed", count=report["failed"]), markup=False)
    if report["started_over"]:
        console.print(say("begun_afresh"), markup=False)
    console.print(f"{folder / 'report.html'}", markup=False)


COMMANDS: dict[str, Callable[..., None]] = {"answers": answers}
