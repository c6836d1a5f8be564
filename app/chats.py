"""The chats of a library: which there are, what a turn is kept as, and what of a chat its next question is given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from app.turn_answers import ran, ranked, reply_of
from models.types import Message
from store.conversations import Chats
from store.conversations_rows import Turn
from store.filters import NO_FILTERS, Filters

if TYPE_CHECKING:
    from app.wiring import Library
    from generation.types import Answer

HISTORY_TURNS = 6  # turns; the query layer looks at the last two, and completed questions carry what was before
HISTORY_CHARACTERS = 3_000  # of all of them together
ANSWER_CHARACTERS = 600  # of one answer: its beginning names what it is about
_SHAPING = frozenset(
    ("model", "answer_tokens", "abstain", "harm", "candidates", "dense_weight", "centring", "both_languages")
)
_SHAPING_GROUPS = ("context_", "rerank", "rewrite_")


@dataclass(frozen=True, slots=True)
class Said:
    """A question and its answer, as the next question may need them: ``asked`` stands by itself."""

    asked: str
    answer: str
    documents: frozenset[str] = frozenset()


def chats_of(library: Library, collection: str | None = None, *, owner: str | None = None) -> Chats:
    """A reader's chats about a collection, about all that the reader may read without its name.

    The reader is whoever the library was opened for, unless an ``owner`` is named. Raises UnknownCollection.
    """
    from app.rights_library import owner_of

    catalogue = library.catalogue
    owner = owner_of(library) if owner is None else owner
    collections = catalogue.collections() if collection is None else (catalogue.collection(collection),)
    return Chats(catalogue.engine, collections, owner)


def same_words(one: str, other: str) -> bool:
    """Whether two texts differ in blanks at most, as a question does that was asked as it stood."""
    return one.split() == other.split()


def finished(
    turn: Turn,
    answer: Answer,
    library: Library,
    collection: str,
    before: Sequence[Said] = (),
    *,
    filters: Filters = NO_FILTERS,
) -> Turn:
    """A turn with its answer and everything that explains it later. Raises UnknownCollection.

    ``before`` are the turns that its question could be completed from. Where it was, its words may be theirs, so it
    goes with their documents too.
    """
    context = answer.context
    asked = context.question
    own = same_words(turn.question, asked)
    carried = frozenset() if own else frozenset(document for each in before for document in each.documents)
    narrowed = {"filters": asdict(filters)} if filters != NO_FILTERS else {}
    return replace(
        turn,
        state="answered",
        asked=asked,
        wordings=context.query.wordings if context.query else (),
        answer=reply_of(answer),
        stages=ran(context.trace),
        hits=ranked(context.trace, library.shelf(collection)),
        configuration={**shaping(library, collection), **narrowed},
        sequence=context.trace.sequence,
        carried=carried | set(filters.documents),
    )


def shaping(library: Library, collection: str) -> dict[str, Any]:
    """Everything set that decides what a question finds and what is answered. Raises UnknownCollection."""
    kept = library.catalogue.collection(collection)
    told = library.settings.model_dump(mode="json")
    values = {name: value for name, value in told.items() if name in _SHAPING or name.startswith(_SHAPING_GROUPS)}
    return {**values, "embedder": kept.embedder, "chunker": kept.chunker}


def said(turns: Iterable[Turn]) -> tuple[Said, ...]:
    """The answered turns among ``turns``, as the next question may need them."""
    return tuple(
        Said(one.asked or one.question, "" if one.answer.abstained else one.answer.text, frozenset(one.documents))
        for one in turns
        if one.answer is not None
    )


def bounded(before: Sequence[Said]) -> tuple[Said, ...]:
    """The last turns that fit the budget, oldest first: HISTORY_TURNS, and HISTORY_CHARACTERS of all of them."""
    kept: list[Said] = []
    room = HISTORY_CHARACTERS
    for one in reversed(before[-HISTORY_TURNS:]):
        one = replace(one, answer=one.answer[:ANSWER_CHARACTERS])
        room -= len(one.asked) + len(one.answer)
        if room < 0 and kept:
            break
        kept.append(one)
    return tuple(reversed(kept))


def messages(before: Sequence[Said]) -> tuple[Message, ...]:
    """Turns as the query layer takes them, each question standing by itself.

    So the third follow-up in a row ("And in winter?") still finds what the first question named, though the layer is
    shown no more than the last turns. An answer that says the documents hold none names only neighbours, and is left
    out.
    """
    told: list[Message] = []
    for one in before:
        told.append(Message("user", one.asked))
        if one.answer:
            told.append(Message("assistant", one.answer))
    return tuple(told)
