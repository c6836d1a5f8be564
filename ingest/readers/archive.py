"""Zip archives: what is in them by name; the members themselves become documents of their own."""

from __future__ import annotations

from ingest.archives import check_members, member_names, open_archive
from ingest.clean import clean_line
from ingest.errors import EmptyDocument, PasswordNeeded
from ingest.inside import safe_name
from ingest.limits import Limits
from ingest.types import Block, BlockKind, Parsed, Part

_RUBBISH = ("__MACOSX/", "Thumbs.db", "desktop.ini")


def read(data: bytes, name: str, limits: Limits) -> Parsed:
    """One block that lists the members. Raises TooLarge, UnreadableFile, PasswordNeeded when all are encrypted."""
    with open_archive(data) as archive:
        check_members(archive, len(data), limits)
        members, names = archive.infolist(), member_names(archive)
    taken: set[str] = set()
    parts, locked = [], []
    for place, (member, stored) in enumerate(zip(members, names, strict=True)):
        if member.filename.endswith("/") or _left_by_system(stored):
            continue
        part = Part(safe_name(clean_line(stored), taken), member.file_size, None, place)
        parts.append(part)
        if member.flag_bits & 1:
            locked.append(part.name)
    if not parts:
        raise EmptyDocument("the archive holds no files")
    if len(locked) == len(parts):
        raise PasswordNeeded(f"all {len(parts)} members are encrypted: unpack the archive with its password first")
    warnings = (f"{len(locked)} members are encrypted: {', '.join(locked[:5])}",) if locked else ()
    listing = Block(BlockKind.PARAGRAPH, "\n".join(part.name for part in parts))
    return Parsed("zip", None, (listing,), warnings=warnings, parts=tuple(parts))


def _left_by_system(name: str) -> bool:
    return name.startswith(_RUBBISH[0]) or name.rsplit("/", 1)[-1].startswith((".", "~$", *_RUBBISH[1:]))
