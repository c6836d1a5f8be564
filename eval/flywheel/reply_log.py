"""What a model wrote so far, so that a long run goes on where it stopped instead of asking again."""

from __future__ import annotations

import json
import os
from pathlib import Path


class ReplyLog:
    """Replies by passage, one JSON object a line; the first line names the run, another run begins afresh."""

    def __init__(self, path: Path, run: str) -> None:
        """Open or begin the file; a line that was being written when the power went is left out."""
        path.parent.mkdir(parents=True, exist_ok=True)
        head = json.dumps({"run": run})
        lines = path.read_bytes().split(b"\n")[:-1] if path.is_file() else []
        known = lines[1:] if lines and lines[0] == head.encode() else []
        self.path = path
        self.replies: dict[str, str] = {row["passage"]: row["reply"] for row in map(json.loads, known)}
        self._file = path.open("wb")
        self._write(head.encode(), *known)

    def add(self, passage: str, reply: str) -> None:
        """Keep one reply, written through to the disk."""
        self.replies[passage] = reply
        line = json.dumps({"passage": passage, "reply": reply}, ensure_ascii=False)
        self._write(line.encode("utf-8", "backslashreplace"))

    def close(self, *, finished: bool = False) -> None:
        """Let go of the file; it is removed when the run is finished."""
        self._file.close()
        if finished:
            self.path.unlink(missing_ok=True)

    def _write(self, *lines: bytes) -> None:
        self._file.write(b"".join(line + b"\n" for line in lines))
        self._file.flush()
        os.fsync(self._file.fileno())
