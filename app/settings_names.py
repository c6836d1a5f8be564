"""Settings that name one of several ways: checked when the settings load, not when the first command needs them."""

from __future__ import annotations

import difflib
from pathlib import Path

from app.settings import Settings, SettingsError
from ingest.chunkers import UnknownChunker, chunker

RERANKERS = ("none", "maxsim", "chat")


def check_names(settings: Settings) -> None:
    """Raise SettingsError for a chunker or reranker that there is not, naming those there are.

    Models are not among them: a hub name, a folder or an endpoint's model may come to be after the settings.
    """
    try:
        chunker(settings.chunker, settings.chunk_tokens)
    except UnknownChunker as exc:
        raise SettingsError(f"the setting chunker names {settings.chunker!r}: {exc}") from None
    check_reranker(settings.reranker)


def check_reranker(name: str) -> None:
    """Raise SettingsError for a reranker that is none of ours, no folder, and does not look like a hub name."""
    if name not in RERANKERS and "/" not in name and not Path(name).expanduser().is_dir():
        near = difflib.get_close_matches(name, RERANKERS, n=1, cutoff=0.5)
        guess = f"did you mean {near[0]}? " if near else ""
        raise SettingsError(
            f"there is no reranker {name!r}: {guess}choose none, maxsim, chat, a folder, or a hub name such as "
            "BAAI/bge-reranker-v2-m3"
        )
