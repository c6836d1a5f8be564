"""What can go wrong with a library on disk.

StoreError
├── LibraryUnusable     damaged, written by a newer Shujia, or the disk refuses to write
├── UnknownCollection   no collection of that name
├── UnknownDocument     no document of that path, id or title
├── UnknownFeedback     no feedback of that id
├── EmbedderMismatch    the collection's vectors were made by another model
└── VectorsMissing      a chunk's vector was deleted by another process just before the commit
"""

from __future__ import annotations


class StoreError(Exception):
    """Something about the library; the message is for people and names the next step."""


class LibraryUnusable(StoreError):
    """The library cannot be opened, or the disk refuses to write it."""


class UnknownCollection(StoreError):
    """No collection has that name."""


class UnknownDocument(StoreError):
    """No document has that path, id or title."""


class UnknownFeedback(StoreError):
    """No feedback has that id."""


class EmbedderMismatch(StoreError):
    """The collection's vectors were made by another embedder or cut by another chunker."""


class VectorsMissing(StoreError):
    """A chunk's vector was deleted by another process just before the commit."""
