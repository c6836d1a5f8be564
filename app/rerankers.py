"""A reranker by its setting: none, maxsim, chat, or the name of a cross-encoder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.settings_names import check_reranker
from models.types import Judge, ModelError, TokenEmbedder
from retrieval.maxsim import MaxSim
from retrieval.rerank import Reranker
from retrieval.rerank_chat import ChatJudge
from retrieval.rerank_memory import Remembering

if TYPE_CHECKING:
    from app.wiring import Library


def open_reranker(library: Library) -> Reranker | None:
    """The configured reranker, its scores remembered; None for ``none``. Nothing is loaded before its first use.

    Raises ModelError where the embedder gives no token vectors (maxsim), the chat model no probabilities or there is
    none (chat); SettingsError where the setting names no model; WeightsMissing where a cross-encoder's weights cannot
    be had.
    """
    name = library.settings.reranker
    if name == "none":
        return None
    if name == "maxsim":
        return Remembering(maxsim(library))
    return Remembering(_judge(library) if name == "chat" else _cross_encoder(library, name))


def maxsim(library: Library) -> MaxSim:
    """Late interaction over the embedder's token vectors. Raises ModelError where the embedder gives none."""
    if not isinstance(library.embedder, TokenEmbedder):
        raise ModelError(
            f"{library.embedder.name} gives no token vectors, so maxsim cannot rerank: set reranker = none"
        )
    return MaxSim(library.embedder)


def _judge(library: Library) -> ChatJudge:
    chat = library.chat()
    if not isinstance(chat, Judge):
        raise ModelError(
            f"reranker = chat needs a chat model that tells probabilities, and model = {library.settings.model} does "
            "not: name another model, or set reranker = none"
        )
    return ChatJudge(chat)


def _cross_encoder(library: Library, name: str) -> Reranker:
    from models.cross_encoder import SentenceCrossEncoder
    from models.hub_folder import model_folder

    s = library.settings
    check_reranker(name)
    folder, named = model_folder(name, s.models.expanduser(), offline=s.offline)
    return SentenceCrossEncoder(folder, named)
