"""ENTRY of the HTTP API: settings → open library → routes → uvicorn.

request → Observe (id, log, count) → CORS, where set → Gate (host, origin, key, rate) → body limit → route → rights
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from mcp.server.transport_security import TransportSecuritySettings
from starlette.middleware import Middleware

from app.api import chat, documents, errors, feedback, health, jobs, search
from app.api.gate import ACCEPTED, CALLER, MOST_BYTES, Gate
from app.api.house import House
from app.api.observe import Observe, log_json
from app.mcp_server import build
from app.server_address import is_loopback
from app.settings import Settings, SettingsError
from app.wiring import Library
from eval.provenance import program
from store.api_keys import ApiKeys

_GRACE_SECONDS = 5  # for answers on their way when the server is told to end

# The log is our own, lines of facts (observe.py).
QUIET: dict[str, Any] = {"log_config": None, "access_log": False, "server_header": False}
_ABOUT = """Ask your own documents from any program. A collection is a model, an answer is a chat completion in OpenAI's
shape; every sentence is checked against the passage it cites.

Keys are made on the server (`shujia keys add NAME`) and sent as `Authorization: Bearer shj_…`. A server that only its
own machine can reach needs none until the first is made. Errors are `{"error": {message, type, param, code}}`."""


def create_app(library: Library, *, loopback: bool = True) -> FastAPI:
    """The API over an open library. ``loopback`` says that only this machine can reach it: then no key is needed."""
    logging.getLogger("uvicorn.access").addFilter(_unwritten)
    house = House(library, loopback=loopback)
    settings = library.settings

    tools = build(house, CALLER.get, ACCEPTED.get)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        house.uploads.start()
        async with tools.session_manager.run():
            yield
        house.close()

    app = FastAPI(
        title="Shujia 书架",
        version=program()["version"],
        description=_ABOUT,
        lifespan=life,
        docs_url=None,  # their pages load scripts from other servers
        redoc_url=None,
        middleware=[
            Middleware(Observe, metrics=house.metrics),
            *_cors(settings),
            Middleware(Gate, house=house),
        ],
    )
    app.state.house = house
    errors.register(app)
    for room in (chat, search, documents, feedback, health):
        app.include_router(room.router, max_body_size=MOST_BYTES)
    app.include_router(jobs.router, max_body_size=settings.api_upload_mb * 1_000_000)
    # Hosts and origins are the gate's business; a session would outlive the key that began it.
    unchecked = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    app.router.routes.extend(tools.streamable_http_app(stateless_http=True, transport_security=unchecked).routes)
    _describe(app)
    return app


def _unwritten(_: logging.LogRecord) -> bool:
    """No line of uvicorn's: it holds paths and queries, which hold names. A library may turn its log on again."""
    return False


def serve(settings: Settings, begin: Callable[[], None] = lambda: None) -> None:
    """Serve until told to end; ``begin`` is called when nothing speaks against it.

    Raises SettingsError for an address that others can reach while there is no key.
    """
    import uvicorn

    with Library(settings) as library:
        loopback = is_loopback(settings.api_host)
        if not loopback and not any(key.revoked_at is None for key in ApiKeys(library.catalogue.engine).all()):
            raise SettingsError(
                f"api_host = {settings.api_host!r} can be reached from other machines, and there is no key: make one "
                "with `shujia keys add NAME`, or serve on 127.0.0.1"
            )
        begin()
        log_json()
        logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
        uvicorn.run(
            create_app(library, loopback=loopback),
            host=settings.api_host,
            port=settings.api_port,
            timeout_graceful_shutdown=_GRACE_SECONDS,
            **QUIET,
        )


def _cors(settings: Settings) -> list[Middleware]:
    """Pages of these origins may call; nobody's without the setting."""
    origins = [origin.strip().rstrip("/") for origin in settings.api_origins.split(",") if origin.strip()]
    if not origins:
        return []
    headers = ["Authorization", "Content-Type", "X-Request-ID", "X-API-Key"]
    methods = ["GET", "POST", "DELETE"]
    shown = ["X-Request-ID", chat.ANSWER_HEADER, "Retry-After"]
    made = Middleware(
        CORSMiddleware, allow_origins=origins, allow_methods=methods, allow_headers=headers, expose_headers=shown
    )
    return [made]


def _describe(app: FastAPI) -> None:
    """The OpenAPI description as the server behaves: bad requests are 400 here, and keys are bearer tokens."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema:
            return app.openapi_schema
        schema = made()
        for path in schema["paths"].values():
            for operation in path.values():
                operation["responses"].pop("422", None)
        schemas = schema["components"]["schemas"]
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        schema["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        schema["security"] = [{"key": []}, {}]
        app.openapi_schema = schema
        return schema

    app.openapi = openapi  # type: ignore[method-assign]
