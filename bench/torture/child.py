"""One run of an ingest which may be killed or refused at a named step.

The models are fakes; the catalogue, the indexes, the originals and the pipeline are the real ones.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from concurrent.futures import Future
from functools import wraps
from pathlib import Path
from typing import Any

from sqlalchemy import event

import ingest.pipeline
import store.changelog
import store.dense_index
import store.files
import store.originals
import store.shelf
from ingest.chunkers import Chunker
from ingest.errors import IngestError, UnreadableFile
from ingest.files import discover
from ingest.pipeline import Ingestion
from ingest.types import Block, BlockKind, Parsed
from models.fakes import HashEmbedder
from store.catalogue import Catalogue
from store.keyword_index import KeywordIndex
from store.originals import Originals
from store.shelf import Shelf

COLLECTION = "文档"
STEPS = (
    "original:before", "original:after", "catalogue:before commit", "catalogue:after commit", "catalogue:rollback",
    "keyword:before", "keyword:after", "dense:before publish", "dense:after publish", "file:before write",
    "file:before rename", "file:after rename", "file:before folder sync", "folder:after sync", "log:before fold",
    "log:after fold", "release:before", "release:after",
)  # fmt: skip
"""Every step between two states on disk; what is not reached in a run is told."""


class Fault:
    """Counts how often each step is reached; kills this process at the ``number``-th time it comes to ``step``."""

    def __init__(self, step: str = "", number: int = 0) -> None:
        self.step, self.number = step, number
        self.reached: dict[str, int] = dict.fromkeys(STEPS, 0)

    def __call__(self, step: str) -> None:
        """Come to a step."""
        self.reached[step] += 1
        if step == self.step and self.reached[step] == self.number:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, owner: Any, name: str, before: str, after: str) -> None:
        """Come to ``before`` and ``after`` with every call of a function."""
        real: Callable[..., Any] = getattr(owner, name)

        @wraps(real)
        def call(*arguments: Any, **options: Any) -> Any:
            if before:
                self(before)
            result = real(*arguments, **options)
            if after:
                self(after)
            return result

        setattr(owner, name, call)


class PlainParser:
    """Reads UTF-8 paragraphs in this process; a text that begins with ``!`` is refused."""

    def submit(self, data: bytes, name: str) -> Future[Parsed]:
        """What was read, at once."""
        future: Future[Parsed] = Future()
        text = data.decode()
        if text.startswith("!"):
            error: IngestError = UnreadableFile(text[1:])
            future.set_exception(error)
        else:
            parts = [part.strip() for part in text.split("\n\n") if part.strip()]
            future.set_result(Parsed("txt", None, tuple(Block(BlockKind.PARAGRAPH, part) for part in parts)))
        return future


def inject(fault: Fault, catalogue: Catalogue) -> None:
    """Put the fault into every step."""
    fault.around(Originals, "put", "original:before", "original:after")
    fault.around(KeywordIndex, "_write", "keyword:before", "keyword:after")
    fault.around(store.dense_index.DenseIndex, "publish", "dense:before publish", "dense:after publish")
    fault.around(store.shelf, "fold", "log:before fold", "log:after fold")
    fault.around(Ingestion, "release", "release:before", "release:after")
    for module in (store.dense_index, store.originals):
        fault.around(module, "replace_file", "file:before write", "")
    fault.around(os, "replace", "file:before rename", "file:after rename")
    fault.around(store.files, "sync_folder", "file:before folder sync", "folder:after sync")
    event.listen(catalogue.engine, "commit", lambda _: fault("catalogue:before commit"))
    event.listen(catalogue.engine, "rollback", lambda _: fault("catalogue:rollback"))
    fault.around(Catalogue, "put", "", "catalogue:after commit")


def open_parts(folder: Path, collection: str = COLLECTION, budget: int = 40) -> tuple[Catalogue, Shelf, Ingestion]:
    """The library in ``folder`` with fake models; chunks of ``budget`` tokens."""
    ingest.pipeline.AHEAD, ingest.pipeline.BATCH_TEXTS = 2, 8
    store.changelog.FOLD_FROM = 40
    catalogue, embedder = Catalogue(folder / "catalogue.sqlite"), HashEmbedder()
    cut = Chunker("recursive", budget)
    made = catalogue.ensure_collection(
        collection, embedder=embedder.name, dimension=embedder.dimension, chunker=cut.version
    )
    shelf = Shelf(catalogue, made, folder / "index" / str(made.id))
    return catalogue, shelf, Ingestion(
        catalogue, shelf, Originals(folder / "originals"), embedder, PlainParser(), chunker=cut
    )  # fmt: skip


def take_in(files: Path, folder: Path, every: int = 1, step: str = "", number: int = 0) -> dict[str, int]:
    """Ingest a folder, publishing after every ``every``-th file; how often each step was reached.

    With ``step`` the process kills itself at the ``number``-th time it comes there.
    """
    fault = Fault(step, number)
    catalogue, shelf, run = open_parts(folder)
    inject(fault, catalogue)
    for count, _ in enumerate(run.run(discover([files]), retry=True)):
        if count % every == 0:
            shelf.follow(publish=True)  # often, so that faults meet the publication too
    catalogue.close()
    return fault.reached
