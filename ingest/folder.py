"""A folder as it stands: its files without those that are left out, and what could not be looked into."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.excludes import IGNORE_FILE, Excludes, read_ignore_file
from ingest.files import File, file_at


@dataclass(frozen=True, slots=True)
class Listing:
    """``files`` in the order of their names; ``closed`` are those that may not be looked at, each with its reason.

    ``root`` is the folder's name in the library, with a separator at its end: what begins so belongs to the folder.
    """

    root: str
    files: tuple[File, ...]
    closed: tuple[File, ...]

    def may_hold(self, path: str) -> bool:
        """Whether nobody can say that the file ``path`` is gone, because the way to it is closed."""
        return any(path == one.path or path.startswith(one.path + os.sep) for one in self.closed)


def list_folder(folder: Path, exclude: Sequence[str] = ()) -> Listing:
    """Walk ``folder``; ``exclude`` are patterns as in an ignore file in it. Links to folders are not followed.

    Raises FileNotFoundError, NotADirectoryError, or PermissionError: a folder that cannot be read is not an empty one.
    """
    if folder.is_file():
        raise NotADirectoryError(f"{folder} is a file: take it in with shujia ingest, or name its folder")
    if not folder.exists():
        raise FileNotFoundError(f"no such folder: {folder}")
    folder = folder.resolve(strict=True)
    with os.scandir(folder):  # refuses what os.walk would pass over in silence
        pass
    refused: list[OSError] = []
    files: list[File] = []
    rules = {"": Excludes().within("", exclude)}
    for place, folders, names in os.walk(folder, onerror=refused.append):
        here = Path(place).relative_to(folder).as_posix()
        base = "" if here == "." else here
        mine = rules.pop(base).within(base, read_ignore_file(Path(place)))
        below = f"{base}/" if base else ""
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and not mine.leaves_out(below + name, folder=True)
        )
        rules.update((below + name, mine) for name in folders)
        kept = (
            name for name in sorted(names) if name != IGNORE_FILE and not mine.leaves_out(below + name, folder=False)
        )
        files.extend(file_at(Path(place, name), within=folder) for name in kept)
    closed = [_closed(error) for error in refused]
    closed += [file for file in files if file.unseen]
    root = file_at(folder).path.rstrip(os.sep) + os.sep
    return Listing(root, tuple(file for file in files if not file.unseen), tuple(closed))


def _closed(error: OSError) -> File:
    path = Path(os.fsdecode(error.filename))
    return File(file_at(path).path, 0, 0, skip=f"cannot be listed: {error.strerror or error}")
