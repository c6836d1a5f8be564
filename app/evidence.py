"""What the documents say at once: the sentences that fit a question best, shown while the model still writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from app.harm_policy import harm_policy
from app.page_text import html_text
from generation.extractive import extract
from generation.types import Sentence
from retrieval.types import Context

if TYPE_CHECKING:
    from app.page_session import Room


def evidence_of(question: str, context: Context, room: Room) -> str:
    """The quotes as HTML, with a line that says what they are; empty where nothing fits, or the question is refused."""
    refuses = harm_policy(room.library)
    if not context.passages or (refuses is not None and refuses(question) is not None):
        return ""
    found = extract(context.question, context.passages, room.library.settings.abstain)
    titles = {passage.number: passage.title for passage in context.passages}
    lines = "".join(_quote(one, titles) for one in found.sentences)
    if not lines:
        return ""
    return f'<div class="sj-evidence"><div class="sj-quiet">{room.voice("evidence")}</div>{lines}</div>'


def _quote(one: Sentence, titles: Mapping[int, str]) -> str:
    where = " ".join(f"[{number}] {titles.get(number, '')}" for number in one.citations)
    return f'<div class="sj-passage">{html_text(one.text)} <span class="sj-quiet">{html_text(where)}</span></div>'
