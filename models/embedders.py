"""An embedder by its setting: an endpoint, a known name, a folder, or a name on the Hugging Face hub."""

from __future__ import annotations

from pathlib import Path

from models.catalogue import MODELS, find_model
from models.types import Embedder, ModelError, WeightsMissing


def open_embedder(name: str, *, url: str, key: str, dimension: int, folder: Path, offline: bool) -> Embedder:
    """The embedder; nothing is loaded before its first use.

    With ``url`` it is the model ``name`` of an OpenAI-compatible endpoint, whose vectors have ``dimension`` numbers,
    else a known model in ``folder``, else a sentence-transformers folder, else a hub name, downloaded unless
    ``offline``. Raises WeightsMissing, and ModelError when an endpoint's dimension is not said.
    """
    if url:
        from models.openai_embedder import OpenAIEmbedder

        if not dimension:
            raise ModelError(f"embedder_url needs embedder_dimension: the length of the vectors of {name}")
        return OpenAIEmbedder(url, name, dimension, key or None)
    from models.embedder import SentenceTransformerEmbedder

    if name in MODELS:
        from models.fetch import locate

        return SentenceTransformerEmbedder(locate(find_model(name, role="embedder").name, folder), name)
    path = Path(name).expanduser()
    if path.is_dir():
        return SentenceTransformerEmbedder(path, f"{path.name}@{_fingerprint(path)}")
    return SentenceTransformerEmbedder(_from_hub(name, folder, offline=offline), name)


def _fingerprint(folder: Path) -> str:
    """Twelve digits that change with the weights, so that two folders of one name are never taken for one another."""
    from models.checked_files import sha256_of

    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        raise WeightsMissing(f"{folder} holds no .safetensors file: it is no sentence-transformers folder")
    return sha256_of(weights[0])[:12]


def _from_hub(name: str, folder: Path, *, offline: bool) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        found = snapshot_download(
            name,
            cache_dir=folder / "hub",
            local_files_only=offline,
            allow_patterns=["*.json", "*.safetensors", "*.txt", "*.model"],
            etag_timeout=5,
        )
    except HFValidationError as exc:
        raise WeightsMissing(f"{name!r} is neither a known model, a folder, nor a hub name") from exc
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as exc:
        raise WeightsMissing(f"{name!r} is not on this machine and the hub cannot be reached: {exc}") from exc
    return Path(found)
