"""A chat model that reads the prompt's fixed opening while the search still runs."""

from __future__ import annotations

import logging
import threading

from models.types import ChatModel, ModelError

log = logging.getLogger(__name__)


def warm(chat: ChatModel | None, question: str) -> threading.Thread | None:
    """Start to warm a model that can be; None for one that has no cache of its own."""
    from generation.prompt import prefix
    from models.llama_chat import LlamaChat
    from store.language import language_of

    if not isinstance(chat, LlamaChat):
        return None

    def read() -> None:
        try:
            chat.warm(prefix(language_of(question)))
        except ModelError as exc:  # the same error meets the answer itself, which knows what to do about it
            log.info("the prompt's opening was not cached: %s", exc)

    thread = threading.Thread(target=read, name="warm", daemon=True)
    thread.start()
    return thread
