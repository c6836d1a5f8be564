"""One question on its way: a blocking answer in a thread, its events here, and nobody left waiting for nothing.

The reader's leaving, an error of the connection and the end of the server all end in ``Meter.stop``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from starlette.requests import Request

from app.api.errors import ApiError
from app.api.house import MOST_WAITING, House
from app.api.kept_answers import Given
from app.api.metering import Meter, Stopped
from app.api.rights import Caller
from app.api_chats import keep_asked
from app.error_words import error_text
from app.telemetry import observe
from generation.types import EXTRACTIVE, Answer, Event, Finished
from generation.wording import say
from models.catalogue import UnknownModel
from models.types import Message, ModelError
from retrieval.search import cleaned
from store.errors import StoreError
from store.filters import NO_FILTERS, Filters
from store.language import language_of

log = logging.getLogger(__name__)
QUIET_SECONDS = 10.0  # after so long without an event the reader is told that there is still somebody


@dataclass(slots=True)
class Asked:
    """A question, and what is said about its answer beside what the answer says itself."""

    question: str
    collection: str
    history: Sequence[Message] = ()
    filters: Filters = NO_FILTERS
    extractive: bool = False
    max_tokens: int | None = None
    meter: Meter = field(default_factory=Meter)
    notices: list[str] = field(default_factory=list)


async def prepare(house: House, asked: Asked) -> None:
    """Find out what would go wrong before the response begins, while it still can have a status of its own.

    Raises what a search raises, and ApiError 429 when too many wait already.
    """
    if house.waiting >= MOST_WAITING:
        message = f"{MOST_WAITING} questions wait already: try again in a while"
        raise ApiError(429, "overloaded", message, headers={"Retry-After": "30"})
    cleaned(asked.question)
    await house.read(lambda: _look(house, asked))
    if not asked.extractive:
        await house.read(lambda: _choose(house, asked))


def _look(house: House, asked: Asked) -> None:
    shelf = house.library.retriever(asked.collection).shelf
    shelf.follow()
    shelf.allowed(asked.filters)


def _choose(house: House, asked: Asked) -> None:
    """Where the chat model cannot even be opened, the answer is quoted and says why."""
    try:
        if house.library.chat() is None:
            asked.extractive = True
    except (ModelError, UnknownModel) as error:
        asked.extractive = True
        language, reason = language_of(asked.question), " ".join(str(error).split())[:200]
        asked.notices.append(say("model_failed", language, reason=error_text(reason, language)))


async def events(house: House, asked: Asked) -> AsyncGenerator[Event | None, None]:
    """What ``Library.ask`` yields, and None for every while in which nothing happened.

    Closing the iterator, or cancelling who waits for it, stops the answer.
    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[Event | Exception | None] = asyncio.Queue()

    def put(item: Event | Exception | None) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(queue.put_nowait, item)

    if not asked.extractive:
        async with aclosing(_slot(house)) as waiting:
            async for _ in waiting:
                yield None
    working = loop.run_in_executor(house.answering, _write, house, asked, put)
    if not asked.extractive:
        working.add_done_callback(lambda _: house.slots.release())
    house.metrics.writing.inc()
    try:
        while True:
            try:
                item = await asyncio.wait_for(queue.get(), QUIET_SECONDS)
            except TimeoutError:
                yield None
                continue
            if item is None:
                return
            if isinstance(item, Exception):
                raise item
            yield item
    finally:
        asked.meter.stop()
        house.metrics.writing.dec()


async def finished(request: Request, house: House, asked: Asked) -> Finished | None:
    """The end of the answer; None when the reader left before it."""
    reading = asyncio.create_task(_last(house, asked))
    leaving = asyncio.create_task(gone(request))
    try:
        await asyncio.wait({reading, leaving}, return_when=asyncio.FIRST_COMPLETED)
        return reading.result() if reading.done() else None
    finally:
        for task in (reading, leaving):
            task.cancel()
        await asyncio.gather(reading, leaving, return_exceptions=True)


async def keep(house: House, asked: Asked, caller: Caller | None, identity: str, answer: Answer) -> tuple[int, int]:
    """Keep a finished answer for a while, and count it; the tokens that the model read and wrote."""
    usage = await house.read(asked.meter.tokens)
    model = EXTRACTIVE if asked.extractive else house.library.settings.model
    house.metrics.answer(answer, model, *usage)
    notices = tuple(asked.notices)
    house.answers.keep(Given(identity, asked.collection, caller.id if caller else "", answer, notices))
    observe(house.library.settings, answer, face="api")
    if house.library.settings.keep_chats == "all":
        await house.read(lambda: _keep_chat(house, asked, caller, answer))
    return usage


def _keep_chat(house: House, asked: Asked, caller: Caller | None, answer: Answer) -> None:
    """The caller has the answer already, so a library that cannot keep it costs a line of the log and no more."""
    try:
        keep_asked(
            house.library,
            caller.owner if caller else "",
            asked.collection,
            asked.question,
            answer,
            history=asked.history,
            filters=asked.filters,
            model=EXTRACTIVE if asked.extractive else "",
        )
    except StoreError as error:
        log.warning("a question is not kept: %s", error)


async def gone(request: Request) -> None:
    """Return when the reader has left. The request's body must have been read."""
    while (await request.receive())["type"] != "http.disconnect":
        continue


async def _last(house: House, asked: Asked) -> Finished | None:
    last = None
    async with aclosing(events(house, asked)) as stream:
        async for event in stream:
            if isinstance(event, Finished):
                last = event
    return last


async def _slot(house: House) -> AsyncGenerator[None, None]:
    """Wait for the chat model, in the order of asking; yields None for every while. The slot is held at the end."""
    taking = asyncio.create_task(house.slots.acquire())
    taken = False
    house.wait(1)
    try:
        while not (await asyncio.wait({taking}, timeout=QUIET_SECONDS))[0]:
            yield None
        taken = True
    finally:
        house.wait(-1)
        if not taken and not taking.cancel() and not taking.cancelled():
            house.slots.release()  # it was ours in the very moment in which the reader left


def _write(house: House, asked: Asked, put: Callable[[Event | Exception | None], None]) -> None:
    """In a thread: ask, and hand over every event until the reader has left."""
    try:
        asked.meter.check()
        stream = house.library.ask(
            asked.question,
            asked.collection,
            model=EXTRACTIVE if asked.extractive else None,
            filters=asked.filters,
            history=asked.history,
            max_tokens=asked.max_tokens,
            through=asked.meter.through,
        )
        try:
            for event in stream:
                asked.meter.check()
                put(event)
        finally:
            close = getattr(stream, "close", None)
            if close is not None:
                close()
    except Stopped:
        house.metrics.cancelled()
    except Exception as error:  # noqa: BLE001 - handed to the one who waits, who raises it
        house.metrics.failed()
        put(error)
    finally:
        put(None)
