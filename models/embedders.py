"""An embedder by its setting: an endpoint, a known name, a folder, or a name on the Hugging Face hub."""

from __future__ import annotations

from pathlib import Path

from models.catalogue import MODELS, find_model
from models.hub_folder import model_folder
from models.langchain_embedder import SCHEME, open_langchain
from models.types import Embedder, ModelError


def open_embedder(name: str, *, url: str, key: str, dimension: int, folder: Path, offline: bool) -> Embedder:
    """The embedder; nothing is loaded before its first use.

    A name ``langchain:package.module:factory`` is any LangChain Embeddings (langchain_embedder.py).
    With ``url`` it is the model ``name`` of an OpenAI-compatible endpoint, whose vectors have ``dimension`` numbers,
    else a known model in ``folder``, else a sentence-transformers folder, else a hub name, downloaded unless
    ``offline``. Raises WeightsMissing, and ModelError when an endpoint's dimension is not said.
    """
    if name.startswith(SCHEME):
        return open_langchain(name, dimension)
    if url:
        from models.openai_embedder import OpenAIEmbedder

        if not dimension:
            raise ModelError(f"embedder_url needs embedder_dimension: the length of the vectors of {name}")
        return OpenAIEmbedder(url, name, dimension, key or None)
    from models.embedder import SentenceTransformerEmbedder

    if name in MODELS:
        from models.fetch import locate

        return SentenceTransformerEmbedder(locate(find_model(name, role="embedder").name, folder), name)
    home, named = model_folder(name, folder, offline=offline)
    return SentenceTransformerEmbedder(home, named)
