"""Errands: commands of the command line that the page sends off, each in a process of its own.

``library/errands/ID/`` holds what was asked (errand.json), how far it is (progress.json), what it printed (log.txt),
how it ended (end.json), and what it made. The state is read from the files, so it outlives the page. A running errand
holds the lock of its folder; a process that dies lets it go, whatever kills it.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from store.errors import StoreError
from store.files import replace_file

ERRAND, PROGRESS, LOG, END, LOCK, STOPPED = (
    "errand.json", "progress.json", "log.txt", "end.json", "lock", "stopped",
)  # fmt: skip
REPORT = "report"  # folder within an errand's own, where it is an evaluation
_STARTING = 60.0  # seconds that a loaded machine may need from the start of a process to its lock
_SHOWN = 4000  # characters of the end of a log
_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{6}")

State = Literal["running", "done", "failed", "stopped"]


class ErrandRefused(StoreError):
    """Another errand of that kind is running, or there is none of that id."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What was sent off: ``command`` is what stands behind `shujia`, ``kind`` its first words.

    ``collection`` is the number of the collection that it is about, 0 for none: names may change. ``needs`` is what
    somebody must be allowed to do there to see it.
    """

    id: str
    kind: str
    title: str
    command: tuple[str, ...]
    collection: int
    who: str
    started_at: float
    needs: str
    pid: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an errand is: what it does, how many of how many (None where that is not known)."""

    what: str = ""
    done: float = 0.0
    total: float | None = None


class Errands:
    """The errands of one library."""

    def __init__(self, library: Path) -> None:
        """``library`` is the folder that holds all state."""
        self.library = library.expanduser()
        self.folder = self.library / "errands"

    def path(self, errand: Errand) -> Path:
        """The folder of an errand."""
        return self.folder / errand.id

    def new_id(self) -> str:
        """A name for an errand, and its folder, so that files may be laid into it before it starts."""
        identity = f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(3)}"
        folder = self.folder / identity
        folder.mkdir(parents=True)
        folder.chmod(0o700)  # logs and reports quote documents
        return identity

    def start(
        self,
        identity: str,
        kind: str,
        title: str,
        command: Iterable[str],
        *,
        needs: str,
        collection: int = 0,
        who: str = "",
        language: str = "",
    ) -> Errand:
        """Send it off. Raises ErrandRefused while another one of that kind runs: two share no processor well."""
        if any(each.kind == kind and self.state(each) == "running" for each in self.all()):
            shutil.rmtree(self.folder / identity, ignore_errors=True)
            raise ErrandRefused(f"another `shujia {kind}` is running: wait for its end, or stop it")
        errand = Errand(identity, kind, title, tuple(command), collection, who, time.time(), needs)
        folder = self.path(errand)
        self._write(errand)
        with (folder / LOG).open("wb") as log:
            process = subprocess.Popen(
                child(folder, self.library),
                env=_environment(language),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # so that it is killed with all it started, and outlives the page
            )
        threading.Thread(target=process.wait, name="errand", daemon=True).start()  # or it stays as a zombie
        errand = Errand(**{**asdict(errand), "command": errand.command, "pid": process.pid})
        self._write(errand)
        return errand

    def all(self) -> tuple[Errand, ...]:
        """Every errand there is, newest first."""
        found = (self._read(path.parent) for path in self.folder.glob(f"*/{ERRAND}"))
        return tuple(sorted((each for each in found if each), key=lambda each: each.started_at, reverse=True))

    def get(self, identity: str) -> Errand:
        """The errand of that id. Raises ErrandRefused."""
        found = self._read(self.folder / identity) if _ID.fullmatch(identity) else None
        if found is None:
            raise ErrandRefused(f"there is no errand {identity!r} any more")
        return found

    def state(self, errand: Errand) -> State:
        """Where it stands now."""
        folder = self.path(errand)
        if (folder / STOPPED).exists():
            return "stopped"
        if self._held(folder) or (not (folder / END).exists() and time.time() - errand.started_at < _STARTING):
            return "running"
        ended = _object(folder / END)
        return "done" if ended.get("code") == 0 else "failed"

    def code(self, errand: Errand) -> int | None:
        """Its exit code; None while it runs, and where it was killed."""
        code = _object(self.path(errand) / END).get("code")
        return code if isinstance(code, int) else None

    def progress(self, errand: Errand) -> Progress:
        """How far it is."""
        found = _object(self.path(errand) / PROGRESS)
        return Progress(str(found.get("what", "")), float(found.get("done") or 0), found.get("total"))

    def log(self, errand: Errand) -> str:
        """The end of what it printed."""
        try:
            written = (self.path(errand) / LOG).read_bytes()
        except OSError:
            return ""
        return written[-4 * _SHOWN :].decode("utf-8", "replace")[-_SHOWN:].strip()

    def stop(self, errand: Errand) -> None:
        """Kill it with every process it started; what it had committed is kept."""
        folder = self.path(errand)
        if self.state(errand) != "running":
            return
        (folder / STOPPED).touch()
        if errand.pid and self._held(folder):  # the lock proves that the number is still that process
            _kill(errand.pid)

    def remove(self, errand: Errand) -> None:
        """Forget it with everything it made; one that runs is stopped first."""
        self.stop(errand)
        shutil.rmtree(self.path(errand), ignore_errors=True)

    def empty(self, *, but: Path) -> None:
        """Forget every errand, those that run too, except for one that made the file ``but``."""
        for errand in self.all():
            if self.path(errand).resolve() not in but.resolve().parents:
                self.remove(errand)

    def _write(self, errand: Errand) -> None:
        text = json.dumps(asdict(errand), ensure_ascii=False)
        replace_file(self.path(errand) / ERRAND, text.encode("utf-8", "surrogateescape"))

    def _read(self, folder: Path) -> Errand | None:
        found = _object(folder / ERRAND)
        try:
            return Errand(**{**found, "command": tuple(found["command"])})
        except (KeyError, TypeError):
            return None

    def _held(self, folder: Path) -> bool:
        from filelock import FileLock, Timeout

        if not (folder / LOCK).exists():
            return False
        lock = FileLock(folder / LOCK)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return True
        lock.release()
        return False


def child(folder: Path, library: Path) -> list[str]:
    """The command line of the process."""
    return [sys.executable, "-m", "app.errand_child", str(folder), str(library)]


def _environment(language: str) -> dict[str, str]:
    """That of the page, and where the program lies: a copy that is not installed is found too.

    ``language`` is the one to speak in, "" for that of the settings.
    """
    found = [str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    spoken = {"SHUJIA_LANGUAGE": language} if language else {}
    return {**os.environ, "PYTHONPATH": os.pathsep.join(found), "PYTHONUTF8": "1"} | spoken


def _kill(pid: int) -> None:
    try:
        if os.name == "posix":
            os.killpg(pid, signal.SIGKILL)
        else:
            os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        pass  # it has ended meanwhile


def _object(path: Path) -> dict[str, Any]:
    """A small JSON file; {} where there is none, or half of one."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
