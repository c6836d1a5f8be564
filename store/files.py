"""Files that are whole or absent, whenever the machine stops."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def replace_file(path: Path, data: bytes | memoryview) -> None:
    """Write ``data`` to ``path``: temporary file → fsync → rename → fsync of the folder.

    Raises OSError naming ``path``; what stood there before is then still there, and nothing half-written beside it.
    """
    with replacing(path) as file:
        file.write(data)


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """The same for what is written piece by piece: the file stands under its name when the block ends."""
    temporary = aside(path)
    try:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as exc:
        temporary.unlink(missing_ok=True)
        raise OSError(exc.errno, exc.strerror, str(path)) from exc
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def aside(path: Path) -> Path:
    """A name beside ``path`` that no other writer has: two threads may write the same file in one moment."""
    return path.with_name(f"{path.name}.{uuid.uuid4().hex}.tmp")


def sync_folder(folder: Path) -> None:
    """Make renames in ``folder`` durable; Windows has no such call and needs none."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
