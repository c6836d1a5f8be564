"""Whether a new generation finds at least what the old one does: cases with gold spans, searched in both."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eval.cases import read_cases
from eval.errors import EvalInputError
from eval.measures.spans import Labelled, label, span_measures
from eval.run import Place
from store.rows import Collection

if TYPE_CHECKING:
    from app.wiring import Library

MEASURE = "coverage@640"
TOLERANCE = 0.01
_PASSAGES = 50


@dataclass(frozen=True, slots=True)
class Gate:
    """The mean coverage@640 (share of the gold characters within 640 tokens of passages) before and after."""

    cases: int
    before: float
    after: float

    @property
    def passed(self) -> bool:
        """Whether the new generation is not worse by more than TOLERANCE."""
        return self.after >= self.before - TOLERANCE


def compare(library: Library, file: Path, live: Collection, twin: Collection) -> Gate:
    """Search every case in both. Raises EvalInputError when no label stands in the documents of both."""
    cases = read_cases(file)
    old, new = (_measured(library, each, label(cases, *_documents(library, each))) for each in (live, twin))
    both = sorted(old.keys() & new.keys())
    if not both:
        raise EvalInputError(f"{file}: no gold span stands in {live.name!r}; are these the right cases?")
    before, after = (sum(one[case] for case in both) / len(both) for one in (old, new))
    return Gate(len(both), before, after)


def _documents(library: Library, collection: Collection):  # type: ignore[no-untyped-def]  # noqa: ANN202
    read = library.shelf_of(collection).read
    cards = read.cards()
    documents = {card.id: read.document(card.id) for card in cards}
    return documents, {path: card.id for card in cards for path in card.paths}


def _measured(library: Library, collection: Collection, labelled: tuple[Labelled, ...]) -> dict[str, float]:
    retriever = library.retriever_of(library.shelf_of(collection))
    found = {}
    for one in labelled:
        if one.spans:
            passages = retriever.search(one.case.question, k=_PASSAGES).passages
            places = [
                Place(each.chunk.document_id, (), each.chunk.start, each.chunk.end, each.chunk.tokens)
                for each in passages
            ]
            found[one.case.id] = span_measures(one.spans, places, places)[MEASURE]
    return found
