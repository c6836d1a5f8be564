"""Files that are what they claim to be: hashing, publishing whole, and remembering what was checked.

A model's folder holds its files and ``.checked.json``, which says what each file's sha256 was when it was last read
whole, with the size and time stamp it had then. Hashing 1.1 GB takes a second or more; looking at the record takes
microseconds. A file whose size or time stamp changed since is read again.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

from models.catalogue import Model, ModelFile

RECORD = ".checked.json"
_BLOCK = 1 << 20


def sha256_of(path: Path, *, progress: Callable[[int], None] = lambda _: None) -> str:
    """sha256 of a file, hexadecimal; ``progress`` is called with the bytes of each block read."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
            progress(len(block))
    return digest.hexdigest()


def publish(temporary: Path, final: Path) -> None:
    """Move a finished file into place so that a crash leaves the whole file or none: fsync, rename, fsync folder."""
    with temporary.open("rb+") as stream:
        os.fsync(stream.fileno())
    final.parent.mkdir(parents=True, exist_ok=True)
    temporary.replace(final)
    if os.name == "posix":  # Windows cannot open a folder
        descriptor = os.open(final.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def recorded_as_good(model: Model, folder: Path) -> bool:
    """True if every file still is the one that was read whole and found right; nothing is read but the record."""
    record = _read_record(folder)
    return all(record.get(file.path) == [file.sha256, *_stamp(folder / file.path)] for file in model.files)


def file_problem(file: ModelFile, folder: Path, *, progress: Callable[[int], None] = lambda _: None) -> str | None:
    """What is wrong with a file, in a sentence, or None; reads it whole if its size is right."""
    path = folder / file.path
    if not path.is_file():
        return f"{file.path} is missing"
    size = path.stat().st_size
    if size != file.size:
        return f"{file.path} has {size:,} bytes, expected {file.size:,}"
    digest = sha256_of(path, progress=progress)
    if digest != file.sha256:
        return f"{file.path} has sha256 {digest}, expected {file.sha256}"
    return None


def record_as_good(model: Model, folder: Path) -> None:
    """Write down that every file of the model has just been read and found right."""
    record = {file.path: [file.sha256, *_stamp(folder / file.path)] for file in model.files}
    temporary = folder / f"{RECORD}.{os.getpid()}"
    temporary.write_text(json.dumps({"version": 1, "files": record}, indent=1), encoding="utf-8")
    publish(temporary, folder / RECORD)


def recorded_digest(path: Path) -> str | None:
    """sha256 of a model's file as its folder's record has it; None where there is no record or the file has changed."""
    entry = _read_record(path.parent).get(path.name)
    if not isinstance(entry, list) or len(entry) != 3 or tuple(entry[1:]) != _stamp(path):
        return None
    return str(entry[0])


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except FileNotFoundError:
        return (-1, -1)
    return (status.st_size, status.st_mtime_ns)


def _read_record(folder: Path) -> dict[str, object]:
    """The record, empty where it is missing or unreadable: then the files are read again, which is always safe."""
    try:
        files = json.loads((folder / RECORD).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return files if isinstance(files, dict) else {}
