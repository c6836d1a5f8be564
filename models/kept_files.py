"""What took long to compute from a model's files, kept in the user's cache folder so that the next process reads it.

Such a file is believed only where nobody else can have written it, and only for exactly what it was made from: its
name and its checksum hold the digest of all of that. Everything else, damage included, reads as "nothing is kept", and
what was to be read is computed anew. Nothing here is needed: a folder that cannot be written costs time, no more.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import stat
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import platformdirs

KEPT = 6  # files; those used longest ago go first
_MAGIC = b"SHUJIA-KEPT-1\n\0\0"
_DIGEST = 32  # bytes of BLAKE2b
log = logging.getLogger(__name__)


def kept_folder() -> Path:
    """``prepared`` in the user's own cache folder, wherever the models are: that folder may be shared."""
    return Path(platformdirs.user_cache_dir("shujia", appauthor=False)) / "prepared"


def digest_of(parts: Iterable[bytes]) -> str:
    """One digest of all that a file is made from, hexadecimal; parts cannot flow into each other."""
    digest = hashlib.blake2b(digest_size=_DIGEST)
    for part in parts:
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.hexdigest()


def keeps() -> bool:
    """Whether anything can be kept here: there are owners of files, and the folder is ours alone and can be written."""
    if not hasattr(os, "getuid"):
        return False
    folder = kept_folder()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _ours(os.lstat(folder), stat.S_ISDIR) and os.access(folder, os.W_OK)
    except OSError as exc:
        log.info("nothing is kept in %s: %s", folder, exc)
        return False


def load(name: str, key: str) -> memoryview | None:
    """What was kept under ``name`` for the digest ``key``; None where it is missing, damaged, or not ours alone."""
    if not hasattr(os, "getuid"):
        return None
    path = _path(name, key)
    try:
        if not _ours(os.lstat(path.parent), stat.S_ISDIR):
            return None
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "rb") as file:
            if not _ours(os.fstat(descriptor), stat.S_ISREG):
                log.warning("%s may have been written by others: it is not used", path)
                return None
            data = file.read()
            with contextlib.suppress(OSError):
                os.utime(descriptor)  # used now: what is used stays
    except OSError:
        return None
    body = memoryview(data)[len(_MAGIC) + _DIGEST :]
    if data[: len(_MAGIC)] != _MAGIC or data[len(_MAGIC) :][:_DIGEST] != _checksum(key, body):
        log.warning("%s is damaged: it is made anew", path)
        return None
    return body


def save(name: str, key: str, data: bytes | memoryview) -> bool:
    """Keep ``data`` under ``name`` for the digest ``key``, whole or not at all; False where that is not possible."""
    if not keeps():
        return False
    path = _path(name, key)
    temporary = None
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=".", dir=path.parent)  # 0600, a name that nobody can guess
        with os.fdopen(descriptor, "wb") as file:
            for part in (_MAGIC, _checksum(key, data), data):
                file.write(part)
        os.replace(temporary, path)  # no fsync: what a power cut damages, the checksum finds
        _sweep(path.parent)
    except OSError as exc:
        log.info("%s cannot be kept: %s", path, exc)
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        return False
    return True


def _path(name: str, key: str) -> Path:
    return kept_folder() / f"{name}-{key[:24]}"


def _checksum(key: str, data: bytes | memoryview) -> bytes:
    digest = hashlib.blake2b(key.encode("ascii"), digest_size=_DIGEST)
    digest.update(data)
    return digest.digest()


def _ours(status: os.stat_result, kind: Callable[[int], bool]) -> bool:
    """Whether it is of that kind, belongs to this user, and neither its group nor others may write to it."""
    return kind(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o022


def _sweep(folder: Path) -> None:
    """Remove all but the KEPT files that were used last, and what a killed process left half written."""
    found = sorted(((each.lstat().st_mtime, each) for each in folder.iterdir()), reverse=True)
    for _, old in found[KEPT:]:
        old.unlink(missing_ok=True)
