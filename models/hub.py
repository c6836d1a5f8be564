"""Files from the Hugging Face hub. The caller checks their hashes."""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from models.catalogue import HubFile
from models.types import ModelUnavailable

CONNECT_SECONDS = 5.0  # a machine without the hub must reach the next source quickly


def fetch_from_hub(
    files: Sequence[HubFile], folder: Path, *, progress: Callable[[int], None], endpoint: str | None = None
) -> None:
    """Fetch the files into ``folder``; what an earlier attempt left there is resumed by huggingface_hub.

    ``progress`` is called with the bytes that arrived since the last call. ``endpoint`` is a mirror of the hub; None
    is the one that HF_ENDPOINT names, or the hub itself. Raises ModelUnavailable.
    """
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    from huggingface_hub import constants, hf_hub_download
    from huggingface_hub.utils.tqdm import tqdm

    _need_reachable(endpoint or constants.ENDPOINT)

    class Bar(tqdm):
        """The hub's progress bar, silent, reporting to ``progress``."""

        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **(options | {"disable": True}))  # type: ignore[no-untyped-call]

        def update(self, n: float | None = 1) -> bool | None:
            progress(int(n or 0))
            return None

    for file in files:
        try:
            fetched = hf_hub_download(
                file.repository,
                file.filename,
                local_dir=folder,
                etag_timeout=CONNECT_SECONDS,
                endpoint=endpoint,
                tqdm_class=Bar,
            )
        except Exception as exc:  # its error classes changed with its HTTP library three times; all mean: not from here
            said = str(exc).strip().splitlines() or [type(exc).__name__]
            raise ModelUnavailable(f"hub {file.repository}: {said[0]}") from exc
        if Path(fetched) != folder / file.path:
            Path(fetched).replace(folder / file.path)


def _need_reachable(endpoint: str) -> None:
    """Ask once: huggingface_hub itself repeats a failed connection five times with growing pauses (25 s measured)."""
    if not endpoint.startswith(("https://", "http://")):
        raise ModelUnavailable(f"hub {endpoint!r}: not an http address, see HF_ENDPOINT")
    try:
        request = urllib.request.Request(endpoint, method="HEAD")  # noqa: S310  http(s) was checked above
        urllib.request.urlopen(request, timeout=CONNECT_SECONDS).close()  # noqa: S310
    except urllib.error.HTTPError:
        return  # it answers; whether it has the file shows when asked for it
    except OSError as exc:
        raise ModelUnavailable(f"hub {endpoint}: {getattr(exc, 'reason', exc)}") from exc
