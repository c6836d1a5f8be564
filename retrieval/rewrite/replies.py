"""What the chat model replied, kept by everything the reply depends on: nothing kept is ever stale."""

from __future__ import annotations

import hashlib
import json
import logging
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

IN_MEMORY = 1_000
ON_DISK = 20_000  # replies; a few hundred bytes each
_WAIT = 1.0  # seconds for another process that writes; a cache is not worth more
log = logging.getLogger(__name__)


def reply_key(model: str, prompt: str, question: str, lines: Sequence[str], max_tokens: int) -> str:
    """The name of a reply: model, prompt file, question, conversation and length, hashed."""
    text = json.dumps([model, prompt, question, list(lines), max_tokens], ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


class Replies:
    """Replies in memory, and in a small SQLite file where ``path`` is given. Safe to use from several threads.

    A file that cannot be read or written is logged and done without: a cache is no reason to fail a question.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._kept: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> str | None:
        """The reply of that name, None when it is not known."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        rows = self._sql("SELECT reply FROM reply WHERE key = ?", (key,))
        if not rows:
            return None
        self._remember(key, str(rows[0][0]))
        return str(rows[0][0])

    def put(self, key: str, reply: str) -> None:
        """Keep a reply; the oldest go."""
        self._remember(key, reply)
        self._sql("INSERT OR REPLACE INTO reply (key, reply) VALUES (?, ?)", (key, reply))
        self._sql("DELETE FROM reply WHERE rowid <= (SELECT max(rowid) FROM reply) - ?", (ON_DISK,))

    def clear(self) -> None:
        """Forget everything, on disk too: replies may hold words of documents that were deleted."""
        with self._lock:
            self._kept.clear()
        if self._path is not None and self._path.exists():
            self._sql("DELETE FROM reply", ())

    def _remember(self, key: str, reply: str) -> None:
        with self._lock:
            self._kept[key] = reply
            self._kept.move_to_end(key)
            while len(self._kept) > IN_MEMORY:
                self._kept.popitem(last=False)

    def _sql(self, statement: str, values: Sequence[object]) -> list[tuple[object, ...]]:
        if self._path is None:
            return []
        try:
            # Opened for each statement: a question has few, and threads share nothing.
            with closing(sqlite3.connect(self._path, timeout=_WAIT)) as connection, connection:
                connection.execute("PRAGMA secure_delete = ON")
                connection.execute("CREATE TABLE IF NOT EXISTS reply (key TEXT PRIMARY KEY, reply TEXT NOT NULL)")
                return connection.execute(statement, values).fetchall()
        except (sqlite3.Error, OSError, UnicodeError) as exc:
            log.warning("the cache of rewritten questions in %s is not used: %s", self._path, exc)
            return []
