"""ENTRY of the app: settings → ready parts. The only module that names concrete classes.

Everything heavy is made when it is first needed: `shujia status` loads no model.
"""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from app.settings import Settings
from ingest.chunkers import Chunker, chunker
from ingest.files import File
from models.types import ChatModel, Embedder, ModelError
from retrieval.rerank import MaxSim
from retrieval.search import Retriever
from retrieval.types import Context, Mode
from store.catalogue import Catalogue
from store.errors import EmbedderMismatch
from store.feedback import FeedbackLog
from store.originals import Originals
from store.reading import Reader
from store.shelf import Shelf

if TYPE_CHECKING:
    from generation.types import Event
    from ingest.pipeline import FileResult, Progress

log = logging.getLogger(__name__)
PASSAGES = 100  # passages from which the context is filled: deep, for those in the other language stand low
EXTRACTIVE = "extractive"  # the name of the answer that needs no model


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a deletion took away: the document's title and every path that held it."""

    title: str
    paths: tuple[str, ...]


class Library:
    """One library on disk and the models that serve it. Close it, or use it as a context manager."""

    def __init__(self, settings: Settings) -> None:
        """Open or create the library at ``settings.library``. Raises LibraryUnusable."""
        self.settings = settings
        self.catalogue = Catalogue(settings.library.expanduser() / "catalogue.sqlite")
        self.originals = Originals(settings.library.expanduser() / "originals")
        self._shelves: dict[int, Shelf] = {}

    def __enter__(self) -> Library:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of files and connections."""
        self.catalogue.close()

    # Parts

    @cached_property
    def embedder(self) -> Embedder:
        """The configured embedder; its weights are loaded at the first text. Raises WeightsMissing."""
        from models.embedders import open_embedder

        s = self.settings
        return open_embedder(
            s.embedder,
            url=s.embedder_url,
            key=s.model_key.get_secret_value(),
            dimension=s.embedder_dimension,
            folder=s.models.expanduser(),
            offline=s.offline,
        )

    @property
    def chunker(self) -> Chunker:
        """The configured way to cut documents. Raises UnknownChunker."""
        return chunker(self.settings.chunker, self.settings.chunk_tokens)

    @cached_property
    def _chats(self) -> dict[str, ChatModel]:
        return {}

    def chat(self, name: str | None = None) -> ChatModel | None:
        """The chat model of that name, the configured one without; None for ``extractive``."""
        from models.chats import open_chat

        s = self.settings
        name = name or s.model
        if name == EXTRACTIVE:
            return None
        if name not in self._chats:
            self._chats[name] = open_chat(
                name,
                url=s.model_url,
                key=s.model_key.get_secret_value(),
                context_tokens=s.model_context,
                folder=s.models.expanduser(),
            )
        return self._chats[name]

    def shelf(self, name: str | None = None) -> Shelf:
        """An existing collection, opened. Raises UnknownCollection."""
        collection = self.catalogue.collection(name or self.settings.collection)
        if collection.id not in self._shelves:
            folder = self.settings.library.expanduser() / "index" / str(collection.id)
            self._shelves[collection.id] = Shelf(self.catalogue, collection, folder)
        return self._shelves[collection.id]

    def feedback(self, name: str | None = None) -> FeedbackLog:
        """What readers said about the answers of a collection. Raises UnknownCollection."""
        return FeedbackLog(self.catalogue.engine, self.catalogue.collection(name or self.settings.collection))

    def readers(self) -> tuple[Reader, ...]:
        """A reader for every collection, by name."""
        return tuple(Reader(self.catalogue.engine, collection) for collection in self.catalogue.collections())

    # The two roads

    def ingest(
        self,
        files: Iterable[File],
        collection: str | None = None,
        *,
        workers: int | None = None,
        retry: bool = False,
        cut: Chunker | None = None,
        watch: Callable[[Progress], None] = lambda _: None,
    ) -> Iterator[FileResult]:
        """Ingest files into a collection, made when it is new; one result each. Raises EmbedderMismatch.

        ``cut`` is the chunker, the configured one without.
        """
        from ingest.limits import Limits
        from ingest.pipeline import Ingestion
        from ingest.sandbox import ParserPool

        s = self.settings
        name = collection or s.collection
        cut = cut or self.chunker
        self.catalogue.ensure_collection(
            name,
            embedder=self.embedder.name,
            dimension=self.embedder.dimension,
            chunker=cut.version,
        )
        limits = Limits(seconds=s.parse_seconds, memory_bytes=s.parse_memory_mb * 1024 * 1024)
        with ParserPool(workers or s.workers, limits) as parser:
            run = Ingestion(self.catalogue, self.shelf(name), self.originals, self.embedder, parser, limits, cut, watch)
            yield from run.run(files, retry=retry)
        self.originals.sweep(self.catalogue.document_ids())

    def retriever(self, collection: str | None = None) -> Retriever:
        """The retriever of a collection. Raises UnknownCollection, EmbedderMismatch when another model made it."""
        s, shelf = self.settings, self.shelf(collection)
        if shelf.collection.embedder != self.embedder.name:
            raise EmbedderMismatch(
                f"collection {shelf.collection.name!r} was made with {shelf.collection.embedder}, the settings say "
                f"{self.embedder.name}: set embedder back, or ingest into another --collection"
            )
        reranker = self.maxsim() if s.reranker == "maxsim" else None
        return Retriever(
            shelf, self.embedder, s.candidates, s.dense_weight, reranker, s.rerank_depth, s.rerank_weight
        )  # fmt: skip

    def maxsim(self) -> MaxSim:
        """Late interaction over the embedder's token vectors. Raises ModelError where the embedder gives none."""
        from models.types import TokenEmbedder

        if not isinstance(self.embedder, TokenEmbedder):
            raise ModelError(
                f"{self.embedder.name} gives no token vectors, so maxsim cannot rerank: set reranker = none"
            )
        return MaxSim(self.embedder)

    def search(self, question: str, collection: str | None = None, *, k: int = 10, mode: Mode = "hybrid") -> Context:
        """The ``k`` best passages for a question. Raises UnknownCollection, EmptyQuestion."""
        return self.retriever(collection).search(question, k=k, mode=mode)

    def ask(self, question: str, collection: str | None = None, *, model: str | None = None) -> Iterator[Event]:
        """The answer as it is written, then the checked one: text deltas and exactly one Finished, last.

        The weights load, and the prompt's fixed opening is read, while the search runs.
        """
        from generation.answer import answer
        from retrieval.context import fit

        chat = self.chat(model)
        warming = _warm(chat, question)
        found = self.search(question, collection, k=PASSAGES)
        context = fit(found, budget=self.settings.context_tokens)
        if warming:
            warming.join()
        return answer(question, context, chat, max_tokens=self.settings.answer_tokens)

    # Taking away

    def delete_document(self, reference: str, collection: str | None = None) -> Deleted:
        """Remove a document, named by path, id, file name or title, and every path that holds it.

        Raises UnknownDocument, UnknownCollection.
        """
        shelf = self.shelf(collection)
        shelf.follow()
        document = shelf.read.document(reference)
        paths = tuple(path for path, source in shelf.read.sources().items() if source.document_id == document.id)
        for path in paths:
            self.catalogue.remove_source(shelf.collection, path)
        shelf.follow(publish=True)
        self._release([document.id])
        self.catalogue.forget()
        return Deleted(document.title, paths)

    def delete_collection(self, name: str) -> None:
        """Remove a collection with all its documents and its index files. Raises UnknownCollection."""
        shelf = self.shelf(name)
        documents = [card.id for card in shelf.read.cards()]
        self.catalogue.remove_collection(shelf.collection)
        self._shelves.pop(shelf.collection.id, None)
        shutil.rmtree(shelf.folder, ignore_errors=True)
        self._release(documents)
        self.catalogue.forget()

    def _release(self, documents: Iterable[str]) -> None:
        """Remove the originals of those documents that no collection holds any more."""
        for document in documents:
            if not self.catalogue.holds(document):
                self.originals.remove(document)


def _warm(chat: ChatModel | None, question: str) -> threading.Thread | None:
    """Start to warm a model that can be; None for one that has no cache of its own."""
    from generation.prompt import prefix
    from models.llama_chat import LlamaChat
    from store.language import language_of

    if not isinstance(chat, LlamaChat):
        return None

    def warm() -> None:
        try:
            chat.warm(prefix(language_of(question)))
        except ModelError as exc:  # the same error meets the answer itself, which knows what to do about it
            log.info("the prompt's opening was not cached: %s", exc)

    thread = threading.Thread(target=warm, name="warm", daemon=True)
    thread.start()
    return thread
