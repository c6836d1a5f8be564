"""The files themselves, kept by their sha256, so that a citation can show its page after the source has moved."""

from __future__ import annotations

import time
from collections.abc import Container
from pathlib import Path

from store.files import replace_file

_SETTLED = 24 * 3600  # seconds


class Originals:
    """A folder of files named by content: ``ab/abcdef…``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, document_id: str, data: bytes) -> None:
        """Keep the bytes of a document; called before the catalogue's commit, so a live document always has them."""
        path = self.path(document_id)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, data)

    def get(self, document_id: str) -> bytes | None:
        """The bytes of a document, None when they are not kept."""
        path = self.path(document_id)
        return path.read_bytes() if path.exists() else None

    def remove(self, document_id: str) -> None:
        """Forget the bytes of a document."""
        self.path(document_id).unlink(missing_ok=True)

    def sweep(self, live: Container[str]) -> int:
        """Remove what interrupted runs have left: files a day old whose document is not among ``live``.

        Younger ones may belong to a run that has not committed yet. Returns how many went.
        """
        before = time.time() - _SETTLED
        old = [path for path in self.folder.glob("??/*") if path.name not in live and path.stat().st_mtime < before]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def path(self, document_id: str) -> Path:
        """Where the bytes of a document are, or would be."""
        return self.folder / document_id[:2] / document_id
