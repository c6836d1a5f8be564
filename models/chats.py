"""A chat model by its setting: an endpoint, a GGUF file, or a known name."""

from __future__ import annotations

from pathlib import Path

from models.catalogue import find_model
from models.types import ChatModel, WeightsMissing


def open_chat(name: str, *, url: str, key: str, context_tokens: int, folder: Path) -> ChatModel:
    """The chat model; nothing is loaded before its first use, and nothing is ever downloaded here.

    With ``url`` it is the model ``name`` of an OpenAI-compatible endpoint, else the path of a GGUF file, else a known
    model whose weights are in ``folder``. Raises WeightsMissing, naming the command that gets them, and UnknownModel.
    """
    if url:
        from models.openai_chat import OpenAIChat

        return OpenAIChat(url, name, key or None, context_tokens=context_tokens)
    from models.fetch import locate
    from models.llama_chat import LlamaChat

    if name.endswith(".gguf"):
        path = Path(name).expanduser()
        if not path.is_file():
            raise WeightsMissing(f"no file {path}: give the path of a GGUF file, or a name of `shujia models list`")
    else:
        model = find_model(name, role="chat")
        path = locate(name, folder) / model.main_file.path
    return LlamaChat(path, name, context_tokens=context_tokens, cache_folder=folder / ".prefixes")
