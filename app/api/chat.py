"""/v1/models and /v1/chat/completions: a collection is the model, an answer is a completion."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from app.api.asking import Asked, events, finished, keep, prepare
from app.api.chat_reply import DONE, KEEP_ALIVE, Reply, correction, ours, reason, refusal, sent, told_plainly
from app.api.chat_request import ChatRequest
from app.api.errors import ApiError, translated
from app.api.house import DEFAULT, ByCaller, House, InHouse
from app.api.observe import log_defect
from app.api.rights import Caller, Verb
from app.api.shapes import ERRORS, Completion, Models
from generation.types import EXTRACTIVE, Finished, TextDelta
from store.filters import NO_FILTERS

router = APIRouter(tags=["chat"])
ANSWER_HEADER = "X-Shujia-Answer"  # the answer's id, for clients that show headers but no fields of ours (LangChain)


@router.get("/v1/models", responses={200: {"model": Models}, **ERRORS})
async def models(house: InHouse, caller: ByCaller) -> JSONResponse:
    """The collections that this key may ask, as models; `shujia` is the configured one."""
    names = house.collections(caller)
    default = [DEFAULT] if house.library.settings.collection in names and DEFAULT not in names else []
    data = [{"id": name, "object": "model", "created": 0, "owned_by": "shujia"} for name in default + names]
    return JSONResponse({"object": "list", "data": data})


@router.get("/v1/models/{model:path}", responses={200: {"description": "the model"}, **ERRORS})
async def one_model(model: str, house: InHouse, caller: ByCaller) -> JSONResponse:
    """One collection as a model."""
    house.collection(caller, Verb.LIST, model)
    return JSONResponse({"id": model, "object": "model", "created": 0, "owned_by": "shujia"})


@router.post("/v1/chat/completions", responses={200: {"model": Completion}, **ERRORS})
async def chat(body: ChatRequest, request: Request, house: InHouse, caller: ByCaller) -> Response:
    """Ask a collection. The answer rests on its documents alone; every sentence is checked against what it cites.

    The text carries markers `[n]`; the field `shujia` holds the citations they stand for, the verdict of every
    sentence, notices, and the time of each stage. In a stream the text is sent as the model writes it, so before it is
    checked; if the check changes it, the checked text follows in the same stream, and the last chunk (with the
    `finish_reason`) has the field `shujia`. If the chat model fails, the documents are quoted and a notice says why.
    Ending the request stops the writing.
    """
    collection = house.collection(caller, Verb.ASK, body.model)
    asked = Asked(
        question=body.question,
        collection=collection,
        history=body.history,
        filters=body.shujia.filters.filters() if body.shujia.filters else NO_FILTERS,
        extractive=body.shujia.answer == EXTRACTIVE,
        max_tokens=body.longest,
    )
    await prepare(house, asked)
    reply = Reply(body.model)
    teller = _Teller(house, asked, reply, caller, request.headers.get("accept-language", ""))
    headers = {ANSWER_HEADER: reply.id}
    if body.stream:
        # Nginx would collect the stream otherwise.
        headers["X-Accel-Buffering"] = "no"
        return StreamingResponse(_stream(body, teller), media_type="text/event-stream", headers=headers)
    end = await finished(request, house, asked)
    if end is None:
        return Response(status_code=499)  # nobody is there to read it
    usage = await teller.keep(end)
    return JSONResponse(reply.whole(asked, end.answer, usage), headers=headers)


@dataclass(frozen=True, slots=True)
class _Teller:
    """What a reply is made of."""

    house: House
    asked: Asked
    reply: Reply
    caller: Caller | None
    accepted: str  # languages, as the request names them

    async def keep(self, end: Finished) -> tuple[int, int]:
        """Keep and count the answer; its tokens, read and written."""
        return await keep(self.house, self.asked, self.caller, self.reply.id, end.answer)


async def _stream(body: ChatRequest, teller: _Teller) -> AsyncIterator[bytes]:
    reply, asked = teller.reply, teller.asked
    yield reply.chunk({"role": "assistant", "content": ""})
    written = ""
    try:
        async with aclosing(events(teller.house, asked)) as stream:
            async for event in stream:
                if event is None:
                    yield KEEP_ALIVE
                elif isinstance(event, TextDelta) and not body.shujia.checked_only:
                    written += event.text
                    yield reply.chunk({"content": event.text})
                elif isinstance(event, Finished):
                    async for piece in _end(body, teller, written, event):
                        yield piece
    except Exception as error:  # noqa: BLE001 - told to the reader, and logged; the status went out long ago
        known = translated(error)
        if known is None:
            log_defect(error, reply.id)
            known = ApiError(500, "internal_error", f"the server failed; its log has more under {reply.id}")
        yield sent(known.body(teller.accepted))
    yield DONE


async def _end(body: ChatRequest, teller: _Teller, written: str, end: Finished) -> AsyncIterator[bytes]:
    """What follows the text: what the check changed, the named events, the last chunk, the usage."""
    reply, asked, answer = teller.reply, teller.asked, end.answer
    more = correction(written, answer) if written else told_plainly(answer)
    if more:
        yield reply.chunk({"content": more})
    if body.shujia.events:
        for named in reply.named_events(asked, answer):
            yield named
    usage = await teller.keep(end)
    told: dict[str, Any] = ours(asked, answer)
    last = {"refusal": refusal(answer)} if answer.refused else {}
    yield reply.chunk(last, reason(answer), shujia=told)
    if body.stream_options and body.stream_options.include_usage:
        yield reply.usage_chunk(usage)
