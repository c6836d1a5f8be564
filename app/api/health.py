"""/health, /ready, /metrics: for whoever watches over the server. The first two are open and say nothing of content."""

from __future__ import annotations

import time

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import JSONResponse, Response

from app.api.house import ByCaller, House, InHouse
from app.api.rights import Verb
from app.api.shapes import ERRORS, ReadyReply
from generation.types import EXTRACTIVE
from models.catalogue import UnknownModel
from models.chats import urls_of
from models.types import ModelError
from store.errors import StoreError

router = APIRouter(tags=["operation"])
_KEPT_SECONDS = 5.0  # the route is open: it must not be a way to make the server ask its model endpoint all the time
_PATIENCE = 2.0  # seconds for an endpoint to accept a connection


@router.get("/health", responses={200: {"description": "the server runs"}})
async def health() -> JSONResponse:
    """The process answers. Says nothing about models or documents: see `/ready`."""
    return JSONResponse({"status": "ok"})


@router.get("/ready", responses={200: {"model": ReadyReply}, 503: {"model": ReadyReply, "description": "not now"}})
async def ready(house: InHouse) -> JSONResponse:
    """The library opens, the weights are here, a model endpoint accepts connections. Looked at every five seconds.

    A chat model that is missing makes no server unready, for the documents are quoted then; `checks` says so.
    """
    checks = await house.read(lambda: _kept(house))
    good = checks["library"] == checks["embedder"] == "ok"
    return JSONResponse({"ready": good, "checks": checks}, 200 if good else 503)


@router.get(
    "/metrics", responses={200: {"content": {"text/plain": {}}, "description": "Prometheus's format"}, **ERRORS}
)
async def metrics(house: InHouse, caller: ByCaller) -> Response:
    """Requests, seconds by stage, answers by outcome, tokens, files. Needs the scope `admin` where keys are needed."""
    house.may(caller, Verb.MEASURE)
    house.metrics.jobs_waiting.set(await house.read(house.uploads.waiting))
    return Response(house.metrics.text(), media_type=CONTENT_TYPE_LATEST)


def _kept(house: House) -> dict[str, str]:
    at, checks = house.checked
    if time.monotonic() - at > _KEPT_SECONDS:
        checks = {"library": _library(house), "embedder": _embedder(house), "model": _model(house)}
        house.checked = (time.monotonic(), checks)
    return checks


def _library(house: House) -> str:
    try:
        house.library.catalogue.collections()
    except StoreError:
        return "failed"
    return "ok"


def _embedder(house: House) -> str:
    settings = house.library.settings
    if settings.embedder_url:
        return "ok" if _accepts(settings.embedder_url) else "unreachable"
    try:
        return "ok" if house.library.embedder.dimension else "failed"
    except (ModelError, UnknownModel):
        return "missing"


def _model(house: House) -> str:
    settings = house.library.settings
    if settings.model == EXTRACTIVE:
        return "none"
    if settings.model_url:
        return "ok" if any(_accepts(url) for url in urls_of(settings.model_url)) else "unreachable"
    try:
        house.library.chat()
    except (ModelError, UnknownModel):
        return "missing"
    return "ok"


def _accepts(url: str) -> bool:
    import socket
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((parts.hostname or "", port), _PATIENCE).close()
    except OSError:
        return False
    return True
