"""Which errors a user is expected to meet, and the exit code of each. Anything else is a defect and is raised."""

from __future__ import annotations

from app.settings import SettingsError
from eval.errors import EvalInputError
from ingest.chunkers import UnknownChunker
from ingest.url_guard import UrlRefused
from models.catalogue import UnknownModel
from models.types import ModelError
from retrieval.search import EmptyQuestion
from retrieval.wanted import PageMissing
from store.errors import (
    EmbedderMismatch,
    GenerationMissing,
    NameRefused,
    NothingToFilter,
    StoreError,
    UnknownChat,
    UnknownCollection,
    UnknownDocument,
    UnknownFeedback,
    UnknownKey,
)
from store.people_errors import PeopleError

USAGE = (
    SettingsError,
    EvalInputError,
    UnknownChunker,
    UnknownModel,
    UnknownChat,
    UnknownCollection,
    UnknownDocument,
    UnknownFeedback,
    UnknownKey,
    NameRefused,
    PeopleError,
    NothingToFilter,
    GenerationMissing,
    NotADirectoryError,
    EmbedderMismatch,
    EmptyQuestion,
    PageMissing,
    FileNotFoundError,
    UrlRefused,
)
FAILURE = (ModelError, StoreError, OSError)


def exit_code(error: BaseException) -> int | None:
    """2 for a mistake in the command, 1 for something that failed, None for what nobody expected."""
    if isinstance(error, USAGE):
        return 2
    return 1 if isinstance(error, FAILURE) else None
