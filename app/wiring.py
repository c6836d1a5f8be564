"""ENTRY of the app: settings → ready parts. The only module that names concrete classes.

Everything heavy is made when it is first needed: `shujia status` loads no model.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from app.catalogue_place import catalogue_place
from app.collection_parts import embedder_of, open_named
from app.settings import Settings
from app.wiring_index import open_shelf
from generation.types import EXTRACTIVE
from ingest.chunkers import Chunker, chunker
from ingest.files import File
from ingest.inside import inside
from models.types import ChatModel, Embedder, Message
from retrieval.memory import Memory
from retrieval.search import Retriever
from retrieval.types import Context, Mode
from store.catalogue import Catalogue
from store.feedback import FeedbackLog
from store.filters import NO_FILTERS, Filters
from store.generations import Generations
from store.mend import take_away
from store.originals import Originals
from store.reading import Reader
from store.rows import Collection
from store.shelf import Shelf

if TYPE_CHECKING:
    from generation.types import Event
    from ingest.embedding import Progress
    from ingest.pipeline import FileResult
    from retrieval.maxsim import MaxSim
    from retrieval.rerank import Reranker
    from retrieval.rewrite.replies import Replies

PASSAGES = 40  # passages from which the context is filled: copies among them fall out


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
        self.catalogue = Catalogue(catalogue_place(settings))
        self.originals = Originals(settings.library.expanduser() / "originals")
        self._embedders: dict[str, Embedder] = {}
        self._chats: dict[str, ChatModel] = {}
        self._shelves: dict[Collection, Shelf] = {}
        self._memory = Memory()

    def __enter__(self) -> Library:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of files and connections."""
        for shelf in self._shelves.values():
            shelf.rest()
        self.catalogue.close()

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

    def embedder_named(self, name: str) -> Embedder:
        """Another embedder, by its name; nothing is downloaded for it. Raises ModelError when it is not here."""
        return self._embedders.get(name) or self._embedders.setdefault(name, open_named(self.settings, name))

    @property
    def chunker(self) -> Chunker:
        """The configured way to cut documents. Raises UnknownChunker."""
        return chunker(self.settings.chunker, self.settings.chunk_tokens)

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
        return self.shelf_of(self.catalogue.collection(name or self.settings.collection))

    def shelf_of(self, collection: Collection) -> Shelf:
        """Exactly this collection, opened, whatever its name is now."""
        if collection not in self._shelves:
            # One for all threads. A generation that was switched has another name, and so a shelf of its own.
            self._shelves.setdefault(collection, open_shelf(self.settings, self.catalogue, collection))
        return self._shelves[collection]

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

        ``cut`` is the chunker; without it the collection's own, and the configured one for a new collection.
        """
        from app.wiring_ingest import open_ingestion

        with open_ingestion(self, collection, cut=cut, workers=workers, watch=watch) as run:
            yield from run.run(files, retry=retry)

    def retriever(self, collection: str | None = None) -> Retriever:
        """The retriever of a collection, with its own embedder. Raises UnknownCollection, EmbedderMismatch."""
        return self.retriever_of(self.shelf(collection))

    def retriever_of(self, shelf: Shelf) -> Retriever:
        """The retriever of an opened collection. Raises EmbedderMismatch."""
        s, embedder = self.settings, embedder_of(self, shelf.collection)
        reading = (self.reranker, s.rerank_depth, s.rerank_weight, s.rerank_seconds)
        return Retriever(
            shelf, embedder, s.candidates, s.dense_weight, *reading, s.both_languages, self._memory
        )  # fmt: skip

    @cached_property
    def reranker(self) -> Reranker | None:
        """What reads the best passages again, as the settings say; None for none. Raises ModelError."""
        from app.rerankers import open_reranker

        return open_reranker(self)

    @cached_property
    def replies(self) -> Replies:
        """What the chat model replied to the query layer, in memory."""
        from retrieval.rewrite.replies import Replies

        return Replies()

    def maxsim(self) -> MaxSim:
        """Late interaction over the embedder's token vectors. Raises ModelError where the embedder gives none."""
        from app.rerankers import maxsim

        return maxsim(self)

    def search(
        self,
        question: str,
        collection: str | None = None,
        *,
        k: int = 10,
        mode: Mode = "hybrid",
        filters: Filters = NO_FILTERS,
        history: Sequence[Message] = (),
        rewrite: bool = False,
    ) -> Context:
        """The ``k`` best passages for a question. Raises UnknownCollection, EmptyQuestion, NothingToFilter.

        ``history`` are the turns before it; they, or ``rewrite``, lead the question through the query layer.
        """
        if history or rewrite:
            from app.query_layer import search_rewritten

            return search_rewritten(self, question, collection, history, k=k, mode=mode, filters=filters)[1]
        return self.retriever(collection).search(question, k=k, mode=mode, filters=filters)

    def ask(
        self,
        question: str,
        collection: str | None = None,
        *,
        model: str | None = None,
        filters: Filters = NO_FILTERS,
        history: Sequence[Message] = (),
        max_tokens: int | None = None,
        through: Callable[[ChatModel], ChatModel] = lambda chat: chat,
        found: Callable[[Context], object] = lambda context: None,
    ) -> Iterator[Event]:
        """The answer as it is written, then the checked one: text deltas and exactly one Finished, last.

        ``history`` are the turns before the question, oldest first: a follow-up is completed from them.
        ``max_tokens`` is the longest answer where that is less than the settings allow; ``through`` may stand between
        the answer and the chat model, to count what passes. ``found`` is shown the context before anything is written.
        The weights load, and the prompt's fixed opening is read, while the search runs.
        """
        from app.contexts import context_of, prompt_of
        from app.harm_policy import harm_policy
        from app.query_layer import search_rewritten, with_notices
        from app.warming import warm
        from app.witness import witness_of
        from generation.answer import answer

        chat = self.chat(model)
        warming = warm(chat, question)
        asked, hits = search_rewritten(
            self, question, collection, history, model=model, k=PASSAGES, filters=filters
        )  # fmt: skip
        context = context_of(self, hits, collection)
        found(context)
        if warming:
            warming.join()
        longest = min(max_tokens or self.settings.answer_tokens, self.settings.answer_tokens)
        events = answer(
            asked.question, context, chat and through(chat), prompt=prompt_of(self, chat),
            max_tokens=longest, abstain=self.settings.abstain, harm=harm_policy(self), witness=witness_of(self),
        )  # fmt: skip
        return with_notices(events, asked.notices)

    # Taking away

    def delete_document(self, reference: str, collection: str | None = None) -> Deleted:
        """Remove a document, named by path, id, file name or title, every path that holds it, and what is inside it.

        Raises UnknownDocument, UnknownCollection.
        """
        shelf = self.shelf(collection)
        shelf.follow()
        document = shelf.read.document(reference)
        sources = shelf.read.sources()
        paths = tuple(path for path, source in sources.items() if source.document_id == document.id)
        within = [one for path in paths for one in inside(path, {*sources, *shelf.read.failures()})]
        take_away(self.catalogue, shelf.read, document.id, (*paths, *within))
        shelf.follow(publish=True)
        self._release([document.id, *(sources[path].document_id for path in within if path in sources)])
        self.catalogue.forget()
        self.replies.clear()
        return Deleted(document.title, paths)

    def delete_collection(self, name: str) -> None:
        """Remove a collection with all its documents, generations and index files. Raises UnknownCollection."""
        live = self.catalogue.collection(name)
        for each in (*Generations(self.catalogue).all_beside(name), live):
            self.drop(each)

    def drop(self, collection: Collection) -> None:
        """Remove exactly this collection, its index files, and the originals that nothing else needs."""
        shelf = self.shelf_of(collection)
        documents = [card.id for card in shelf.read.cards()]
        shelf.discard()  # first: a server that is down says so before anything is gone
        self.catalogue.remove_collection(collection)
        self._shelves.pop(collection, None)
        shutil.rmtree(shelf.folder, ignore_errors=True)
        self._release(documents)
        self.catalogue.forget()
        self.replies.clear()

    def _release(self, documents: Iterable[str]) -> None:
        """Remove the originals of those documents that no collection holds any more."""
        for document in documents:
            if not self.catalogue.holds(document):
                self.originals.remove(document)
