"""Which files a run takes up: paths and folders of the user, or uploads that are already in memory."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import TooLarge, UnreadableFile
from store.types import text_id

UNSEEN = "cannot be looked at (a broken link?)"
LEADS_OUT = "a link that leads out of the folder: name the file or folder that it leads to"
_RUBBISH = frozenset({"Thumbs.db", "desktop.ini"})
_NOT_UTF8 = re.compile("[\udc80-\udcff]")
_UNFIT = re.compile("[\x00\ud800-\udfff]")  # what no database takes as text
_LONGEST = 255  # characters of an upload's name


@dataclass(frozen=True, slots=True)
class File:
    """One file to ingest, under the name ``path`` in the library.

    ``data`` is set for uploads; other files are read from ``location``. ``skip`` says why a file is left out, if it is.
    """

    path: str
    size: int
    mtime_ns: int
    data: bytes | None = None
    skip: str = ""
    location: Path | None = None

    @property
    def name(self) -> str:
        """The file's own name, without its folders."""
        return self.path.replace("\\", "/").rsplit("/", 1)[-1]

    @property
    def unseen(self) -> bool:
        """Whether the system did not even say what stands there."""
        return self.skip == UNSEEN

    def read(self, most: int) -> bytes:
        """The bytes, ``most`` at most. Raises TooLarge, or UnreadableFile when the system refuses."""
        if self.size > most:
            raise TooLarge(f"{self.size / 1e6:.0f} MB is over the limit of {most / 1e6:.0f} MB: split the file")
        if self.data is not None:
            return self.data
        try:
            return (self.location or Path(self.path)).read_bytes()
        except OSError as exc:
            raise UnreadableFile(f"cannot be read: {exc.strerror or exc}") from exc


def upload(name: str, data: bytes) -> File:
    """A file that came over the page or the API: it has no folder on this machine."""
    last = _UNFIT.sub(_as_in_urls, name.replace("\\", "/").rstrip("/").rpartition("/")[2])
    if not last.strip(" ."):
        last = f"unnamed{last}" if last else "unnamed"
    if len(last) > _LONGEST:  # cut in the middle, so that two long names never become one
        last = f"{last[:160]}…{text_id(last)[:12]}…{last[-40:]}"
    return File(f"upload/{last}", len(data), 0, data)


def _as_in_urls(one: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in one[0].encode("utf-8", "surrogatepass"))


def discover(paths: Sequence[Path]) -> Iterator[File]:
    """The files of the given paths, folders walked in the order of their names.

    Each file comes once, however many of the paths lead to it. Links to folders are not followed, so a circle of links
    ends; links to files only where they stay in the folder that was named, for whoever may write into a folder must not
    thereby read what its reader may. Raises FileNotFoundError for a path that is not there.
    """
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(f"no such file or folder: {path}")
    taken: set[Path] = set()
    for path in paths:
        root = path.resolve()
        for file in _walk(root):
            if file not in taken:
                taken.add(file)
                yield file_at(file, within=root)


def _walk(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    closed: list[OSError] = []
    for folder, folders, names in os.walk(path, onerror=closed.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(names))
    yield from (Path(os.fsdecode(error.filename)) for error in closed)  # a folder that may not be listed is named


def file_at(path: Path, within: Path | None = None) -> File:
    """The file at an absolute path, under the name that it has in the library.

    A link that leads out of the folder ``within``, itself without links, is left out.
    """
    # Bytes of a name that are not UTF-8 (GBK, from an old archive) reach Python as lone surrogates, which no database
    # takes. They are written as in a URL, so that two such names never become one.
    name = _NOT_UTF8.sub(lambda byte: f"%{ord(byte[0]) - 0xDC00:02X}", str(path))
    try:
        status = path.stat()
    except OSError:
        return File(name, 0, 0, skip=UNSEEN)
    if not path.is_file():
        return File(name, 0, 0, skip="not a regular file")
    if within and path.is_symlink() and not path.resolve().is_relative_to(within):
        return File(name, 0, 0, skip=LEADS_OUT)
    return File(name, status.st_size, status.st_mtime_ns, skip=_reason_to_skip(path.name), location=path)


def _reason_to_skip(name: str) -> str:
    if name.startswith((".", "~$")):
        return "hidden or temporary"
    return "left by the system" if name in _RUBBISH else ""
