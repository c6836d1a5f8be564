"""A library as one caller may use it: what the page is given, so that no page can show or change what it may not.

It is the same library, with the same models, indexes and caches. Only the ways in are others: collections that the
caller may not see are not there, which every search, answer, explanation, export and list finds out in the same place,
and what changes something asks ``app.rights.decide`` first. A cached ranking is kept under the collection's number,
which nobody learns who cannot open the collection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, select

from app.rights import LOCAL, Caller, Ruling, Verb, allowed, decide
from app.wiring import Deleted, Library
from store import schema as s
from store.audit import Audit
from store.catalogue import Catalogue
from store.errors import StoreError, UnknownCollection
from store.originals import Originals
from store.rows import Collection
from store.shelf import Shelf

if TYPE_CHECKING:
    from generation.types import Event
    from ingest.files import File
    from ingest.pipeline import FileResult


class Forbidden(StoreError):
    """The caller may see a collection, but not do this to it."""


Ask = Callable[[], Caller | None]


def local() -> Caller:
    """The caller where nobody signs in."""
    return LOCAL


def seen_by(library: Library, ask: Ask) -> Library:
    """The library as a caller may use it; for the local user it is the library itself.

    ``ask`` says who that is and what their rights are now. It is asked at every step: a button that was drawn while
    somebody had a right must not work after it was taken away.
    """
    return library if ask is local else _Seen(library, ask)


def owner_of(library: Library) -> str:
    """Whose chats are opened through this library: ``Caller.owner``; nobody's where the caller is shut out."""
    if not isinstance(library, _Seen):
        return LOCAL.owner
    caller = library._ask()
    return caller.owner if caller else "nobody"


def require(caller: Caller | None, verb: Verb, collection: str) -> None:
    """Raise UnknownCollection where the caller may not see it, Forbidden where it may not do this to it."""
    ruling = decide(caller, verb, collection)
    if ruling in (Ruling.HIDDEN, Ruling.UNKNOWN):
        raise UnknownCollection(f"no collection named {collection!r}")
    if ruling is not Ruling.ALLOWED:
        raise Forbidden(f"you may not do this ({verb}) in {collection!r}: ask an owner of the collection")


class _Seen(Library):
    """Shares everything with the library it stands for; its own attributes are slots beside ``__dict__``."""

    __slots__ = ("_ask", "_base", "_catalogue", "_originals")

    def __init__(self, base: Library, ask: Ask) -> None:
        self.__dict__ = base.__dict__
        self._base, self._ask = base, ask
        self._catalogue = _SeenCatalogue(base.catalogue, ask)
        self._originals = _SeenOriginals(base.originals, self._catalogue)

    def close(self) -> None:
        """Nothing: the library belongs to whoever opened it."""

    @property
    def catalogue(self) -> Catalogue:  # type: ignore[override]
        """The catalogue with the caller's collections alone."""
        return self._catalogue

    @property
    def originals(self) -> Originals:  # type: ignore[override]
        """The files of documents that a collection of the caller holds."""
        return self._originals

    def shelf_of(self, collection: Collection) -> Shelf:
        """Exactly this collection, opened. Raises UnknownCollection where the caller may not read it."""
        require(self._ask(), Verb.READ, collection.name)
        return self._base.shelf_of(collection)

    def ingest(
        self, files: Iterable[File], collection: str | None = None, **options: Any
    ) -> Iterator[FileResult]:  # fmt: skip
        """As ``Library.ingest``, for editors; a new collection is made by administrators."""
        self._pass(Verb.UPLOAD, collection)
        return self._base.ingest(files, collection, **options)

    def delete_document(self, reference: str, collection: str | None = None) -> Deleted:
        """As ``Library.delete_document``, for editors."""
        self._pass(Verb.DELETE, collection)
        return self._base.delete_document(reference, collection)

    def delete_collection(self, name: str) -> None:
        """As ``Library.delete_collection``, for owners."""
        self._pass(Verb.DROP, name)
        self._base.delete_collection(name)

    def drop(self, collection: Collection) -> None:
        """As ``Library.drop``, for owners."""
        self._pass(Verb.DROP, collection.name)
        self._base.drop(collection)

    def ask(self, question: str, collection: str | None = None, **options: Any) -> Iterator[Event]:
        """As ``Library.ask``, for readers: the search below sees the caller's collections alone."""
        self._pass(Verb.ASK, collection)
        return super().ask(question, collection, **options)

    def _pass(self, verb: Verb, collection: str | None) -> None:
        """Let through what the caller may do, and into the audit log who wanted it; raises what ``require`` raises."""
        caller, name = self._ask(), collection or self.settings.collection
        outcome = "allowed"
        try:
            require(caller, verb, name)
        except StoreError as refusal:
            outcome = "hidden" if isinstance(refusal, UnknownCollection) else "denied"
            raise
        finally:
            if caller is not None and caller is not LOCAL:
                Audit(self._base.catalogue.engine).note(caller.id, verb, name, outcome)


_HARMLESS = frozenset({"close", "collection", "collections", "document_ids", "forget", "holds", "reads"})
_WRITES: Mapping[str, Verb] = {
    "adopt": Verb.UPLOAD,
    "ensure_collection": Verb.UPLOAD,
    "move": Verb.DELETE,
    "note_failure": Verb.UPLOAD,
    "put": Verb.UPLOAD,
    "remove_collection": Verb.DROP,
    "remove_source": Verb.DELETE,
}
"""Methods of the catalogue that change a collection, which is their first argument, and what they need."""


class _SeenCatalogue(Catalogue):
    """Reads see the caller's collections; writes ask first."""

    __slots__ = ("_ask",)

    def __init__(self, base: Catalogue, ask: Ask) -> None:
        self.__dict__ = base.__dict__
        self._ask = ask

    def close(self) -> None:
        """Nothing: the catalogue belongs to whoever opened it."""

    def collections(self) -> tuple[Collection, ...]:
        """The collections that the caller may read, by name."""
        caller = self._ask()
        return tuple(each for each in super().collections() if allowed(caller, Verb.READ, each.name))

    def __getattribute__(self, name: str) -> Any:
        """What is not known to be harmless asks first; a method that nobody thought of is for administrators."""
        found = super().__getattribute__(name)
        if name.startswith("_") or name in _HARMLESS or not callable(found):
            return found
        verb, ask = _WRITES.get(name, Verb.ADMINISTER), self._ask

        def asking(collection: Collection | str, *rest: Any, **more: Any) -> Any:
            require(ask(), verb, collection if isinstance(collection, str) else collection.name)
            return found(collection, *rest, **more)

        return asking

    def reads(self, document_id: str) -> bool:
        """Whether a collection that the caller may read holds the document."""
        mine = [each.id for each in self.collections()]
        held = exists().where(s.document.c.id == document_id, s.document.c.collection_id.in_(mine))
        with self.engine.connect() as connection:
            return bool(connection.scalar(select(held)))


class _SeenOriginals(Originals):
    """Files by their content's hash, where the caller may read a document of that content."""

    def __init__(self, base: Originals, catalogue: _SeenCatalogue) -> None:
        super().__init__(base.folder)
        self._catalogue = catalogue

    def get(self, document_id: str) -> bytes | None:
        """The bytes of a document; None when they are not kept, or not for the caller."""
        return super().get(document_id) if self._catalogue.reads(document_id) else None
