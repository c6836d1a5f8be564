"""What every route is given: the open library, who may use it, and the threads that blocking work runs in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Annotated, TypeVar

from fastapi import Depends, Request

from app.api.errors import ApiError
from app.api.kept_answers import KeptAnswers
from app.api.limits import Buckets
from app.api.metrics import Metrics
from app.api.rights import LOCAL, Caller, Verb, allow, hidden, seen
from app.api.uploads import Uploads
from app.rights import AUDITED, caller_of_key
from app.wiring import Library
from store.api_keys import ApiKeys
from store.audit import Audit
from store.people_rights import Rights

T = TypeVar("T")
DEFAULT = "shujia"  # the model name that stands for the configured collection
ENDPOINT_ANSWERS = 16  # answers at once where a model server batches them; the embedded model writes one at a time
MOST_WAITING = 64  # questions that wait for the model; more are refused rather than kept for minutes
_READERS = 8
_FETCHERS = 4  # web pages at once: each may take a minute, and searches must not wait for them


class House:
    """The parts of one server. ``loopback``: only this machine can reach it, so it is open while it has no key."""

    def __init__(self, library: Library, *, loopback: bool) -> None:
        self.library = library
        self.loopback = loopback
        self.keys = ApiKeys(library.catalogue.engine)
        self.rights = Rights(library.catalogue.engine)
        self.audit = Audit(library.catalogue.engine)
        self.open = loopback and library.settings.login == "none"
        self.metrics = Metrics()
        self.answers = KeptAnswers()
        self.buckets = Buckets(library.settings.api_rate)
        self.uploads = Uploads(library, self.metrics)
        # Pools of their own: a search waits neither behind an answer that is being written nor behind a web page.
        self.reading = ThreadPoolExecutor(_READERS, "read")
        self.fetching = ThreadPoolExecutor(_FETCHERS, "fetch")
        self.answering = ThreadPoolExecutor(ENDPOINT_ANSWERS * 2, "answer")
        self.waiting = 0  # questions that wait for the chat model
        self.checked: tuple[float, dict[str, str]] = (float("-inf"), {})  # when /ready looked last, and what it saw

    @cached_property
    def slots(self) -> asyncio.Semaphore:
        """How many answers the chat model writes at once."""
        return asyncio.Semaphore(ENDPOINT_ANSWERS if self.library.settings.model_url else 1)

    def wait(self, change: int) -> None:
        """One more, or one less, waits for the chat model."""
        self.waiting += change
        self.metrics.waiting.set(self.waiting)

    def close(self) -> None:
        """End the threads; the library itself is closed by whoever opened it."""
        self.uploads.close()
        for pool in (self.reading, self.fetching, self.answering):
            pool.shutdown(wait=True, cancel_futures=True)

    def caller(self, secret: str | None) -> Caller | None:
        """Who has this key; the local user without one where the server is open; else None."""
        if secret is not None:
            key = self.keys.find(secret)
            return caller_of_key(key, self.rights.held(key.person) if key.person else None) if key else None
        return LOCAL if self.open and not self.keys.any() else None

    def collections(self, caller: Caller | None, verb: Verb = Verb.LIST) -> list[str]:
        """The names of the collections that the caller may do this to. Raises ApiError."""
        return seen(caller, [collection.name for collection in self.library.catalogue.collections()], verb)

    def collection(self, caller: Caller | None, verb: Verb, name: str | None) -> str:
        """The name of the collection that a request means, if the caller may do this to it.

        None and ``shujia`` mean the configured one, unless a collection is called so. Raises ApiError, alike for a
        collection that is not there and one that is not the caller's.
        """
        known = {collection.name for collection in self.library.catalogue.collections()}
        meant = self.library.settings.collection if name is None or (name == DEFAULT and name not in known) else name
        try:
            allow(caller, verb, meant)
        except ApiError as error:
            self._note(caller, verb, meant, error.code)
            if error.status != 404:
                raise
            raise hidden(name or DEFAULT) from None
        if meant not in known and verb is not Verb.UPLOAD:
            self._note(caller, verb, meant, "model_not_found")
            raise hidden(name or DEFAULT)
        self._note(caller, verb, meant, "allowed")
        return meant

    def may(self, caller: Caller | None, verb: Verb) -> Caller:
        """The caller, if it may do this to no collection in particular. Raises ApiError."""
        try:
            return allow(caller, verb)
        except ApiError as error:
            self._note(caller, verb, "", error.code)
            raise

    def _note(self, caller: Caller | None, verb: Verb, collection: str, outcome: str) -> None:
        """Into the audit log, who is known; strangers could push everything else out of it."""
        if caller is not None and caller is not LOCAL and (verb in AUDITED or outcome != "allowed"):
            who = f"{caller.name}, key {caller.id}" if caller.name else f"key {caller.id}"
            self.audit.note(who, verb, collection, outcome)

    async def read(self, work: Callable[[], T]) -> T:
        """Run a blocking read in a thread of its own."""
        return await asyncio.get_running_loop().run_in_executor(self.reading, work)

    async def fetch(self, work: Callable[[], T]) -> T:
        """Run something that waits for another server in a thread of its own."""
        return await asyncio.get_running_loop().run_in_executor(self.fetching, work)


def _house(request: Request) -> House:
    house = request.app.state.house
    assert isinstance(house, House)  # noqa: S101 - set by create_app
    return house


def _caller(request: Request) -> Caller | None:
    caller = request.scope.get("state", {}).get("caller")
    return caller if isinstance(caller, Caller) else None


InHouse = Annotated[House, Depends(_house)]
ByCaller = Annotated[Caller | None, Depends(_caller)]
