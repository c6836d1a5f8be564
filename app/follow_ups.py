"""What to ask next: questions about the closest passages that an answer did not use. No model is asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from app.chat_words import chat_words
from generation.instructions import orders
from generation.prompt import neutral
from generation.types import Answer
from store.folded import folded
from store.types import Span

if TYPE_CHECKING:
    from store.shelf import Shelf

MOST = 3
LOOKED_AT = 24  # hits of the search's last stage
LONGEST = 40  # characters of a heading: longer ones are sentences
_SHORTEST = 2


def follow_ups(answer: Answer, shelf: Shelf, asked: Iterable[str] = ()) -> tuple[str, ...]:
    """At most MOST questions in the answer's language, the closest passage's first; none after a refusal.

    A heading is taken where no sentence cites a passage under it, and no question in ``asked`` names it. One that gives
    orders to a model is left out: pressed, it would be the reader's own question.
    """
    if answer.refused:
        return ()
    cited = {citation.number for citation in answer.citations}
    used = [passage.chunk.headings[-1:] for passage in answer.context.passages if passage.number in cited]
    said = [_plain(text) for text in (answer.context.question, *asked, *(each[0] for each in used if each))]
    found: list[str] = []
    for title, headings in _near(answer, shelf):
        heading = " ".join(neutral(headings[-1]).split()) if headings else ""
        words = _plain(heading)
        if not _SHORTEST <= len(words) <= LONGEST or orders(heading, [Span(0, len(heading))]):
            continue
        if any(words in text for text in said):
            continue
        said.append(words)
        found.append(_question(heading, title, answer.language))
        if len(found) == MOST:
            break
    return tuple(found)


def _near(answer: Answer, shelf: Shelf) -> list[tuple[str, tuple[str, ...]]]:
    """Title and headings of passages near the question: what the search ranked, else what the answer saw."""
    ranked = next((stage.ranking for stage in reversed(answer.context.trace.stages) if stage.ranking), ())
    keys = [hit.key for hit in ranked[:LOOKED_AT]]
    if keys:
        located = shelf.located(keys)
        return [(located[key].title, located[key].chunk.headings) for key in keys if key in located]
    return [(passage.title, passage.chunk.headings) for passage in answer.context.passages]


def _question(heading: str, title: str, language: str) -> str:
    title = " ".join(neutral(title).split())
    if title and len(title) <= LONGEST and _plain(title) != _plain(heading):
        return chat_words(language, "follow_title", title=title, heading=heading)
    return chat_words(language, "follow_heading", heading=heading)


def _plain(text: str) -> str:
    return folded(text, blanks=False).text
