"""Test collections on a shelf of their own: each corpus is read, cut and embedded once, however often it is evaluated.

All of them live in one library below ``eval_folder``. A collection is named by the corpus' content and the chunker, so
the same documents in two datasets are one collection, and vectors of equal texts are shared by all.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.contexts import fitting
from app.eval_shelf import StillShelf
from app.wiring import PASSAGES, Library
from eval.beir import records
from eval.errors import EvalInputError
from eval.run import Corpus, Place
from eval.types import Dataset, Question, Record
from ingest.chunkers import Chunker
from ingest.clean import clean_line
from ingest.errors import EmptyDocument, IngestError
from ingest.files import File
from ingest.limits import Limits
from ingest.pipeline import Ingestion
from ingest.readers.text import text_blocks
from ingest.types import Block, BlockKind, Parsed
from models.types import Embedder
from retrieval.stages import Cut
from store.files import replace_file
from store.types import Document, document_id

Watch = Callable[[int, int], None]
BATCH = 64  # questions embedded between two looks at the clock


class RecordParser:
    """Reads a record as a document: its title is a heading, its text paragraphs as in a text file."""

    def submit(self, data: bytes, name: str) -> Future[Parsed]:
        """The record's blocks, at once; the future holds EmptyDocument for one without text."""
        done: Future[Parsed] = Future()
        item = json.loads(data)
        title = clean_line(item["title"])
        heading = [Block(BlockKind.HEADING, title, level=1)] if title else []
        blocks = (*heading, *text_blocks(item["text"]))
        if blocks:
            done.set_result(Parsed("record", title or None, blocks))
        else:
            error: IngestError = EmptyDocument(f"record {name} holds no text")
            done.set_exception(error)
        return done


class NotKept:
    """The originals of a test collection: they are in its own file, so nothing is kept."""

    def put(self, document_id: str, data: bytes) -> None:
        """Nothing."""

    def remove(self, document_id: str) -> None:
        """Nothing."""


class EvalLibrary:
    """The shelf of test collections below ``settings.eval_folder``."""

    def __init__(self, library: Library) -> None:
        """``library`` stands in the evaluation folder and has the embedder of the configuration under test."""
        self.library = library
        self.folder = library.settings.library.expanduser()

    def corpus(self, dataset: Dataset, chunker: Chunker | None = None, *, watch: Watch) -> Corpus:
        """The dataset's documents, ingested where they are not yet. ``watch`` is told (documents done, in all)."""
        if dataset.documents:
            watch(0, dataset.documents)  # the embedder loads and the first batch is committed late
        chunker = chunker or self.library.chunker
        embedder = self.library.embedder
        name = f"{dataset.corpus_hash[:16]}-{chunker.version}-{embedder.name}"
        self.library.catalogue.ensure_collection(
            name, embedder=embedder.name, dimension=embedder.dimension, chunker=chunker.version
        )
        shelf = StillShelf(self.library.catalogue, self.library.shelf(name))
        known = {path: source.document_id for path, source in shelf.read.sources().items()}
        failed = shelf.read.failures()
        waiting = self._waiting(dataset, known, failed)
        total = dataset.documents or len(known.keys() | failed | {record.id for record in waiting})
        there = total - len(waiting)
        watch(there, total)
        if waiting:
            run = Ingestion(
                self.library.catalogue, shelf, NotKept(), embedder, RecordParser(), chunker=chunker
            )  # fmt: skip
            for done, _ in enumerate(run.run(_file(record) for record in waiting), start=there + 1):
                watch(done, total)
        shelf.follow(publish=True)
        return self._opened(shelf)

    @staticmethod
    def _waiting(dataset: Dataset, known: Mapping[str, str], failed: Collection[str]) -> list[Record]:
        """The records that are not in the collection yet, or not as they would be read today.

        A collection is named by its corpus' content, so where all are there and one of them is the same, all are.
        """
        every = records(dataset.corpus)
        if dataset.documents and len(known.keys() | failed) == dataset.documents:
            sound = next((record for record in every if record.id in known), None)
            if sound is None or known[sound.id] == document_id(_bytes(sound)):
                return []
            every = records(dataset.corpus)
        return [
            record
            for record in every
            if known.get(record.id) != document_id(_bytes(record)) and record.id not in failed
        ]

    def files(self, files: Sequence[File], chunker: Chunker, *, watch: Watch) -> tuple[str, Corpus]:
        """Real files, read as any document is and cut by ``chunker``; their collection's name and the corpus.

        Raises EvalInputError when a file cannot be read: its labels would be lost without the chunker's fault.
        """
        contents = "".join(f"{file.path}\0{document_id(file.read(Limits().file_bytes))}\n" for file in files)
        stem = hashlib.sha256(contents.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        name = f"{stem}-{chunker.version}-{self.library.embedder.name}"
        watch(0, len(files))
        for done, result in enumerate(self.library.ingest(files, name, cut=chunker), start=1):
            watch(done, len(files))
            if result.status == "failed":
                raise EvalInputError(f"{result.path}: {result.reason}; leave the file out or mend it")
        return name, self.opened(name)

    def documents(self, collection: str) -> tuple[dict[str, Document], dict[str, tuple[str, ...]]]:
        """All documents of a collection by id, and the paths that hold each."""
        read = self.library.shelf(collection).read
        cards = read.cards()
        return {card.id: read.document(card.id) for card in cards}, {card.id: card.paths for card in cards}

    def opened(self, collection: str) -> Corpus:
        """A collection of this library as a corpus: its retriever and where its passages stand."""
        return self._opened(StillShelf(self.library.catalogue, self.library.shelf(collection)))

    def _opened(self, shelf: StillShelf) -> Corpus:
        cards = shelf.read.cards()
        paths = {card.id: card.paths for card in cards}
        places = {
            span.key: Place(span.document, paths[span.document], span.start, span.end, span.tokens)
            for span in shelf.read.spans()
        }
        languages = {path: card.language for card in cards for path in card.paths}
        return Corpus(self.library.retriever_of(shelf), places, languages, shelf.still)

    def cut(self, collection: str) -> Cut:
        """What the product takes of a search of this collection into a context."""
        budget = self.library.settings.context_tokens
        return Cut(budget=budget, deep=PASSAGES, fit=fitting(self.library, collection))

    def question_vectors(self, questions: tuple[Question, ...], *, watch: Watch) -> NDArray[np.float32]:
        """The questions' embeddings, float32 of shape (questions, dimension); computed once and kept."""
        embedder = self.library.embedder
        texts = [question.text for question in questions]
        key = hashlib.sha256(json.dumps([embedder.name, embedder.dimension, *texts]).encode()).hexdigest()[:32]
        path = self.folder / "questions" / f"{key}.npy"
        if path.is_file():
            watch(len(texts), len(texts))
            kept: NDArray[np.float32] = np.load(path)
            return kept
        vectors = np.concatenate(list(_embedded(embedder, texts, watch)))
        watch(len(texts), len(texts))
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, _npy(vectors))
        return vectors


def _embedded(embedder: Embedder, texts: list[str], watch: Watch) -> Iterator[NDArray[np.float32]]:
    for start in range(0, len(texts), BATCH):
        watch(start, len(texts))
        yield embedder.embed_queries(texts[start : start + BATCH])


def _npy(vectors: NDArray[np.float32]) -> bytes:
    from io import BytesIO

    buffer = BytesIO()
    np.save(buffer, vectors)
    return buffer.getvalue()


def _bytes(record: Record) -> bytes:
    content: dict[str, Any] = {"title": record.title, "text": record.text}
    return json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _file(record: Record) -> File:
    data = _bytes(record)
    return File(record.id, len(data), 0, data)


def open_eval_library(settings: Any) -> EvalLibrary:
    """The evaluation shelf for these settings: everything as configured but the library's folder."""
    folder = Path(settings.eval_folder).expanduser()
    return EvalLibrary(Library(settings.model_copy(update={"library": folder})))
