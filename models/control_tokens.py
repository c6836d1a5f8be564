"""Texts without the power to speak as a chat template does."""

from __future__ import annotations

import re

from models.tokens import encodable

_CONTROL = re.compile(r"<(?=\|[^<>|\s]{1,40}\|>)")  # <|im_end|> and its like


def defused(text: str) -> str:
    """The text with "<|im_end|>" and its like broken up, so that a document cannot end a turn and speak as the user.

    llama.cpp and vLLM both read such words of a message as the tokens they name. What no tokenizer takes is replaced.
    """
    return _CONTROL.sub("< ", encodable(text))
