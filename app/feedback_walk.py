"""The review on a terminal: one open item after the other, a key for each decision."""

from __future__ import annotations

from collections.abc import Callable

import typer

from app.console import Voice, out
from app.feedback_text import item_lines
from eval.errors import EvalInputError
from eval.flywheel.feedback import Library, span_at, span_of_quote, suggest
from store.errors import UnknownDocument
from store.feedback import FeedbackLog
from store.feedback_rows import Feedback, Quoted

KEYS = ("a", "e", "r", "s", "q")  # accept, edit, reject, skip, quit

Ask = Callable[[str], str]


def walk(log: FeedbackLog, shelf: Library, say: Voice, ask: Ask = typer.prompt) -> None:
    """Show each open item and act on what is typed; what was decided stays when the walk is broken off."""
    items = log.items("open")
    if not items:
        out().print(say("no_open_feedback"), markup=False)
    for number, item in enumerate(items, start=1):
        lines = [f"{number}/{len(items)}", *item_lines(item, shelf, say)]
        out().print("\n".join(lines), markup=False)
        if not _decide(item, log, shelf, say, ask):
            return


def _decide(item: Feedback, log: FeedbackLog, shelf: Library, say: Voice, ask: Ask) -> bool:
    """Ask until something is decided; False ends the walk."""
    while True:
        key = ask(say("review_keys")).strip().lower()[:1]
        if key in ("s", "q"):
            return key == "s"
        if key == "r":
            log.review(item.id, "rejected")
            return True
        if key not in KEYS:
            continue
        try:
            if key == "a":
                log.review(item.id, "accepted", _suggested(item, shelf))
            else:
                log.review(item.id, "edited", _typed(item, shelf, say, ask))
        except (EvalInputError, UnknownDocument) as exc:
            out().print(say.told(str(exc)), markup=False)
        else:
            return True


def _suggested(item: Feedback, shelf: Library) -> tuple[Quoted, ...]:
    suggestion = suggest(item, shelf)
    if suggestion.why == "none":
        raise EvalInputError("nothing is suggested: e to give a passage, r to reject")
    return suggestion.gold


def _typed(item: Feedback, shelf: Library, say: Voice, ask: Ask) -> tuple[Quoted, ...]:
    """Words of a document, DOCUMENT:START-END, or a minus: the documents do not answer."""
    typed = ask(say("review_span")).strip()
    if typed == "-":
        return ()
    try:
        return (span_at(typed, shelf),)
    except (EvalInputError, UnknownDocument):
        return (span_of_quote(typed, item, shelf),)
