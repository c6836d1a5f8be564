"""After a deletion nothing of the document is found, in neither leg, also where the process was killed on the way."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from functools import partial
from itertools import islice, product
from pathlib import Path

from app.mending import problems_of
from bench.torture.child import COLLECTION, Fault, inject
from bench.torture.forks import forked
from bench.torture.outcome import Outcome
from bench.torture.shelves import fill, make_pages, opened
from models.fakes import HashEmbedder

DOCUMENTS = 5
KILLS = (
    "", "catalogue:before commit", "catalogue:after commit", "keyword:before", "keyword:after", "dense:before publish",
    "dense:after publish", "file:before rename", "file:after rename", "file:before folder sync", "folder:after sync",
)  # fmt: skip


def deletions(work: Path, chance: random.Random, *, blows: int = 33) -> Iterator[Outcome]:
    """Each step as the place of the kill, "" for none, for each of several documents."""
    files, whole = work / "文件", work / "whole"
    make_pages(files, DOCUMENTS)
    forked(partial(fill, whole, files)).wanted()
    for number, step in islice(product(range(DOCUMENTS), KILLS), blows):
        folder = work / "struck"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(whole, folder)
        path = str(files / f"页 {number}.md")
        ended = forked(partial(_delete, folder, path, step))
        after = forked(partial(_left, folder, path))
        wrong = ended.error or after.error or after.result
        yield Outcome(f"{path[-8:]} at {step or 'no kill'}", wrong, "killed" if ended.killed else "not struck")


def _delete(folder: Path, path: str, step: str) -> None:
    with opened(folder) as library:
        shelf = library.shelf()
        shelf.follow()
        inject(Fault(step, 1), library.catalogue)
        library.delete_document(path)


def _left(folder: Path, path: str) -> str:
    """What is wrong: part of the document is found, or after another deletion any of it."""
    with opened(folder) as library:
        there = library.shelf().read.source_at(path)
        if problems := problems_of(library, COLLECTION):
            return "; ".join(problems)
        if there:  # killed before the commit: all of it is there, and it can be deleted again
            counts = _hits(folder, there.document_id)
            if min(counts) == 0:
                return f"it is in the library, and found {counts} times by the two legs"
            library.delete_document(path)
            gone = there.document_id
        else:
            gone = ""
        held = {card.id for card in library.shelf().read.cards()}
        found = {chunk for leg in _found(folder) for chunk in leg}
        if gone in found or not found <= held:
            return "something of it is still found"
    return ""


def _hits(folder: Path, document: str) -> list[int]:
    return [leg.count(document) for leg in _found(folder)]


def _found(folder: Path) -> list[list[str]]:
    """The documents of all hits, by the dense and by the keyword leg; a key that nothing is at is a phantom."""
    with opened(folder) as library:
        shelf = library.shelf()
        vector = HashEmbedder().embed_queries(["内容 声明"])[0]
        told = []
        for hits in (shelf.search_dense(vector, 999), shelf.search_keyword("内容 声明", 999)):
            located = shelf.located([key for key, _ in hits])
            told.append([located[key].chunk.document_id if key in located else "phantom" for key, _ in hits])
        return told
