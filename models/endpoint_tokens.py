"""Tokens counted by the endpoint itself, where it is vLLM: POST /tokenize, beside /v1."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

KEPT = 512  # texts whose count is remembered: the prompt's opening comes with every question
_SECONDS = 2.0  # an endpoint that takes longer to count is not worth asking
_ASK_AGAIN = 30.0  # seconds after which a server that could not be asked is asked again


class EndpointTokens:
    """Counts tokens by asking; None where the endpoint cannot say.

    Only a server that calls itself vLLM is ever sent a text: others have no such route, and a provider should not be
    sent a text twice. ``limit`` is the longest context the server has, known after the first count.
    """

    def __init__(self, base_url: str, model: str, key: str) -> None:
        self.limit: int | None = None
        self._root = base_url.rstrip("/").removesuffix("/v1")
        self._model, self._key = model, key
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None
        self._known: OrderedDict[str, int] = OrderedDict()
        self._is_vllm: bool | None = None
        self._silent_until = float("-inf")

    def count(self, text: str) -> int | None:
        """Tokens of ``text`` without special ones added; None where they cannot be counted now."""
        if not text:
            return 0
        with self._lock:
            if text in self._known:
                self._known.move_to_end(text)
                return self._known[text]
            if not self._can():
                return None
            body = {"model": self._model, "prompt": text, "add_special_tokens": False}
            found = self._ask("POST", "/tokenize", body)
            if found is None or not isinstance(found.get("count"), int):
                return None
            if isinstance(found.get("max_model_len"), int):
                self.limit = found["max_model_len"]
            self._known[text] = found["count"]
            if len(self._known) > KEPT:
                self._known.popitem(last=False)
            return self._known[text]

    def _can(self) -> bool:
        if time.monotonic() < self._silent_until:
            return False
        if self._is_vllm is None:
            found = self._ask("GET", "/version")
            if time.monotonic() >= self._silent_until:  # it answered, whatever it said
                self._is_vllm = found is not None and "version" in found
        return bool(self._is_vllm)

    def close(self) -> None:
        """Let go of the connection."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _ask(self, method: str, path: str, body: dict[str, object] | None = None) -> dict[str, Any] | None:
        """The JSON object it answered; None for any other answer, or for none: then it is left alone a while."""
        import httpx

        if self._client is None:
            self._client = httpx.Client(timeout=_SECONDS, headers={"Authorization": f"Bearer {self._key}"})
        try:
            answer = self._client.request(method, f"{self._root}{path}", json=body)
            found = answer.json() if answer.status_code == httpx.codes.OK else None
        except (httpx.HTTPError, httpx.InvalidURL) as exc:
            log.info("tokens are estimated: %s was not answered (%s)", path, exc)
            self._silent_until = time.monotonic() + _ASK_AGAIN
            return None
        except ValueError:
            return None
        return found if isinstance(found, dict) else None
