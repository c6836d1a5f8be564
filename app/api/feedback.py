"""/v1/answers and /v1/feedback: an answer once more, and what its reader says about it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse

from app.answer_feedback import Judgment, keep
from app.api.documents import shown_path
from app.api.errors import ApiError
from app.api.house import ByCaller, House, InHouse
from app.api.kept_answers import Given, no_answer
from app.api.rights import Caller, Verb
from app.api.shapes import ERRORS, Checked, RatedReply
from app.payloads import answer_payload
from store.errors import UnknownDocument

router = APIRouter(tags=["answers"])
AnswerId = Annotated[str, Field(min_length=1, max_length=64, description="the `id` of the chat completion")]


class FeedbackRequest(BaseModel):
    """What a reader says about an answer; said again, it takes the place of what was said before."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"id": "chatcmpl-…", "rating": "up"}]})
    id: AnswerId
    rating: Annotated[Literal["up", "down"] | None, Field(description="null takes back what was said")]
    reason: Annotated[
        Literal["", "wrong", "incomplete", "citation", "missed", "language", "other"],
        Field(description="why it was rated down"),
    ] = ""
    comment: Annotated[str, Field(max_length=4000, description="in the reader's own words")] = ""
    corrected: Annotated[
        int | None, Field(ge=1, le=1000, description="the number of the passage that would have been right")
    ] = None


@router.get("/v1/answers/{answer}", responses={200: {"model": Checked}, **ERRORS})
async def answer(
    answer: Annotated[str, Path(min_length=1, max_length=64, description="the `id` of the chat completion")],
    house: InHouse,
    caller: ByCaller,
) -> JSONResponse:
    """An answer once more with everything about it, for clients that drop fields they do not know.

    Kept for a day, until the server ends, for the key that asked. Gone when a document it rests on is deleted.
    """
    given = await house.read(lambda: _given(house, caller, Verb.READ, answer))
    payload = answer_payload(given.answer)
    for passage in payload["passages"]:
        passage["path"] = shown_path(caller, passage["path"])
    told = {"notices": [*given.notices, *given.answer.notices], "answered_by": payload.pop("model")}
    return JSONResponse({**payload, **told, "id": given.id, "collection": given.collection})


@router.post("/v1/feedback", responses={200: {"model": RatedReply}, **ERRORS})
async def feedback(body: FeedbackRequest, house: InHouse, caller: ByCaller) -> JSONResponse:
    """Rate an answer, say why, name the passage that would have been right. Read by `shujia eval feedback`."""
    given = await house.read(lambda: _given(house, caller, Verb.RATE, body.id))
    numbers = {passage.number for passage in given.answer.context.passages}
    if body.corrected is not None and body.corrected not in numbers:
        raise ApiError(400, "invalid_request", f"corrected: the answer saw no passage {body.corrected}", "corrected")
    said = Judgment(
        rating=body.rating,
        reason=body.reason,
        comment=body.comment,
        corrected=body.corrected or 0,
        id=given.judgment.id,
        created_at=given.judgment.created_at,
    )
    await house.read(lambda: keep(house.library, given.collection, given.answer, said))
    return JSONResponse({"version": 1, "id": given.id, "rating": body.rating})


def _given(house: House, caller: Caller | None, verb: Verb, identity: str) -> Given:
    """The answer, if the caller may still see its collection and all its documents are still there."""
    given = house.answers.get(identity, house.may(caller, verb).id)
    try:
        house.collection(caller, verb, given.collection)
    except ApiError as error:
        raise no_answer(identity) if error.status == 404 else error from None
    read = house.library.shelf(given.collection).read
    for document in {passage.chunk.document_id for passage in given.answer.context.passages}:
        try:
            read.document(document)
        except UnknownDocument:
            message = "a document that this answer rests on has left the collection, and the answer with it"
            raise ApiError(404, "answer_not_found", message, "id") from None
    return given
