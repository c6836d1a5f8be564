"""Streams of an OpenAI client that can be cut off from another thread, also before their first byte.

A generator that waits for its first token cannot be closed, so the socket beneath it is shut down instead; vLLM and
llama.cpp stop working on an answer whose connection is gone. The client tells us its socket by the trace of its
connection pool (httpcore's "trace" extension), and every stream has a connection of its own.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from models.writing import Cut

if TYPE_CHECKING:
    import openai

_NAME = "X-Shujia-Stream"  # on the way from the caller to the hook; it is taken off before anything is sent
_CONNECTED = ("connection.connect_tcp.complete", "connection.start_tls.complete")


class CutConnections:
    """Which stream has which ``Cut``, while it runs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cuts: dict[str, Cut] = {}

    def client(self, timeout: float) -> openai.DefaultHttpxClient:
        """An HTTP client for streams; proxies of the environment hold for it as for any other."""
        from openai import DefaultHttpxClient

        return DefaultHttpxClient(timeout=timeout, event_hooks={"request": [self._hook]})

    @contextmanager
    def stream(self, cut: Cut) -> Iterator[dict[str, str]]:
        """The headers that a request must carry so that ``cut`` ends it."""
        name = secrets.token_hex(8)
        with self._lock:
            self._cuts[name] = cut
        try:
            yield {_NAME: name}
        finally:
            cut.watch(None)
            with self._lock:
                self._cuts.pop(name, None)

    def _hook(self, request: Any) -> None:
        name = request.headers.pop(_NAME, "")
        with self._lock:
            cut = self._cuts.get(name)
        if cut is None:
            return

        def connected(event: str, details: dict[str, Any]) -> None:
            if event in _CONNECTED:
                cut.watch(details["return_value"].get_extra_info("socket"))

        request.headers["Connection"] = "close"
        request.extensions = {**request.extensions, "trace": connected}
