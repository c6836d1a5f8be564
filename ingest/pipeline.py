"""ENTRY of ingestion: files → read → parse in a child → chunk → embed in a thread → commit → the indexes follow.

A file's result comes when both indexes find it. Nothing of it is visible before its commit, so a run that is killed
anywhere is completed by running it again.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Protocol

from ingest.assemble import assemble
from ingest.card import quality
from ingest.chunkers import Chunker
from ingest.embedding import Embedding, Progress
from ingest.errors import IngestError
from ingest.files import File
from ingest.inside import Budget, fresh_budget, inner_files, is_container, outermost
from ingest.inside_library import adopt_inside, forget_inside
from ingest.limits import Limits
from ingest.types import Parsed, Part
from models.types import Embedder
from store.cards import Cards, Near, Quality, QualityCard
from store.catalogue import Catalogue
from store.errors import VectorsMissing
from store.reading import passage_text
from store.rows import Failure, Source
from store.shelf import Shelf
from store.types import Chunk, Document, document_id, text_id

AHEAD = 16  # files that are read while others are embedded: bounds the memory for texts that wait
BATCH_TEXTS = 256  # texts collected over documents before they are embedded together: enough to sort by length
FIRST_TEXTS = 32  # the first time, then twice as many each: what is interrupted early has committed something


class Parser(Protocol):
    """Reads files apart from this process; see ``ingest.sandbox``."""

    def submit(self, data: bytes, name: str) -> Future[Parsed]:
        """Start to read; the future holds what was read, or the IngestError that says why not."""
        ...


class Archive(Protocol):
    """Keeps the files themselves; see ``store.originals``."""

    def put(self, document_id: str, data: bytes) -> None:
        """Keep the bytes of a document."""
        ...

    def remove(self, document_id: str) -> None:
        """Forget the bytes of a document."""
        ...


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of one file. ``status`` is ingested, unchanged, replaced, skipped or failed.

    A sync also says moved, removed and waiting, an ingest that only fills the queue says queued. ``card`` and ``near``
    are the quality card of a document that was read, and documents of the collection that are nearly the same.
    """

    path: str
    status: str
    reason: str = ""
    code: str = ""
    document: str = ""
    title: str = ""
    pages: int = 0
    chunks: int = 0
    embedded: int = 0
    seconds: float = 0.0
    card: QualityCard | None = None
    near: tuple[Near, ...] = ()


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A file to read and what its path held. ``budget`` counts what is inside it, None where nobody looks inside."""

    file: File
    known: Source | None
    budget: Budget | None
    again: bool = False  # it is read although it is in the library: something inside it failed


@dataclass(slots=True)
class _Work:
    """A file on its way: from its bytes to its chunks."""

    file: File
    id: str
    before: str  # the document that the path held, "" for a new path
    began: float
    parsed: Future[Parsed]
    budget: Budget | None = None
    data: bytes = b""
    document: Document | None = None
    quality: Quality | None = None
    chunks: list[tuple[Chunk, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Line:
    """What was read and waits for its vectors: files that are ``collected``, and those whose texts are ``begun``."""

    embedding: Embedding
    collected: list[_Work] = field(default_factory=list)
    begun: list[_Work] = field(default_factory=list)
    texts: frozenset[str] = frozenset()  # ids of the texts that are being embedded
    vectors: Future[dict[str, bytes]] | None = None  # of them
    enough: int = FIRST_TEXTS  # texts to be collected before they are embedded


@dataclass(frozen=True, slots=True)
class Ingestion:
    """The parts that a run needs; ``watch`` is told how far the embedding is."""

    catalogue: Catalogue
    shelf: Shelf
    originals: Archive
    embedder: Embedder
    parser: Parser
    limits: Limits = field(default_factory=Limits)
    chunker: Chunker = field(default_factory=lambda: Chunker("recursive"))
    watch: Callable[[Progress], None] = lambda _: None

    def run(self, files: Iterable[File], *, retry: bool = False, inside: bool = True) -> Iterator[FileResult]:
        """Ingest files; one result each, in the order they are done, and one for each file inside them (``inside``).

        ``retry`` reads files again that failed before and have not changed since.
        """
        to_read: list[_Wanted] = []
        sources, failures = self.shelf.read.sources(), self.shelf.read.failures()
        again = {outermost(path) for path in failures} if retry else set()
        for file in files:
            known, failed = sources.get(file.path), failures.get(file.path)
            result = settled(file, known, failed, retry=retry)
            if result and not (result.status == "unchanged" and file.path in again):
                yield result
            else:
                budget = fresh_budget(self.limits) if inside else None
                to_read.append(_Wanted(file, known, budget, again=file.path in again))
        if to_read:
            self.shelf.follow()  # an index from another life of the catalogue is seen before change numbers pass it by
            try:
                with Embedding(self.embedder, self.watch) as embedding:
                    line = _Line(embedding)
                    yield from self._feed(to_read, line)
                    yield from self._embed(line)
                    yield from self._commit(line)
            finally:
                self.shelf.follow(publish=True)

    def _feed(self, files: Iterable[_Wanted], line: _Line) -> Iterator[FileResult]:
        """Read files some ahead of the embedding, each with what its path held before."""
        waiting: deque[_Work] = deque()
        try:
            for wanted in files:
                item = self._read(wanted, time.perf_counter())
                if isinstance(item, FileResult):
                    yield item
                    continue
                waiting.append(item)
                line.embedding.prepare()
                if len(waiting) > AHEAD:
                    yield from self._advance(waiting, line)
            while waiting:
                yield from self._advance(waiting, line)
        finally:
            for work in waiting:
                work.parsed.cancel()

    def _read(self, wanted: _Wanted, began: float) -> FileResult | _Work:
        file, known = wanted.file, wanted.known
        try:
            data = file.read(self.limits.file_bytes)
        except IngestError as exc:
            return self._failed(file, exc, began)
        identity = document_id(data)
        if not wanted.again and self.catalogue.adopt(self.shelf.collection, self._source(file, identity)):
            before = known.document_id if known else ""
            self.release(before)
            if wanted.budget and is_container(file.path) and before != identity:
                adopt_inside(self, file, identity)
            reason = "" if before == identity else "the same content is already in the library"
            status = "unchanged" if before == identity else "replaced" if before else "ingested"
            return FileResult(file.path, status, reason, document=identity, seconds=time.perf_counter() - began)
        self.originals.put(identity, data)
        before = known.document_id if known else ""
        kept = data if wanted.budget and is_container(file.path) else b""
        return _Work(file, identity, before, began, self.parser.submit(data, file.name), wanted.budget, kept)

    def _advance(self, waiting: deque[_Work], line: _Line) -> Iterator[FileResult]:
        """Take the oldest file that is being read; embed when enough texts are together."""
        work = waiting.popleft()
        try:
            parsed = work.parsed.result()
            document, blocks = assemble(work.id, parsed, work.file.name, work.file.size)
        except IngestError as exc:
            self.release(work.id)
            yield self._failed(work.file, exc, work.began)
            return
        if work.budget and (parsed.parts or (work.before and is_container(work.file.path))):
            yield from self._inside(work, parsed.parts, line)
        chunks = self.chunker(document, blocks, self.embedder.tokens, self.embedder.embed_passages)
        work.document, work.quality = document, quality(document, parsed)
        work.chunks = [(one, text_id(passage_text(one.headings, one.text))) for one in chunks]
        line.collected.append(work)
        if sum(len(member.chunks) for member in line.collected) >= min(line.enough, BATCH_TEXTS):
            yield from self._embed(line)

    def _inside(self, work: _Work, parts: Sequence[Part], line: _Line) -> Iterator[FileResult]:
        """Take in the files inside a file before it is committed itself: it is only done when they are."""
        assert work.budget is not None  # noqa: S101 - asked by _advance
        sources, data = self.shelf.read.sources(), work.data
        if not data and any(part.data is None for part in parts):  # an archive under another ending
            data = work.file.read(self.limits.file_bytes)
        files = list(inner_files(work.file, data, parts, self.limits, work.budget))
        work.data = b""
        yield from self._feed((_Wanted(one, sources.get(one.path), work.budget) for one in files), line)
        forget_inside(self, work.file.path, sources, kept={one.path for one in files})

    def _embed(self, line: _Line) -> Iterator[FileResult]:
        """Begin to embed what is new in the files collected; meanwhile commit those that were begun before."""
        works, line.collected, line.enough = line.collected, [], 2 * line.enough
        texts = {text: passage_text(one.headings, one.text) for work in works for one, text in work.chunks}
        new = texts.keys() - line.texts - self.shelf.read.embedded(list(texts))
        vectors = line.embedding.start({text: texts[text] for text in new})
        yield from self._commit(line)
        line.begun, line.texts, line.vectors = works, frozenset(new), vectors

    def _commit(self, line: _Line) -> Iterator[FileResult]:
        """One transaction a file, for those whose texts were begun; all are told, even if the next one is refused."""
        vectors, done = line.vectors.result() if line.vectors else {}, list[FileResult]()
        try:
            done.extend(self._put(work, vectors, line.embedding) for work in line.begun)
        finally:
            self.shelf.follow()
            yield from done

    def _put(self, work: _Work, vectors: dict[str, bytes], embedding: Embedding) -> FileResult:
        assert work.document is not None and work.quality is not None  # noqa: S101, PT018 - set by _advance
        # A text that two documents of the batch share is committed with the first of them.
        mine = {text: vectors.pop(text) for text in dict.fromkeys(text for _, text in work.chunks) if text in vectors}
        source = self._source(work.file, work.id)
        try:
            self.catalogue.put(self.shelf.collection, work.document, work.chunks, mine, source, work.quality)
        except VectorsMissing:
            mine = embedding.start({text: passage_text(one.headings, one.text) for one, text in work.chunks}).result()
            self.catalogue.put(self.shelf.collection, work.document, work.chunks, mine, source, work.quality)
        self.release(work.before)
        return FileResult(
            path=work.file.path,
            status="replaced" if work.before else "ingested",
            reason="; ".join(work.document.warnings),
            document=work.id,
            title=work.document.title,
            pages=len(work.document.pages),
            chunks=len(work.chunks),
            embedded=len(mine),
            seconds=time.perf_counter() - work.began,
            card=work.quality.card,
            near=Cards(self.catalogue.engine, self.shelf.collection).near(work.id, work.quality.signature),
        )

    def _failed(self, file: File, error: IngestError, began: float) -> FileResult:
        failure = Failure(file.path, error.code, str(error), file.size, file.mtime_ns, time.time())
        self.catalogue.note_failure(self.shelf.collection, failure)
        return FileResult(file.path, "failed", str(error), error.code, seconds=time.perf_counter() - began)

    def release(self, document: str) -> None:
        """Drop the original of a document that the catalogue no longer holds."""
        if document and not self.catalogue.holds(document):
            self.originals.remove(document)

    def _source(self, file: File, identity: str) -> Source:
        return Source(file.path, identity, file.size, file.mtime_ns)


def settled(file: File, known: Source | None, failed: Failure | None, *, retry: bool) -> FileResult | None:
    """The result of a file that need not be read: its size and time are those of the last run. None for the others."""
    if failed and not retry and unchanged(file, failed):
        return FileResult(file.path, "failed", f"{failed.reason} (unchanged since then)", failed.code)
    if file.skip:
        return FileResult(file.path, "skipped", file.skip)
    if known and not failed and unchanged(file, known):
        return FileResult(file.path, "unchanged", document=known.document_id)
    return None


def unchanged(file: File, seen: Source | Failure) -> bool:
    """Whether a file on disk looks as it did when it was read; an upload carries no time that could tell."""
    return file.data is None and (seen.size, seen.mtime_ns) == (file.size, file.mtime_ns)
