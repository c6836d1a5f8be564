"""The passage that a reader expected: a document, a page of it or words in it → the chunks that hold it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from store.anchoring import Similar, nearest, places_of
from store.errors import AmbiguousDocument, UnknownDocument
from store.reading import Reader
from store.rows import Failure, Placed
from store.types import Chunk, Document, Span

GAP = 2  # characters between neighbouring chunks that belong to neither: the blank line between two paragraphs


class PageMissing(ValueError):
    """A page that the document does not have."""


class Trouble(StrEnum):
    """Why a passage is not among the chunks."""

    UNKNOWN = "unknown"  # no such document
    FAILED = "failed"  # its file could not be read
    EMPTY = "empty"  # nothing was read of the document, or of this page
    ABSENT = "absent"  # the words do not stand in what was read
    SPLIT = "split"  # they do, but in no chunk whole


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader expected: a document (path, file name, title or id), and a page of it or words in it, or both."""

    document: str
    page: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Located:
    """Where it is in the library.

    ``right`` are the chunks any of which is right; where there is none, ``pieces`` are those that hold it together.
    ``near`` is what stands nearest where the words themselves do not, ``failures`` the files of that name that could
    not be read, ``others`` the names that come nearest to that of an unknown document. ``passages`` counts the
    collection's chunks.
    """

    wanted: Wanted
    trouble: Trouble | None = None
    document: Document | None = None
    path: str = ""
    span: Span | None = None
    right: tuple[Placed, ...] = ()
    pieces: tuple[Placed, ...] = ()
    near: Similar | None = None
    failures: tuple[Failure, ...] = ()
    others: tuple[str, ...] = ()
    passages: int = 0

    @property
    def keys(self) -> frozenset[int]:
        """The catalogue's keys of the right chunks, of the pieces where there is none."""
        return frozenset(one.key for one in self.right or self.pieces)

    def covered(self, taken: Iterable[Chunk]) -> bool:
        """Whether these chunks, or what was joined of some, hold the passage: one of them whole or several together."""
        document = self.document.id if self.document else ""
        mine = sorted((one.start, one.end) for one in taken if one.document_id == document)
        if self.right or self.span is None:
            return any(start <= one.start and one.end <= end for start, end in mine for one in self.right)
        at = self.span.start
        for start, end in mine:
            if start <= at + (GAP if at > self.span.start else 0):
                at = max(at, end)
        return at >= self.span.end


def locate(read: Reader, wanted: Wanted) -> Located:
    """Where the passage is. Raises AmbiguousDocument, PageMissing."""
    placed = list(read.spans())
    failures = _failures(read, wanted.document)
    blank = Located(wanted, failures=failures, passages=len(placed))
    try:
        document = read.document(wanted.document)
    except AmbiguousDocument:
        raise
    except UnknownDocument:
        if failures:
            return replace(blank, trouble=Trouble.FAILED)
        return replace(blank, trouble=Trouble.UNKNOWN, others=_likely(read, wanted.document))
    paths = sorted(path for path, source in read.sources().items() if source.document_id == document.id)
    known = replace(blank, document=document, path=paths[0] if paths else "")
    mine = [one for one in placed if one.document == document.id]
    limits = _page(document, wanted.page)
    if not document.text[limits.start : limits.end].strip():
        return replace(known, trouble=Trouble.EMPTY)
    if wanted.text.strip():
        return _of_words(known, document, mine, limits)
    right = tuple(_overlapping(mine, limits))
    return replace(known, span=limits, right=right, trouble=None if right else Trouble.EMPTY)


def _of_words(known: Located, document: Document, mine: Sequence[Placed], limits: Span) -> Located:
    """Where the words stand: in chunks that hold them whole, in pieces, or nowhere."""
    quote, text = known.wanted.text, document.text[limits.start : limits.end]
    spans = [Span(at.start + limits.start, at.end + limits.start) for at in places_of(quote, text)]
    if not spans:
        near = nearest(quote, text)
        if near is not None:
            near = replace(near, span=Span(near.span.start + limits.start, near.span.end + limits.start))
        return replace(known, trouble=Trouble.ABSENT, near=near)
    whole = [one for one in mine if any(one.start <= span.start and span.end <= one.end for span in spans)]
    if whole:
        return replace(known, span=spans[0], right=tuple(whole))
    return replace(known, trouble=Trouble.SPLIT, span=spans[0], pieces=tuple(_overlapping(mine, spans[0])))


def _overlapping(chunks: Sequence[Placed], span: Span) -> list[Placed]:
    return [one for one in chunks if one.start < span.end and one.end > span.start]


def _page(document: Document, number: int | None) -> Span:
    """The characters of a page; the whole text without one."""
    if number is None:
        return Span(0, len(document.text))
    for page in document.pages:
        if page.number == number:
            return Span(page.start, page.end)
    has = f"has the pages {document.pages[0].number} to {document.pages[-1].number}" if document.pages else "has none"
    raise PageMissing(f"page {number}: {document.title!r} {has}")


def _failures(read: Reader, reference: str) -> tuple[Failure, ...]:
    """The files of that path or name that could not be read."""
    return tuple(
        failure
        for path, failure in read.failures().items()
        if reference in (path, path.replace("\\", "/").rsplit("/", 1)[-1]) or path.endswith(f"/{reference}")
    )


def _likely(read: Reader, reference: str) -> tuple[str, ...]:
    """The file names and titles that come nearest to ``reference``."""
    cards = read.cards()
    names = [path.replace("\\", "/").rsplit("/", 1)[-1] for card in cards for path in card.paths]
    return tuple(difflib.get_close_matches(reference, [*names, *(card.title for card in cards)], n=3, cutoff=0.5))
