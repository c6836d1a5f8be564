"""Prompt prefixes that llama.cpp has read, kept on disk so that the next start does not read them again.

A kept prefix is two files: ``KEY.kv``, as llama.cpp wrote it, and ``KEY.json`` with its size and sha256. llama.cpp ends
the whole process on a truncated file (an assertion in C++), so it is given a file only after its hash was checked.
KEY covers the model file, the runtime's version, the context size and every token: a foreign file is never asked for.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from models.checked_files import publish, sha256_of
from models.llama_server import LlamaServer
from models.types import ModelUnavailable

logger = logging.getLogger(__name__)

KEEP = 8  # prefixes; one of 800 tokens is 23 MB for the 1.5B model
_HEAD_BYTES = 1 << 20


class PrefixCache:
    """Saves and restores the state of llama.cpp's only slot in ``folder``."""

    def __init__(self, folder: Path, gguf: Path, context_tokens: int) -> None:
        self.folder = folder
        status = gguf.stat()
        with gguf.open("rb") as stream:
            head = hashlib.sha256(stream.read(_HEAD_BYTES)).hexdigest()
        # The head holds the model's description and tokenizer; with size and time stamp it stands for the whole file.
        self._base = f"{head}:{status.st_size}:{status.st_mtime_ns}:{version('xllamacpp')}:{context_tokens}"

    def restore(self, server: LlamaServer, tokens: Sequence[int]) -> bool:
        """Put the prefix into the slot if it is kept and undamaged; anything else is deleted and False."""
        key = self._key(tokens)
        state = self.folder / f"{key}.kv"
        if not state.is_file():
            return False
        if not _intact(state):
            logger.warning("%s is damaged and was deleted; the prefix is read again", state)
            self._delete(key)
            return False
        try:
            answer = server.post("/slots/0?action=restore", {"filename": state.name})
        except ModelUnavailable as exc:
            logger.warning("%s was refused and deleted: %s", state, exc)
            self._delete(key)
            return False
        state.touch()  # the most recently used are kept
        return bool(answer.get("n_restored") == len(tokens))

    def save(self, server: LlamaServer, tokens: Sequence[int]) -> None:
        """Keep what the slot holds now as the state of ``tokens``; a full disk is no reason to fail an answer."""
        key = self._key(tokens)
        state = self.folder / f"{key}.kv"
        temporary = self.folder / f"{key}.part"
        try:
            server.post("/slots/0?action=save", {"filename": temporary.name})
            description = {"sha256": sha256_of(temporary), "size": temporary.stat().st_size, "tokens": len(tokens)}
            publish(temporary, state)
            state.with_suffix(".json").write_text(json.dumps(description), encoding="utf-8")
            self._prune()
        except (OSError, ModelUnavailable) as exc:
            logger.warning("the prefix could not be kept in %s: %s", self.folder, exc)
            self._delete(key)

    def _key(self, tokens: Sequence[int]) -> str:
        return hashlib.sha256(f"{self._base}:{','.join(map(str, tokens))}".encode()).hexdigest()[:32]

    def _delete(self, key: str) -> None:
        for suffix in (".kv", ".json", ".part"):
            (self.folder / f"{key}{suffix}").unlink(missing_ok=True)

    def _prune(self) -> None:
        states = sorted(self.folder.glob("*.kv"), key=lambda path: path.stat().st_mtime, reverse=True)
        for state in states[KEEP:]:
            self._delete(state.stem)


def _intact(state: Path) -> bool:
    try:
        description = json.loads(state.with_suffix(".json").read_text(encoding="utf-8"))
        return bool(description["size"] == state.stat().st_size and description["sha256"] == sha256_of(state))
    except (OSError, ValueError, KeyError, TypeError):
        return False
