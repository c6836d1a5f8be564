"""Uploads and what becomes of them: POST /v1/documents, /v1/jobs."""

from __future__ import annotations

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
from store.jobs import Job

router = APIRouter(tags=["documents"])
MOST_FILES = 100
_FORM = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {
                    "file": {
                        "type": "array",
                        "items": {"type": "string", "format": "binary"},
                        "description": "one file or several",
                    },
                    "collection": {
                        "type": "string",
                        "description": "the collection, made when it is new; the configured one without",
                    },
                },
            }
        }
    },
}


@router.post(
    "/v1/documents",
    status_code=202,
    openapi_extra={"requestBody": _FORM},
    responses={202: {"model": JobsReply}, **ERRORS},
)
async def upload(request: Request, house: InHouse, caller: ByCaller) -> JSONResponse:
    """Put files on the shelf. They are kept when this returns; `/v1/jobs/ID` says when they can be searched.

    A file of the same name takes the place of the one before.
    """
    # Rights come before the body: nobody fills the disk who may not upload anything.
    house.may(caller, Verb.UPLOAD)
    async with request.form(max_files=MOST_FILES, max_fields=10) as form:
        named = form.get("collection")
        collection = house.collection(caller, Verb.UPLOAD, _name(named))
        files = [item for item in form.getlist("file") if isinstance(item, UploadFile)]
        if not files:
            raise ApiError(400, "invalid_request", "file: send at least one, as multipart/form-data", "file")
        jobs = []
        for file in files:
            data = await file.read()
            jobs.append(await house.read(partial(house.uploads.add, file.filename or "unnamed", data, collection)))
    house.metrics.jobs_waiting.set(await house.read(house.uploads.waiting))
    return JSONResponse({"version": 1, "jobs": [_job(house, caller, job) for job in jobs]}, 202)


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
        "path": job.path.rsplit("/", 1)[-1],
        "status": job.state,
        "progress": {"texts": progress.texts, "texts_total": progress.texts_total} if progress else {},
        "attempts": job.attempts,
        "code": job.code,
        "reason": job.reason,
        "result": result,
    }
