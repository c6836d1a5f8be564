"""A model that is in no catalogue: a folder of the user's, or a name on the Hugging Face hub."""

from __future__ import annotations

from pathlib import Path

from models.types import WeightsMissing


def model_folder(name: str, folder: Path, *, offline: bool) -> tuple[Path, str]:
    """Where the model called ``name`` lies, and the name that stands for its weights.

    ``name`` is a folder, or a hub name that is downloaded into ``folder`` unless ``offline``. Raises WeightsMissing.
    """
    path = Path(name).expanduser()
    if path.is_dir():
        return path, f"{path.name}@{fingerprint(path)}"
    return _from_hub(name, folder, offline=offline), name


def fingerprint(folder: Path) -> str:
    """Twelve digits that change with the weights, so that two folders of one name are never taken for one another."""
    from models.checked_files import sha256_of

    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        raise WeightsMissing(f"{folder} holds no .safetensors file: it is no sentence-transformers folder")
    return sha256_of(weights[0])[:12]


def _from_hub(name: str, folder: Path, *, offline: bool) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    def fetched(*patterns: str) -> Path:
        cache = folder / "hub"
        found = snapshot_download(
            name, cache_dir=cache, local_files_only=offline, allow_patterns=list(patterns), etag_timeout=5
        )
        return Path(found)

    try:
        found = fetched("*.json", "*.safetensors", "*.txt", "*.model", "*.jinja")
        if not list(found.glob("*.safetensors")):
            # Some models (BAAI/bge-m3) are published as pickles only; transformers reads them as data, weights_only.
            found = fetched("pytorch_model*.bin")
    except HFValidationError as exc:
        raise WeightsMissing(f"{name!r} is neither a known model, a folder, nor a hub name") from exc
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as exc:
        raise WeightsMissing(f"{name!r} is not on this machine and the hub cannot be reached: {exc}") from exc
    return found
