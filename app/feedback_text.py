"""An item of feedback as lines for a terminal and as a JSON object."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from app.console import Voice
from eval.flywheel.feedback import Library, passages_of, suggest
from store.feedback_rows import Feedback, Quoted

_SHOWN = 3  # passages; more are in --json
_LONGEST = 160  # characters of a passage


def item_lines(item: Feedback, shelf: Library, say: Voice) -> list[str]:
    """Question, answer, what the reader said, the best passages, and what a review may accept."""
    when = datetime.fromtimestamp(item.created_at).astimezone().strftime("%Y-%m-%d %H:%M")
    thumb = "👍" if item.rating == "up" else "👎"
    reason = say(f"reason_{item.reason}") if item.reason else ""
    head = " · ".join(part for part in (item.id[:12], when, say("state_" + item.state), thumb, reason) if part)
    lines = [head, f"  ? {_line(item.question)}", f"  = {_line(item.answer)}"]
    if item.comment:
        lines.append(f"  # {_line(item.comment)}")
    for place, _passage, title, text in passages_of(item, shelf):
        if place <= _SHOWN:
            lines.append(f"  {place}. {title}: {_line(text)}")
    gold = item.gold
    label = "gold"
    if gold is None:
        suggestion = suggest(item, shelf)
        gold, label = suggestion.gold, f"suggested_{suggestion.why}"
    lines.append(f"  → {say(label)}" + ("" if gold or item.gold is None else f": {say('suggested_unanswerable')}"))
    return lines + [f"    {_place(span, shelf)} “{_line(span.quote)}”" for span in gold]


def item_payload(item: Feedback, shelf: Library) -> dict[str, Any]:
    """Everything that is known of an item, passages with their words, and the suggestion."""
    suggestion = suggest(item, shelf)
    fields = asdict(item)
    fields["retrieved"] = [
        {"rank": place, **asdict(passage), "title": title, "text": text}
        for place, passage, title, text in passages_of(item, shelf)
    ]
    fields["suggested"] = {"why": suggestion.why, "gold": [asdict(span) for span in suggestion.gold]}
    return fields


def _place(span: Quoted, shelf: Library) -> str:
    return f"{shelf.title(span.document)} ({span.document[:12]}:{span.start}-{span.end})"


def _line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
