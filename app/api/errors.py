"""What goes wrong, as OpenAI's error object: ``{"error": {message, type, param, code}}``.

Messages name the value and the next step, never another collection, a path of the server or a key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from app.error_words import error_text
from app.settings import SettingsError
from ingest.chunkers import UnknownChunker
from models.catalogue import UnknownModel
from models.types import ModelError
from retrieval.search import EmptyQuestion
from store.errors import EmbedderMismatch, NothingToFilter, StoreError, UnknownCollection, UnknownDocument

_TYPES = {401: "authentication_error", 403: "permission_error", 404: "not_found_error", 429: "rate_limit_error"}
_RETRY_SECONDS = "5"


class ApiError(Exception):
    """An answer that is an error: HTTP status, a code for programs, a message for people, the parameter it is about."""

    def __init__(
        self, status: int, code: str, message: str, param: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.param = status, code, message, param
        self.headers = dict(headers or {})
        if status == 401:
            self.headers["WWW-Authenticate"] = "Bearer"

    def body(self, accepted: str = "") -> dict[str, Any]:
        """The error object; ``accepted`` is the request's Accept-Language: its message is Chinese where that is first.

        ``code`` and ``type`` are for programs and the same in every language.
        """
        kind = _TYPES.get(self.status, "invalid_request_error" if self.status < 500 else "server_error")
        message = error_text(self.message, "zh" if accepted.strip().lower().startswith("zh") else "en")
        return {"error": {"message": message, "type": kind, "param": self.param, "code": self.code}}

    def response(self, accepted: str = "") -> JSONResponse:
        """The error object as a response to a request with that Accept-Language."""
        return JSONResponse(self.body(accepted), self.status, headers=self.headers)


def translated(error: Exception) -> ApiError | None:
    """An error of the rooms below as one of the API; None for a defect."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, EmptyQuestion):
        return ApiError(400, "empty_question", str(error), "messages")
    if isinstance(error, UnknownCollection):  # its own message names the collections that there are
        return ApiError(404, "model_not_found", "there is no such collection that this request may use", "model")
    if isinstance(error, UnknownDocument):
        return ApiError(404, "document_not_found", "there is no such document in this collection (any more)")
    if isinstance(error, NothingToFilter):
        return ApiError(400, "nothing_to_filter", str(error), "filters")
    if isinstance(error, EmbedderMismatch):
        return ApiError(409, "embedder_mismatch", "the collection was made by another embedder than the server's")
    later = {"Retry-After": _RETRY_SECONDS}
    if isinstance(error, ModelError | UnknownModel | UnknownChunker | SettingsError):
        return ApiError(503, "model_unavailable", f"a model of the server fails: {_short(error)}", headers=later)
    if isinstance(error, StoreError):
        return ApiError(503, "library_unavailable", "the library cannot be used now: see the log", headers=later)
    return None


def register(app: FastAPI) -> None:
    """Make every error of the app an error object."""

    async def ours(request: Request, error: Exception) -> JSONResponse:
        found = translated(error)
        if found is None:
            raise error
        return found.response(_accepted(request))

    async def invalid(request: Request, error: Exception) -> JSONResponse:
        return _invalid(error).response(_accepted(request))

    async def plain(request: Request, error: Exception) -> JSONResponse:
        return _plain(error).response(_accepted(request))

    for kind in (ApiError, EmptyQuestion, StoreError, ModelError, UnknownModel, UnknownChunker, SettingsError):
        app.add_exception_handler(kind, ours)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, plain)


def _accepted(request: Request) -> str:
    return request.headers.get("accept-language", "")


def _invalid(error: Exception) -> ApiError:
    """What is wrong with a request, by the first thing that is; its value is not repeated."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type alone
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return ApiError(400, "invalid_request", f"the body is no JSON: see its character {first['loc'][-1]}")
    if first["type"] == "model_attributes_type" and isinstance(first.get("input"), bytes):
        return ApiError(400, "invalid_request", "the body is not read as JSON: send Content-Type: application/json")
    where = ".".join(str(part) for part in first["loc"] if part not in ("body", "query", "path"))
    message = str(first["msg"]).removeprefix("Value error, ")
    return ApiError(400, "invalid_request", f"{where or 'the body'}: {message}", where or None)


def _plain(error: Exception) -> ApiError:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type alone
    codes = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "unsupported_media_type"}
    code = codes.get(error.status_code, "invalid_request")
    return ApiError(error.status_code, code, str(error.detail), headers=error.headers)


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
