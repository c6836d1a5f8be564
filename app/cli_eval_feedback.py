"""Commands of the flywheel: eval gate, eval generate; `eval feedback` stands in cli_feedback_review."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.console import CollectionOption, JsonOption, LibraryOption, out, print_json, session, voice
from app.eval_progress import progress

if TYPE_CHECKING:
    from eval.flywheel.generate import Generated, Plan


def gate(
    context: typer.Context,
    report: Annotated[
        Path, typer.Argument(help="report.json of any `shujia eval`, or its folder.", show_default=False)
    ],
    baseline: Annotated[Path | None, typer.Option(help="JSON file of values that must not get worse.")] = None,
    fail_under: Annotated[
        list[str] | None,
        typer.Option(help='Limit such as "ndcg@10=0.70" (every mode) or "hybrid:recall@5=0.8"; may be repeated.'),
    ] = None,
    tolerance: Annotated[float, typer.Option(min=0.0, help="How much worse than the baseline is still good.")] = 0.01,
    write: Annotated[
        bool, typer.Option("--write-baseline", help="Write the report's values to --baseline, if no limit is missed.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Fail when a report misses a limit, or is worse than a baseline. Exit code 1: missed, 2: cannot be compared.

    Example: shujia eval gate reports/now --fail-under "hybrid:recall@5=0.8"
    """
    from dataclasses import asdict

    from eval.errors import EvalInputError
    from eval.flywheel.gate import missed_limits, parse_limit, read_baseline, read_report, regressions, write_baseline

    if write and baseline is None:
        raise EvalInputError("--write-baseline needs the file to write: --baseline FILE")
    if baseline is None and not fail_under:
        raise EvalInputError('nothing to check: give --baseline FILE or --fail-under "ndcg@10=0.70"')
    measured = read_report(report)
    missed = missed_limits(measured, [parse_limit(text) for text in fail_under or ()])
    if baseline is not None and not write:
        missed += regressions(measured, read_baseline(baseline), tolerance=tolerance)
    if baseline is not None and write and not missed:
        write_baseline(baseline, measured)
    if as_json:
        rows = [asdict(violation) for violation in missed]
        print_json({"version": 1, "passed": not missed, "missed": rows, "values": dict(measured.values)})
    else:
        say = voice(session(context).settings(None))
        good = say("baseline_written" if write else "limits_met", count=len(measured.values), file=baseline)
        for line in [str(violation) for violation in missed] or [good]:
            out().print(line, markup=False)
    if missed:
        raise typer.Exit(1)


def generate(
    context: typer.Context,
    target: Annotated[Path, typer.Option("--out", "-o", help="Cases file to write (JSONL).", show_default=False)],
    count: Annotated[int, typer.Option(min=1, help="Answerable questions, shared evenly by the languages.")] = 20,
    seed: Annotated[int, typer.Option(help="Fixes which passages are asked about.")] = 0,
    language: Annotated[str, typer.Option(help="zh, en or both: that of passages and questions.")] = "both",
    model: Annotated[str | None, typer.Option(help="Chat model; the configured one without.")] = None,
    twins: Annotated[
        bool, typer.Option("--twins/--no-twins", help="To each question one like it that the library cannot answer.")
    ] = True,
    verify: Annotated[
        bool,
        typer.Option("--verify/--no-verify", help="Keep a question only if the model answers it from its passage."),
    ] = True,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Write a test set about the library with the chat model. Each dropped question is counted with its reason.

    A question is kept if its answer stands in one sentence of the passage word for word, it is not copied from the
    passage, names what it asks about, repeats no other, and a hybrid search with it finds the passage among the best
    20. An interrupted run goes on where it stopped.
    """
    from eval.cases import write_cases
    from eval.errors import EvalInputError
    from eval.flywheel.generate import Plan, languages_of
    from eval.flywheel.generate import generate as write_questions

    plan = Plan(count, seed, languages_of(language), twins, verify)
    if target.is_dir():
        raise EvalInputError(f"{target} is a folder: name the file to write, such as {target / 'cases.jsonl'}")
    with session(context).open(library) as opened:
        chat = opened.chat(model)
        if chat is None:
            raise EvalInputError("the model is `extractive`, which writes no questions: name a chat model with --model")
        partial = target.with_name(f"{target.name}.partial")
        with progress(quiet=as_json) as start:
            made = write_questions(opened.retriever(collection), chat, plan, partial, start("questions"))
    write_cases(target, made.cases)
    payload = _generated(made, plan, chat.name, target)
    if as_json:
        print_json(payload)
        return
    console = out()
    say = voice(opened.settings)
    console.print(say("generated", written=payload["written"], twins=payload["twins"], file=target), markup=False)
    for reason, dropped in payload["dropped"].items():
        console.print(f"{dropped:>5}  {say.told(reason)}", markup=False)
    for name, missing in payload["missing"].items():
        console.print(say("generated_missing", count=missing, language=name), markup=False)


def _generated(made: Generated, plan: Plan, model: str, target: Path) -> dict[str, Any]:
    return {
        "version": 1,
        "out": str(target),
        "written": made.answerable,
        "twins": len(made.cases) - made.answerable,
        "tried": made.tried,
        "dropped": dict(sorted(made.dropped.items(), key=lambda item: (-item[1], item[0]))),
        "missing": dict(made.missing),
        "model": model,
        "seed": plan.seed,
        "seconds": round(made.seconds, 1),
    }


COMMANDS: dict[str, Callable[..., None]] = {"gate": gate, "generate": generate}
