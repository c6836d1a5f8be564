"""What can go wrong with a library on disk.

StoreError
├── LibraryUnusable     damaged, written by a newer Shujia, or the disk refuses to write
├── UnknownCollection   no collection of that name
├── NameRefused         a name for a collection that cannot be seen, or is taken
├── UnknownDocument     no document of that path, id or title
│   └── AmbiguousDocument   several of them
├── UnknownFeedback     no feedback of that id
├── UnknownChat         no chat of that id or title
├── UnknownKey          no API key of that id or name
├── NothingToFilter     a kind, language or folder that no document has
├── EmbedderMismatch    the collection's vectors were made by another model
├── Superseded          the collection was switched to another generation, or deleted, while a run wrote to it
├── GenerationMissing   nothing to roll back to, or to drop
├── BundleRefused       an exported collection that is damaged, or cannot be taken in
├── BackupRefused       a backup that is damaged, or would be written over a library that holds something
└── VectorsMissing      a chunk's vector was deleted by another process just before the commit
"""

from __future__ import annotations


class StoreError(Exception):
    """Something about the library; the message is for people and names the next step."""


class LibraryUnusable(StoreError):
    """The library cannot be opened, or the disk refuses to write it."""


class UnknownCollection(StoreError):
    """No collection has that name."""


class NameRefused(StoreError):
    """A collection cannot have that name."""


class UnknownDocument(StoreError):
    """No document has that path, id or title."""


class AmbiguousDocument(UnknownDocument):
    """Several documents have that file name, title or beginning of an id."""


class UnknownFeedback(StoreError):
    """No feedback has that id."""


class UnknownChat(StoreError):
    """No chat has that id or title, or it is not this reader's."""


class UnknownKey(StoreError):
    """No live API key has that id or name."""


class NothingToFilter(StoreError):
    """A search was narrowed to a kind, language or folder that no document has."""


class EmbedderMismatch(StoreError):
    """The collection's vectors were made by another embedder or cut by another chunker."""


class Superseded(StoreError):
    """The collection was switched to another generation, renamed or deleted while a run was writing to it."""


class GenerationMissing(StoreError):
    """There is no earlier generation to roll back to or to drop."""


class BundleRefused(StoreError):
    """An exported collection is damaged, was written by a newer Shujia, or its name is taken."""


class BackupRefused(StoreError):
    """A backup is damaged, was written by a newer Shujia, or would replace a library that holds something."""


class VectorsMissing(StoreError):
    """A chunk's vector was deleted by another process just before the commit."""
