"""Uploads and web addresses, and what becomes of them: POST /v1/documents, /v1/jobs."""

from __future__ import annotations

import json
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.datastructures import UploadFile
from starlette.responses import JSONResponse

from app.api.documents import shown_path
from app.api.errors import ApiError
from app.api.house import ByCaller, House, InHouse
from app.api.rights import Caller, Verb
from app.api.shapes import ERRORS, JobReply, JobsReply
from app.rights import allowed
from ingest.errors import IngestError
from ingest.url_guard import LONGEST, UrlRefused, is_url
from store.jobs import Job

router = APIRouter(tags=["documents"])
MOST_FILES = 100
MOST_JSON = 16_384  # bytes of a body that names an address
_URL = {
    "type": "string",
    "maxLength": LONGEST,
    "description": "a web address, fetched now by the server; one of an inner network is refused unless the setting "
    "url_hosts names its host",
}
_COLLECTION = {
    "type": "string",
    "description": "the collection, made when it is new; the configured one without",
}
_BODY = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "anyOf": [{"required": ["file"]}, {"required": ["url"]}],
                "properties": {
                    "file": {
                        "type": "array",
                        "items": {"type": "string", "format": "binary"},
                        "description": "one file or several",
                    },
                    "url": _URL,
                    "collection": _COLLECTION,
                },
            }
        },
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["url"],
                "properties": {"url": _URL, "collection": _COLLECTION},
            }
        },
    },
}


@router.post(
    "/v1/documents",
    status_code=202,
    openapi_extra={"requestBody": _BODY},
    responses={202: {"model": JobsReply}, **ERRORS},
)
async def upload(request: Request, house: InHouse, caller: ByCaller) -> JSONResponse:
    """Put files, or a web page, on the shelf. They are kept when this returns; `/v1/jobs/ID` says when they are found.

    A file of the same name, or a page of the same address, takes the place of the one before. A page is fetched before
    anything is kept: where that fails, nothing of the request is.
    """
    # Rights come before the body: nobody fills the disk who may not upload anything.
    house.may(caller, Verb.UPLOAD)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json":
        named = await _named(request)
        collection = house.collection(caller, Verb.UPLOAD, _name(named.get("collection")))
        jobs = [await _page(house, named.get("url"), collection)]
        return await _accepted(house, caller, jobs)
    async with request.form(max_files=MOST_FILES, max_fields=10) as form:
        collection = house.collection(caller, Verb.UPLOAD, _name(form.get("collection")))
        files = [item for item in form.getlist("file") if isinstance(item, UploadFile)]
        if not files and "url" not in form:
            message = "file or url: send at least one, as multipart/form-data; or url alone as application/json"
            raise ApiError(400, "invalid_request", message, "file")
        jobs = [await _page(house, form.get("url"), collection)] if "url" in form else []
        for file in files:
            data = await file.read()
            jobs.append(await house.read(partial(house.uploads.add, file.filename or "unnamed", data, collection)))
    return await _accepted(house, caller, jobs)


async def _accepted(house: House, caller: Caller | None, jobs: list[Job]) -> JSONResponse:
    house.metrics.jobs_waiting.set(await house.read(house.uploads.waiting))
    return JSONResponse({"version": 1, "jobs": [_job(house, caller, job) for job in jobs]}, 202)


async def _named(request: Request) -> dict[str, Any]:
    """The body as a JSON object, read up to MOST_JSON bytes. Raises ApiError."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_JSON:
            raise ApiError(413, "too_large", f"at most {MOST_JSON} bytes are taken as JSON: send files as form data")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise ApiError(400, "invalid_request", "the body is no JSON object") from None
    if not isinstance(found, dict):
        raise ApiError(400, "invalid_request", "the body is no JSON object")
    return found


async def _page(house: House, address: object, collection: str) -> Job:
    """The job of a web page that was fetched now. Raises ApiError where it is refused or cannot be had."""
    if not isinstance(address, str) or not is_url(address.strip()):
        raise ApiError(400, "invalid_request", "url: give one web address, https://host/path", "url")
    try:
        return await house.fetch(partial(house.uploads.fetch, address, collection))
    except UrlRefused as exc:
        raise ApiError(400, "address_refused", str(exc), "url") from exc
    except IngestError as exc:
        raise ApiError(400, "address_unreadable", str(exc), "url") from exc


@router.get("/v1/jobs", responses={200: {"model": JobsReply}, **ERRORS})
async def jobs(house: InHouse, caller: ByCaller) -> JSONResponse:
    """The uploads of the collections that this key may write, newest first."""
    house.may(caller, Verb.FOLLOW)
    found = await house.read(house.uploads.queue.items)
    shown = [_job(house, caller, job) for job in reversed(found) if allowed(caller, Verb.FOLLOW, job.collection)]
    return JSONResponse({"version": 1, "jobs": shown})


@router.get("/v1/jobs/{job}", responses={200: {"model": JobReply}, **ERRORS})
async def job(
    job: Annotated[int, Path(ge=1, le=2**62, description="as the upload gave it")], house: InHouse, caller: ByCaller
) -> JSONResponse:
    """How far one file is: waiting, working, done (with the document's id) or failed (with a reason)."""
    house.may(caller, Verb.FOLLOW)
    found = await house.read(lambda: house.uploads.get(job))
    if found is None or not allowed(caller, Verb.FOLLOW, found.collection):
        raise ApiError(404, "job_not_found", f"no job {job}: what is done is told for a day", "job")
    return JSONResponse({"version": 1, **_job(house, caller, found)})


def _name(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > 256 or not value.isprintable() or not value.strip():
        raise ApiError(400, "invalid_request", "collection: 1 to 256 characters that can be seen", "collection")
    return value


def _job(house: House, caller: Caller | None, job: Job) -> dict[str, Any]:
    result = dict(job.result)
    if "path" in result:  # what was queued on the server has a path of the server
        result["path"] = shown_path(caller, str(result["path"]))
    progress = house.uploads.ingestion.progress.get(job.collection) if job.state == "working" else None
    return {
        "id": str(job.id),
        "collection": job.collection,
        "path": job.path.rstrip("/").rsplit("/", 1)[-1],
        "status": job.state,
        "progress": {"texts": progress.texts, "texts_total": progress.texts_total} if progress else {},
        "attempts": job.attempts,
        "code": job.code,
        "reason": job.reason,
        "result": result,
    }
