"""Whether the server behind an OpenAI-compatible URL is up."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit


def status(url: str, key: str = "", seconds: float = 2.0) -> int | None:
    """The HTTP status of GET /health beside /v1, where vLLM and llama.cpp tell how they are; None for no answer.

    ``seconds`` is the longest silence. Other servers know no such route, and answer 404: they are up as well.
    """
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        connection = kind(parts.hostname or "", parts.port, timeout=seconds)
    except ValueError:
        return None
    try:
        connection.request("GET", parts.path.rstrip("/").removesuffix("/v1") + "/health", headers=headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def alive(url: str, key: str = "", seconds: float = 2.0) -> bool:
    """Whether it answers, and not with an error of its own (5xx): vLLM says 503 when its engine has died."""
    found = status(url, key, seconds)
    return found is not None and found < http.client.INTERNAL_SERVER_ERROR
