"""Files inside files: members of archives and attachments of messages become documents of their own.

Their path is the container's, ``!/``, and the path inside: ``letters.zip!/2024/报告.pdf``; nested ones go on likewise.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ingest.archives import read_locked
from ingest.errors import TooLarge
from ingest.files import File
from ingest.limits import MIB, Limits
from ingest.types import Part

SIGN = "!/"
CONTAINERS = (".zip", ".eml", ".msg")


@dataclass(slots=True)
class Budget:
    """What one file may hold inside, all layers together: a bomb in three layers is small in each."""

    entries: int
    size: int

    def take(self, size: int) -> str:
        """Count one more file; why it is over the limit, if it is."""
        self.entries -= 1
        self.size -= size
        if self.entries < 0:
            return "the files inside are more than the limit of files in one archive: split it"
        return "the files inside unpack to more than the limit: split the archive" if self.size < 0 else ""


@dataclass(frozen=True, slots=True)
class Member(File):
    """A member of an archive that is unpacked when it is read, or an attachment that already is (``data``)."""

    archive: zipfile.ZipFile | None = field(default=None, compare=False)
    member: int = 0
    refused: str = ""

    def read(self, most: int) -> bytes:
        """The bytes. Raises TooLarge, PasswordNeeded or UnreadableFile."""
        if self.refused:
            raise TooLarge(self.refused)
        if self.size > most:
            raise TooLarge(f"{self.size // MIB} MiB is over the limit of {most // MIB} MiB: split the file")
        if self.archive is None:
            return self.data or b""
        return read_locked(self.archive, self.archive.infolist()[self.member], most)


def inner_files(container: File, data: bytes, parts: Sequence[Part], limits: Limits, budget: Budget) -> Iterator[File]:
    """The files inside ``container``, whose bytes are ``data``; each is unpacked when it is read.

    They carry the container's time. Over a limit they are files whose reading fails and says so.
    """
    deep = container.path.count(SIGN) >= limits.archive_depth
    archive = None
    for part in parts:
        path = f"{container.path}{SIGN}{part.name}"
        refused = budget.take(part.size)
        if deep:
            refused = f"files inside files deeper than {limits.archive_depth} are not read: unpack it first"
        if part.data is None and archive is None:
            archive = zipfile.ZipFile(io.BytesIO(data))
        yield Member(
            path, part.size, container.mtime_ns, part.data, "", None,
            archive if part.data is None else None, part.member, refused,
        )  # fmt: skip


def fresh_budget(limits: Limits) -> Budget:
    """The budget of a file that is not inside another."""
    return Budget(limits.archive_entries, limits.decompressed_bytes)


def is_container(path: str) -> bool:
    """Whether files may be inside a file of that name."""
    return path.lower().endswith(CONTAINERS)


def outermost(path: str) -> str:
    """The file on disk that ``path`` is inside of; ``path`` itself when it is inside none."""
    for end in range(len(path)):
        if path.startswith(SIGN, end) and is_container(path[:end]):
            return path[:end]
    return path


def inside(container: str, paths: Iterable[str]) -> list[str]:
    """Those of the paths that are inside ``container``, whatever the layer."""
    return [path for path in paths if path.startswith(container + SIGN)]


def safe_name(name: str, taken: set[str]) -> str:
    """A name inside an archive as it is shown: no way out of it, no drive, and no second of the same name."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    shown = "/".join(parts) or "unnamed"
    stem, ending = posixpath.splitext(shown)
    count = 1
    while shown in taken:
        count += 1
        shown = f"{stem} ({count}){ending}"
    taken.add(shown)
    return shown
