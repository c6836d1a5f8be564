"""The outermost layer: a request id, one line of log, the count, headers that browsers obey, and the last resort.

The log says who asked which route, how it ended and how long it took. It never holds a question, an answer, a name of a
collection or document, or a key.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
import traceback
from typing import Any
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.errors import ApiError
from app.api.metrics import Metrics

log = logging.getLogger("shujia.api")
_GOOD_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Observe:
    """ASGI middleware around everything else."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on, and note what became of it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        identity = given if _GOOD_ID.fullmatch(given) else uuid4().hex
        began, status = time.perf_counter(), 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers["X-Request-ID"] = identity
            await send(message)

        try:
            await self.app(scope, receive, sending)
        except Exception as error:  # noqa: BLE001 - a defect: logged without its message, which may hold content
            log_defect(error, identity)
            if not status:
                message = f"the server failed; its log has more under the request id {identity}"
                accepted = Headers(scope=scope).get("accept-language", "")
                await ApiError(500, "internal_error", message).response(accepted)(scope, receive, sending)
        finally:
            self._note(scope, identity, status, time.perf_counter() - began)

    def _note(self, scope: Scope, identity: str, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "none")  # the template: a real path holds names
        caller = scope.get("state", {}).get("caller")
        self.metrics.request(route, scope["method"], status, seconds)
        facts = {"request": identity, "method": scope["method"], "route": route, "status": status}
        log.info("request", extra={"facts": facts | {"seconds": round(seconds, 4), "key": getattr(caller, "id", None)}})


def log_defect(error: Exception, identity: str) -> None:
    """Where a defect happened, without its message."""
    frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    facts = {"request": identity, "error": type(error).__name__, "at": frames[-12:]}
    log.error("defect", extra={"facts": facts})


class JsonLines(logging.Formatter):
    """A log record as one JSON object on one line."""

    def format(self, record: logging.LogRecord) -> str:
        """Time (UTC), level, logger, what, and the facts of ours."""
        facts: dict[str, Any] = getattr(record, "facts", {})
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        head = {"time": f"{at}.{int(record.msecs):03d}Z", "level": record.levelname.lower(), "logger": record.name}
        return json.dumps({**head, "event": record.getMessage(), **facts}, ensure_ascii=False, default=str)


def log_json() -> None:
    """Write the server's log to standard error as JSON lines: requests, and what anything else warns about."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    log.setLevel(logging.INFO)
