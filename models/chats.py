"""A chat model by its setting: an endpoint, a GGUF file, or a known name."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from models.catalogue import find_model
from models.types import ChatModel, WeightsMissing
from models.vllm_command import LOOPBACK


def open_chat(name: str, *, url: str, key: str, context_tokens: int, folder: Path) -> ChatModel:
    """The chat model; nothing is loaded before its first use, and nothing is ever downloaded here.

    With ``url`` it is the model ``name`` of an OpenAI-compatible endpoint, or of several that serve the same, separated
    by commas (see Replicas); else the path of a GGUF file, else a known
    model whose weights are in ``folder``. Raises WeightsMissing, naming the command that gets them, and UnknownModel.
    """
    if url:
        return _endpoint(name, urls_of(url), key or None, context_tokens)
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


def urls_of(setting: str) -> list[str]:
    """The URLs of a setting that may name several, separated by commas; each once, in order."""
    return list(dict.fromkeys(part for part in (each.strip() for each in setting.split(",")) if part))


def _endpoint(name: str, urls: list[str], key: str | None, context_tokens: int) -> ChatModel:
    from models.openai_chat import OpenAIChat
    from models.replicas import Replicas

    # Where one fails there is another: nothing is sent to the same server twice.
    retries = 1 if len(urls) == 1 else 0
    chats = [
        OpenAIChat(url, name, key, context_tokens=context_tokens, timeout=_patience(url), max_retries=retries)
        for url in urls
    ]
    return chats[0] if len(chats) == 1 else Replicas(chats)


def _patience(url: str) -> float:
    """Seconds without a byte: a server of this machine may compute on its processor, and reads a prompt in silence."""
    return 600.0 if (urlsplit(url).hostname or "") in LOOPBACK else 60.0
