"""Commands `shujia eval feedback list | review | export`: what readers said, turned into reviewed cases."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.console import CollectionOption, JsonOption, LibraryOption, err, out, print_json, session, voice
from eval.errors import EvalInputError

if TYPE_CHECKING:
    from app.wiring import Library as Opened
    from eval.flywheel.feedback import Library
    from store.feedback_rows import Feedback, Quoted

feedback = typer.Typer(no_args_is_help=True, help="What readers said about answers, turned into reviewed cases.")


@feedback.command("list")
def list_feedback(
    context: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="Reviewed ones too.")] = False,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """What waits for review. Question, rating, reason, what was retrieved, and the suggested gold span."""
    from app.feedback_text import item_lines, item_payload
    from eval.flywheel.feedback import Library

    with session(context).open(library) as opened:
        say = voice(opened.settings)
        items = opened.feedback(collection).items(*(() if every else ("open",)))
        shelf = Library(opened.shelf(collection).read)
        if as_json:
            print_json({"version": 1, "items": [item_payload(item, shelf) for item in items]})
            return
        lines = [line for item in items for line in (*item_lines(item, shelf, say), "")]
    for line in lines or [say("no_open_feedback")]:
        out().print(line, markup=False)


@feedback.command("review")
def review_feedback(
    context: typer.Context,
    item: Annotated[str | None, typer.Argument(help="Its id, or the beginning; all open ones without.")] = None,
    accept: Annotated[bool, typer.Option("--accept", help="Take the suggested gold span.")] = False,
    edit: Annotated[bool, typer.Option("--edit", help="Take the spans of --span and --quote instead.")] = False,
    reject: Annotated[bool, typer.Option("--reject", help="Make no case of it.")] = False,
    span: Annotated[
        list[str] | None, typer.Option(help="DOCUMENT:START-END, characters of its text; repeatable.")
    ] = None,
    quote: Annotated[list[str] | None, typer.Option(help="Words of a document; repeatable.")] = None,
    unanswerable: Annotated[
        bool, typer.Option("--unanswerable", help="With --edit: the documents do not answer it.")
    ] = False,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Accept, edit or reject an item. Without an id, walk through the open ones on the terminal."""
    from app.feedback_text import item_payload
    from app.feedback_walk import walk
    from eval.flywheel.feedback import Library

    with session(context).open(library) as opened:
        shelf = Library(opened.shelf(collection).read)
        if item is None:
            if accept or edit or reject or as_json:
                raise EvalInputError("name the item to review; see: shujia eval feedback list")
            walk(opened.feedback(collection), shelf, voice(opened.settings))
            return
        if accept + edit + reject != 1:
            raise EvalInputError("choose one: --accept, --edit or --reject")
        log = opened.feedback(collection)
        found = log.get(item)
        if reject:
            log.review(found.id, "rejected")
        elif accept:
            log.review(found.id, "accepted", _accepted(found, shelf))
        else:
            log.review(found.id, "edited", _edited(found, shelf, span or [], quote or [], unanswerable=unanswerable))
        done = log.get(found.id)
        if as_json:
            print_json({"version": 1, "item": item_payload(done, shelf)})
        else:
            out().print(f"{done.id[:12]}: {voice(opened.settings)('state_' + done.state)}", markup=False)


@feedback.command("export")
def export_feedback(
    context: typer.Context,
    cases: Annotated[Path | None, typer.Option("--out", help="Cases file to write accepted items into.")] = None,
    pairs: Annotated[
        Path | None, typer.Option(help="File of training triplets (sentence-transformers) to write.")
    ] = None,
    negatives: Annotated[int, typer.Option(min=1, max=50, help="Most hard negatives a question.")] = 5,
    rows: Annotated[
        Path | None, typer.Option(help="per_query.jsonl of a retrieval run: triplets from its judged questions too.")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="The BEIR folder that --rows was measured on.")] = None,
    split: Annotated[str, typer.Option(help="Which judgments of --data.")] = "dev",
    mode: Annotated[str, typer.Option(help="Whose rankings of --rows give the negatives.")] = "hybrid",
    collection: CollectionOption = None,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Write reviewed items as cases, and as training triplets. The triplets hold hard negatives; --rows gives more."""
    if cases is None and pairs is None:
        raise EvalInputError("say what to write: --out cases.jsonl, --pairs triplets.jsonl, or both")
    if (rows is None) != (data is None) or (rows is not None and pairs is None):
        raise EvalInputError("--rows, --data and --pairs belong together: a run, what it was measured on, and the file")
    payload: dict[str, Any] = {"version": 1}
    with session(context).open(library) as opened:
        if pairs is not None:  # first: it reads what --rows and --data name, and nothing is written if they are wrong
            judged = (rows, data, split, mode) if rows is not None and data is not None else None
            payload["pairs"] = _export_pairs(opened, collection, pairs, negatives, judged)
        if cases is not None:
            payload["cases"] = _export_cases(opened, collection, cases)
        say = voice(opened.settings)
    if as_json:
        print_json(payload)
    else:
        for what, counts in payload.items():
            if what != "version":
                out().print(f"{what}: {', '.join(f'{name} {count}' for name, count in counts.items())}", markup=False)
        if removed := payload.get("cases", {}).get("removed"):
            out().print(say("cases_removed", count=removed), markup=False)


def _export_cases(opened: Opened, collection: str | None, path: Path) -> dict[str, int]:
    from dataclasses import asdict

    from eval.flywheel.feedback import Library, export_cases

    log = opened.feedback(collection)
    waiting = len(log.items("open"))
    names = Library(opened.shelf(collection).read).file_names()
    done = export_cases(path, log.items("accepted", "edited", "rejected"), names)
    if waiting:
        err().print(voice(opened.settings)("items_open", count=waiting), markup=False)
    return asdict(done)


def _export_pairs(
    opened: Opened,
    collection: str | None,
    path: Path,
    negatives: int,
    judged: tuple[Path, Path, str, str] | None,
) -> dict[str, int]:
    from eval.flywheel.training import Mined, mine_feedback, mine_rows, write_triplets

    read = opened.shelf(collection).read
    mined = mine_feedback(opened.feedback(collection).items(), read, most=negatives)
    if judged is not None:
        from eval.beir import read_dataset, records
        from eval.rows import read_rows

        rows, data, split, mode = judged
        dataset = read_dataset(data, split)
        more = mine_rows(read_rows(rows), dataset.judgments, records(dataset.corpus), mode=mode, most=negatives)
        mined = Mined((*mined.triplets, *more.triplets), mined.dropped + more.dropped)
    write_triplets(path, mined.triplets)
    return {"written": len(mined.triplets), **dict(sorted(mined.dropped.items()))}


def _accepted(item: Feedback, shelf: Library) -> tuple[Quoted, ...]:
    from eval.flywheel.feedback import suggest

    suggestion = suggest(item, shelf)
    if suggestion.why == "none":
        raise EvalInputError(
            f"nothing is suggested for {item.id[:12]}: give --edit with --span or --quote, or --reject"
        )
    return suggestion.gold


def _edited(
    item: Feedback, shelf: Library, spans: list[str], quotes: list[str], *, unanswerable: bool
) -> tuple[Quoted, ...]:
    from eval.flywheel.feedback import span_at, span_of_quote

    if bool(spans or quotes) == unanswerable:
        raise EvalInputError('--edit needs --span DOCUMENT:START-END, --quote "…" or --unanswerable')
    return (*(span_at(text, shelf) for text in spans), *(span_of_quote(text, item, shelf) for text in quotes))
