"""/v1/search: the best passages for a question, without an answer."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse

from app.api.documents import shown_path
from app.api.filter_request import FilterWish
from app.api.house import ByCaller, InHouse
from app.api.rights import Verb
from app.api.shapes import ERRORS, SearchReply
from app.payloads import search_payload
from store.filters import NO_FILTERS

router = APIRouter(tags=["search"])
MOST_PASSAGES = 100


class SearchRequest(BaseModel):
    """A question, and how it is searched."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"question": "付款期限", "k": 5}]})
    question: Annotated[str, Field(max_length=8000, description="in Chinese or English")]
    collection: Annotated[str | None, Field(min_length=1, max_length=256, description="the configured one without")] = (
        None
    )
    k: Annotated[int, Field(ge=1, le=MOST_PASSAGES, description="how many passages")] = 10
    mode: Annotated[Literal["hybrid", "dense", "keyword"], Field(description="both indexes, or one of them alone")] = (
        "hybrid"
    )
    filters: Annotated[FilterWish | None, Field(description="search a part of the collection")] = None


@router.post("/v1/search", responses={200: {"model": SearchReply}, **ERRORS})
async def search(body: SearchRequest, house: InHouse, caller: ByCaller) -> JSONResponse:
    """The best passages, best first, with the rank and score that every stage gave them."""
    collection = house.collection(caller, Verb.SEARCH, body.collection)
    filters = body.filters.filters() if body.filters else NO_FILTERS
    ask = partial(house.library.search, body.question, collection, k=body.k, mode=body.mode, filters=filters)
    found = await house.read(ask)
    house.metrics.stages(found.trace.seconds)
    payload: dict[str, Any] = search_payload(found)
    for hit in payload["hits"]:
        hit["path"] = shown_path(caller, hit["path"])
    return JSONResponse({**payload, "collection": collection})
