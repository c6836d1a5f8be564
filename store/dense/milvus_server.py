"""A Milvus server, or milvus-lite in a file: one connection each in a process, and errors that say what to do."""

from __future__ import annotations

import hashlib
import logging
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from store import schema as s
from store.dense.leg import IndexDamaged
from store.errors import LibraryUnusable
from store.reading import Reader

SECONDS = 60.0  # for one call
_CONNECT_SECONDS = 10.0
_GONE = (100, 101)  # Milvus: collection not found, collection not loaded
_clients: dict[Server, Any] = {}
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Server:
    """Where Milvus is. Connects at the first call."""

    uri: str
    token: str = field(default="", repr=False)

    @property
    def lite(self) -> bool:
        """Whether it is milvus-lite, which runs inside of this process on a file."""
        return "://" not in self.uri

    def __call__(self, method: str, *arguments: Any, **options: Any) -> Any:
        """What that method of the client returns.

        Raises IndexDamaged where the collection is not there any more, LibraryUnusable where the server does not do it.
        """
        from grpc import RpcError
        from pymilvus.exceptions import MilvusException

        client = self._client()
        try:
            return getattr(client, method)(*arguments, timeout=SECONDS, **options)
        except MilvusException as exc:
            if exc.code in _GONE:
                raise IndexDamaged(f"the collection in Milvus at {self.uri} is gone ({exc.message})") from exc
            raise self._unusable(exc.message) from exc
        except (RpcError, ValueError) as exc:  # ValueError: a channel that was closed
            raise self._unusable(str(exc)) from exc

    def _client(self) -> Any:
        with _lock:
            if self not in _clients:
                _clients[self] = self._connected()
            return _clients[self]

    def _connected(self) -> Any:
        try:
            from pymilvus import MilvusClient
            from pymilvus.exceptions import MilvusException
        except ImportError as exc:
            raise LibraryUnusable(
                f"milvus_uri is {self.uri!r}, but pymilvus is not installed: pip install -e '.[cpu,milvus]'"
            ) from exc
        # What fails is told by the exception; the client would also write it, with its stack, on standard error.
        for name in ("pymilvus", "milvus_lite"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        try:
            return MilvusClient(self._location(), token=self.token, timeout=_CONNECT_SECONDS)
        except (MilvusException, OSError, RuntimeError) as exc:
            raise self._unusable(getattr(exc, "message", str(exc))) from exc

    def _location(self) -> str:
        if not self.lite:
            return self.uri
        path = Path(self.uri).expanduser()
        if path.suffix != ".db":
            raise LibraryUnusable(
                f"milvus_uri is {self.uri!r}: a server is http://host:19530, a file of milvus-lite ends in .db"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        return str(path)

    def _unusable(self, told: str) -> LibraryUnusable:
        if self.lite:
            step = "one process at a time can have it open; for more, run a server (docs/scale.md)"
        else:
            step = (
                "see that it runs and that milvus_uri and milvus_token are right (docker compose --profile milvus ps)"
            )
        return LibraryUnusable(
            f"Milvus at {self.uri} cannot be used now ({told}): {step}. Nothing is lost: without milvus_uri the "
            f"library is searched with an index of its own"
        )


def disconnect(server: Server) -> None:
    """Let go of the connection, and of the file of milvus-lite."""
    with _lock:
        client = _clients.pop(server, None)
    if client is not None:
        client.close()


def name_for(read: Reader) -> str:
    """What a collection of this library is called in Milvus, whatever people call it; its generations differ.

    Several libraries may share a server: the name depends on where the catalogue lies and when the collection was made.
    """
    url = read.engine.url
    where = str(Path(url.database or "").resolve()) if url.get_backend_name() == "sqlite" else str(url)
    with read.engine.connect() as connection:
        made = connection.scalar(select(s.collection.c.created_at).where(s.collection.c.id == read.collection.id))
    return f"shujia_{hashlib.sha256(f'{where}|{read.collection.id}|{made!r}'.encode()).hexdigest()[:24]}"
