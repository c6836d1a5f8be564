"""/v1/documents: what is on the shelf. Uploads are in ``app.api.jobs``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.responses import JSONResponse

from app.api.house import ByCaller, House, InHouse
from app.api.rights import Caller, Verb
from app.api.shapes import ERRORS, DocumentReply, DocumentsReply, PassagesReply, TextReply
from app.rights import allowed
from store.errors import UnknownDocument
from store.rows import DocumentCard

router = APIRouter(tags=["documents"])
MOST_CHARACTERS = 200_000
MOST_ROWS = 1000

CollectionQuery = Annotated[
    str | None, Query(min_length=1, max_length=256, description="the collection; the configured one without")
]
DocumentId = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="the document's id, as hits and lists give it")]
Limit = Annotated[int, Query(ge=1, le=MOST_ROWS, description="how many at most")]
Offset = Annotated[int, Query(ge=0, le=2**31, description="how many to leave out before")]


@router.get("/v1/documents", responses={200: {"model": DocumentsReply}, **ERRORS})
async def documents(
    house: InHouse, caller: ByCaller, collection: CollectionQuery = None, limit: Limit = 100, offset: Offset = 0
) -> JSONResponse:
    """The documents of a collection, oldest first."""
    name = house.collection(caller, Verb.LIST, collection)
    cards = await house.read(lambda: house.library.shelf(name).read.cards())
    shown = [_card(card, caller) for card in cards[offset : offset + limit]]
    return JSONResponse({"version": 1, "collection": name, "total": len(cards), "documents": shown})


@router.get("/v1/documents/{document}", responses={200: {"model": DocumentReply}, **ERRORS})
async def document(
    document: DocumentId, house: InHouse, caller: ByCaller, collection: CollectionQuery = None
) -> JSONResponse:
    """One document without its text."""
    name = house.collection(caller, Verb.LIST, collection)
    cards = await house.read(lambda: house.library.shelf(name).read.cards())
    found = next((card for card in cards if card.id == document), None)
    if found is None:
        raise UnknownDocument(document)
    return JSONResponse({"version": 1, "collection": name, **_card(found, caller)})


@router.get("/v1/documents/{document}/text", responses={200: {"model": TextReply}, **ERRORS})
async def text(
    document: DocumentId,
    house: InHouse,
    caller: ByCaller,
    collection: CollectionQuery = None,
    start: Annotated[int, Query(ge=0, le=2**31, description="first character")] = 0,
    end: Annotated[int | None, Query(ge=0, le=2**31, description="the character after the last one")] = None,
) -> JSONResponse:
    """The text that all spans index, whole or a part of it: characters `start` to `end`."""
    name = house.collection(caller, Verb.READ, collection)
    read = await house.read(lambda: house.library.shelf(name).read.document(document).text)
    start = min(start, len(read))
    last = max(start, min(len(read) if end is None else end, len(read), start + MOST_CHARACTERS))
    body = {"start": start, "end": last, "characters": len(read), "text": read[start:last]}
    return JSONResponse({"version": 1, "document": document, **body})


@router.get("/v1/documents/{document}/passages", responses={200: {"model": PassagesReply}, **ERRORS})
async def passages(
    document: DocumentId,
    house: InHouse,
    caller: ByCaller,
    collection: CollectionQuery = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> JSONResponse:
    """How the document was cut, in reading order."""
    name = house.collection(caller, Verb.READ, collection)

    def chunks() -> list[dict[str, Any]]:
        read = house.library.shelf(name).read
        read.document(document)  # raises for one that is not there; a document without passages is none
        return [asdict(chunk) for chunk in read.chunks(document)]

    found = await house.read(chunks)
    shown = found[offset : offset + limit]
    return JSONResponse({"version": 1, "document": document, "total": len(found), "passages": shown})


@router.delete("/v1/documents/{document}", responses={200: {"description": "what was deleted"}, **ERRORS})
async def delete(
    document: DocumentId, house: InHouse, caller: ByCaller, collection: CollectionQuery = None
) -> JSONResponse:
    """Take a document out of the collection, with every path that holds it. It is gone with the response."""
    name = house.collection(caller, Verb.DELETE, collection)
    gone = await house.read(lambda: _delete(house, document, name))
    told = {"collection": name, "document": gone.title, "paths": [shown_path(caller, path) for path in gone.paths]}
    return JSONResponse({"version": 1, "deleted": told})


def _delete(house: House, document: str, collection: str) -> Any:
    house.library.shelf(collection).read.document(document)
    return house.library.delete_document(document, collection)


def shown_path(caller: Caller | None, path: str) -> str:
    """A path as this caller may see it: folders of the server are for administrators, others see the file's name."""
    if allowed(caller, Verb.FOLDERS):
        return path
    return path.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]


def _card(card: DocumentCard, caller: Caller | None) -> dict[str, Any]:
    return {**asdict(card), "paths": [shown_path(caller, path) for path in card.paths]}
