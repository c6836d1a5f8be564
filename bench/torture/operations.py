"""Mixed operations on a library against a model in memory: ingest, change, move, delete, sync, reopen, rebuild, switch.

After every operation the sources are those of the model, and every few both legs find exactly what the model holds.
"""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.torture.child import COLLECTION, PlainParser, open_parts
from bench.torture.kills import Outcome
from ingest.folder import list_folder
from ingest.limits import Limits
from ingest.pipeline import Ingestion
from ingest.reindex import bring_up
from ingest.sync import plan, run
from store.generations import Generations
from store.shelf import Shelf

NAMES = ("甲.txt", "e\u0301 b.txt", "子/丙.txt", "😀.txt", "a%b_c.txt", "深/更深/x.txt")
WORDS = ("长江的源头", "黄河的入海口", "珠江 delta", "winter harbour", "GB/T5972 缆索", "harbour 的冬天", "!坏的")
LIFE = 60  # operations before a fresh library


class Life:
    """A folder of files, the library that follows it, and ``held``: relative path → text, the model of the library."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        self.folder, self.files, self.chance = folder, folder / "文件", chance
        self.files.mkdir(parents=True)
        self.catalogue, self.shelf, self.ingestion = open_parts(folder)
        self.held: dict[str, str] = {}
        self.age = 1_000_000_000

    def write(self) -> None:
        """A new or changed file, not yet in the library."""
        path = self.files / self.chance.choice(NAMES)
        path.parent.mkdir(parents=True, exist_ok=True)
        parts = self.chance.sample(WORDS, self.chance.randint(1, 3))
        path.write_text("\n\n".join(parts), encoding="utf-8")
        self.age += 1  # every write has a time of its own, long ago
        os.utime(path, (self.age, self.age))

    def move(self) -> None:
        """A file gets another name, perhaps that of another file."""
        there = [path for path in self.files.rglob("*.txt")]
        if there:
            new = self.files / self.chance.choice(NAMES)
            new.parent.mkdir(parents=True, exist_ok=True)
            self.chance.choice(there).replace(new)

    def unlink(self) -> None:
        """A file goes."""
        there = [path for path in self.files.rglob("*.txt")]
        if there:
            self.chance.choice(there).unlink()

    def sync(self) -> None:
        """The library follows the folder: the model is what the folder holds, without what is refused."""
        read = self.shelf.read
        made = plan(
            list_folder(self.files),
            read.sources(),
            read.failures(),
            most_bytes=Limits().file_bytes,
            now=time.time(),
        )
        list(run(made, self.ingestion))
        before, self.held = self.held, {}
        for path in self.files.rglob("*.txt"):
            name, text = path.relative_to(self.files).as_posix(), path.read_text(encoding="utf-8")
            if not text.startswith("!"):
                self.held[name] = text
            elif name in before:
                self.held[name] = before[name]  # what a path held stays when its new content is refused

    def delete(self) -> None:
        """A path is taken out of the library and the folder."""
        if self.held:
            name = self.chance.choice(sorted(self.held))
            self.catalogue.remove_source(self.shelf.collection, str(self.files / name))
            (self.files / name).unlink(missing_ok=True)
            del self.held[name]

    def reopen(self) -> None:
        """Another process."""
        self.catalogue.close()
        self.catalogue, self.shelf, self.ingestion = open_parts(self.folder)

    def rebuild(self) -> None:
        """The indexes from the catalogue."""
        self.shelf.rebuild()

    def switch(self) -> None:
        """Another generation, from the originals."""
        live, beside = self.shelf.collection, Generations(self.catalogue)
        previous = beside.beside(COLLECTION, "previous")
        if previous:
            self.catalogue.remove_collection(previous)
        twin = beside.begin(
            COLLECTION, embedder=live.embedder, dimension=live.dimension, chunker=live.chunker
        )  # fmt: skip
        old = self.ingestion
        shelf = Shelf(self.catalogue, twin, self.folder / f"index-{twin.id}")
        build = Ingestion(self.catalogue, shelf, old.originals, old.embedder, PlainParser(), chunker=old.chunker)
        list(bring_up(self.shelf.read, build, old.originals))  # type: ignore[arg-type]
        if not beside.switch(live, twin):
            raise AssertionError("the two generations differ")
        shutil.rmtree(self.folder / "index", ignore_errors=True)  # the next life of the folder is the new generation's
        self.reopen()

    def check(self, *, whole: bool) -> str:
        """What differs from the model; "" when nothing does."""
        found = {os.path.relpath(path, self.files): one for path, one in self.shelf.read.sources().items()}
        if set(found) != set(self.held):
            return f"paths {sorted(found)} instead of {sorted(self.held)}"
        if whole:
            wrong = self.shelf.disagreements()
            if wrong:
                return "; ".join(wrong)
            texts = {self.shelf.read.document(one.document_id).text for one in found.values()}
            if texts != set(self.held.values()):
                return "other texts than those of the files"
        return ""


def lives(folder: Path, chance: random.Random) -> Iterator[Outcome]:
    """Operations without an end, a fresh library every LIFE of them."""
    number = 0
    while True:
        number += 1
        life = Life(folder, chance)
        weighed: dict[Callable[[], None], int] = {life.write: 9, life.move: 3, life.unlink: 2, life.sync: 8}
        weighed |= {life.delete: 1, life.reopen: 1, life.rebuild: 1, life.switch: 1}
        for count in range(LIFE):
            (step,) = chance.choices([*weighed], [*weighed.values()])
            try:
                step()
                wrong = life.check(whole=count % 10 == 9)
            except Exception as exc:  # noqa: BLE001 - an operation that fails is what is looked for
                wrong = f"{type(exc).__name__}: {exc}"
            yield Outcome(f"life {number}, operation {count}: {step.__name__}", wrong)
            if wrong:
                break
        life.catalogue.close()
