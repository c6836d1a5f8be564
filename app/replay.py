"""Kept questions asked again under today's settings: what changed, and at which stage it changed first.

The stages in the order they run: query (what the query layer made of the question), dense, keyword, fused, rerank,
languages, context (the passages that the model saw), answer. A later stage that differs follows from the first one
that does, so the first one is the finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.chats import Said, bounded, messages, said, shaping
from app.mistakes import exit_code
from app.turn_answers import RANKED, ranked
from generation.types import Finished
from store.conversations_rows import Chat, Ranked, Reply, Turn
from store.filters import NO_FILTERS, Filters

if TYPE_CHECKING:
    from app.wiring import Library
    from generation.types import Answer

STAGES = ("query", *RANKED, "context", "answer")
_HALF = 0.5  # of the shorter of two stretches, which then are the same passage (cut otherwise, it may begin elsewhere)

Place = tuple[str, int, int]
"""Characters of a document: its id, start, end."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a kept question brings today.

    ``stages`` maps every stage that ran, then or now, to whether it gave the same; ``stage`` is the first that did not,
    "" where nothing changed. ``overlap`` is the share of the first ten hits that both have, of the last ranking stage.
    ``gained`` and ``lost`` are quoted words. ``failed`` is why it could not be asked.
    """

    chat: Chat
    turn: Turn
    answer: str = ""
    stages: Mapping[str, bool] = field(default_factory=dict)
    overlaps: Mapping[str, float] = field(default_factory=dict)
    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    settings: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    library_changed: bool = False
    seconds: float = 0.0
    failed: str = ""

    @property
    def stage(self) -> str:
        """The first stage that differs."""
        return next((name for name in STAGES if self.stages.get(name) is False), "")

    @property
    def overlap(self) -> float | None:
        """That of the last ranking stage, None where nothing was ranked."""
        return next((self.overlaps[name] for name in reversed(RANKED) if name in self.overlaps), None)

    @property
    def same_answer(self) -> bool:
        """Whether the answer's words are the same."""
        return not self.failed and self.stages.get("answer", False)


def replay(
    library: Library, chosen: Iterable[tuple[Chat, Turn, Sequence[Turn]]], *, model: str = ""
) -> Iterator[Replayed]:
    """Ask every turn again, in the collection of its chat, after the turns that stood before it.

    Args:
        library: as its settings are today.
        chosen: a chat, an answered turn of it, and the turns before that one.
        model: who writes; without, the settings' model, and quotes where quotes had been asked for.

    A question that fails is reported with its reason and does not end the run.
    """
    for chat, turn, before in chosen:
        yield _one(library, chat, turn, bounded(said(before)), model)


def _one(library: Library, chat: Chat, turn: Turn, before: tuple[Said, ...], model: str) -> Replayed:
    from generation.types import EXTRACTIVE

    wished = model or (EXTRACTIVE if turn.model == EXTRACTIVE else None)
    answer = None
    try:
        for event in library.ask(
            turn.question,
            chat.collection,
            model=wished,
            filters=_filters(turn.configuration.get("filters")),
            history=messages(before),
        ):
            if isinstance(event, Finished):
                answer = event.answer
        if answer is None or turn.answer is None:
            return Replayed(chat, turn, failed="there is no answer")
        return compared(library, chat, turn, turn.answer, answer)
    except Exception as exc:
        if exit_code(exc) is None:
            raise
        return Replayed(chat, turn, failed=str(exc) or type(exc).__name__)


def _filters(told: Mapping[str, Any] | None) -> Filters:
    """What the search was narrowed to, from JSON, which knows lists only."""
    if not told:
        return NO_FILTERS
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in told.items()}
    return Filters(**values)


def compared(library: Library, chat: Chat, turn: Turn, then: Reply, now: Answer) -> Replayed:
    """A kept answer beside today's."""
    hits = ranked(now.context.trace, library.shelf(chat.collection))
    old, new = _rankings(turn.hits), _rankings(hits)
    stages = {"query": _asked(turn.asked, turn.wordings) == _asked(now.context.question, _wordings(now))}
    overlaps = {}
    for name in RANKED:
        if name in old or name in new:
            first, second = old.get(name, ()), new.get(name, ())
            stages[name] = first == second
            overlaps[name] = shared(first, second)
    seen = tuple((each.document, each.start, each.end) for each in then.passages)
    sees = tuple((p.chunk.document_id, p.chunk.start, p.chunk.end) for p in now.context.passages)
    stages["context"] = seen == sees
    stages["answer"] = _words(then.text) == _words(now.text)
    was = {(each.document, each.start, each.end): each.quote for each in then.citations}
    is_now = {(each.document_id, each.start, each.end): each.quote for each in now.citations}
    return Replayed(
        chat=chat,
        turn=turn,
        answer=now.text,
        stages=stages,
        overlaps=overlaps,
        gained=tuple(quote for place, quote in is_now.items() if not _among(place, was)),
        lost=tuple(quote for place, quote in was.items() if not _among(place, is_now)),
        settings=_settings(turn.configuration, shaping(library, chat.collection)),
        library_changed=turn.sequence != now.context.trace.sequence,
        seconds=sum(now.context.trace.seconds.values()) + now.seconds.get("total", 0.0),
    )


def shared(first: Sequence[Place], second: Sequence[Place]) -> float:
    """How much of two lists of passages is in both, 0 to 1: those shared over the longer of the two."""
    longer = max(len(first), len(second))
    return sum(_among(place, second) for place in first) / longer if longer else 1.0


def _among(place: Place, others: Iterable[Place]) -> bool:
    return any(_same(place, other) for other in others)


def _same(one: Place, other: Place) -> bool:
    """Whether two stretches are of one document and share at least half of the shorter one."""
    if one[0] != other[0]:
        return False
    both = min(one[2], other[2]) - max(one[1], other[1])
    return both > 0 and both >= _HALF * min(one[2] - one[1], other[2] - other[1])


def _rankings(hits: Iterable[Ranked]) -> dict[str, tuple[Place, ...]]:
    found: dict[str, list[Place]] = {}
    for hit in sorted(hits, key=lambda each: each.rank):
        found.setdefault(hit.stage, []).append((hit.document, hit.start, hit.end))
    return {name: tuple(places) for name, places in found.items()}


def _settings(then: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Settings whose value is another one; what one of the two does not know is left out."""
    return {name: (then[name], now[name]) for name in sorted(then.keys() & now.keys()) if then[name] != now[name]}


def _asked(question: str, wordings: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    return _words(question), tuple(wordings)


def _wordings(answer: Answer) -> tuple[str, ...]:
    return answer.context.query.wordings if answer.context.query else ()


def _words(text: str) -> str:
    return " ".join(text.split())
