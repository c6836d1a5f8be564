"""Mixed operations on a library against a model in memory.

Ingest, change, move, delete, sync, reopen, rebuild, switch, roll back, search, crash. After every operation the sources
are those of the model, every few the whole library is looked at. Names of files and collections: all of Unicode.
"""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from bench.torture.child import STEPS, Fault, PlainParser, inject, open_parts
from bench.torture.forks import Running, forked
from bench.torture.names import collection_name, file_name
from bench.torture.outcome import Outcome
from ingest.files import discover, file_at
from ingest.folder import list_folder
from ingest.limits import Limits
from ingest.pipeline import Ingestion
from ingest.reindex import bring_up
from ingest.sync import plan, run
from store.analyzer import analyze
from store.asking import question_terms
from store.generations import Generations
from store.shelf import Shelf

WORDS = ("长江的源头", "黄河的入海口", "珠江 delta", "winter harbour", "GB/T5972 缆索", "harbour 的冬天", "!坏的")
FILES = 7  # names of one life
LIFE = 50  # operations before a fresh library


class Life:
    """A folder of files, the library that follows it, and ``held``: path in the library → text, the model of it."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self.folder, self.files, self.chance = folder, folder / "文件", chance
        self.files.mkdir(parents=True)
        self.name, self.names = collection_name(chance), [file_name(chance) for _ in range(FILES)]
        self.held: dict[str, str] = {}
        self.age = 1_000_000_000
        self._open()

    def _open(self) -> None:
        self.catalogue, self.shelf, self.ingestion = open_parts(self.folder, self.name)

    def _there(self) -> list[Path]:
        return sorted(path for path in self.files.rglob("*.txt") if path.is_file())

    def _place(self) -> Path:
        """A path for a file; another where a file stands in the way of its folder, or a folder in its own."""
        path = self.files / self.chance.choice(self.names)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            return self.files / "frei.txt"
        return path if not path.is_dir() else self.files / "frei.txt"

    def write(self) -> Path:
        """A new or changed file, not yet in the library."""
        path = self._place()
        path.write_text("\n\n".join(self.chance.sample(WORDS, self.chance.randint(1, 3))), encoding="utf-8")
        self.age += 1  # every write has a time of its own, long ago
        os.utime(path, (self.age, self.age))
        return path

    def ingest(self) -> None:
        """One file comes in, or is replaced, without a look at the rest of the folder."""
        path = self.write()
        list(self.ingestion.run(discover([path]), retry=True))
        self._now_holds(path)

    def _now_holds(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        if not text.startswith("!"):  # what a path held stays when its new content is refused
            self.held[file_at(path).path] = text

    def move(self) -> None:
        """A file gets another name, perhaps that of another file."""
        there = self._there()
        if there:
            self.chance.choice(there).replace(self._place())

    def unlink(self) -> None:
        """A file goes."""
        there = self._there()
        if there:
            self.chance.choice(there).unlink()

    def sync(self) -> None:
        """The library follows the folder: the model is what the folder holds, without what is refused."""
        self._sync()
        before, self.held = self.held, {}
        for path in self._there():
            known = file_at(path).path
            if known in before:
                self.held[known] = before[known]
            self._now_holds(path)

    def _sync(self) -> None:
        read = self.shelf.read
        listing = list_folder(self.files)
        made = plan(listing, read.sources(), read.failures(), most_bytes=Limits().file_bytes, now=time.time())
        list(run(made, self.ingestion))

    def crash(self) -> None:
        """Another process syncs and is killed on the way; whatever it did, the next sync completes it."""
        self.catalogue.close()
        step, number = self.chance.choice(STEPS), self.chance.randint(1, 3)
        Running(partial(self._sync_and_die, step, number)).kill_after(self.chance.choice((0.05, 0.2, 20.0)))
        self._open()
        self.shelf.follow()
        self.sync()

    def _sync_and_die(self, step: str, number: int) -> None:
        self._open()
        inject(Fault(step, number), self.catalogue)
        self._sync()

    def delete(self) -> None:
        """A path is taken out of the library and the folder."""
        there = {file_at(path).path: path for path in self._there()}
        both = sorted(self.held.keys() & there.keys())
        if both:
            known = self.chance.choice(both)
            self.catalogue.remove_source(self.shelf.collection, known)
            there[known].unlink()
            del self.held[known]

    def reopen(self) -> None:
        """Another process."""
        self.catalogue.close()
        self._open()

    def rebuild(self) -> None:
        """The indexes from the catalogue."""
        self.shelf.rebuild()

    def switch(self) -> None:
        """Another generation, from the originals."""
        live, beside = self.shelf.collection, Generations(self.catalogue)
        previous = beside.beside(self.name, "previous")
        if previous:
            self.catalogue.remove_collection(previous)
        parts = {"embedder": live.embedder, "dimension": live.dimension, "chunker": live.chunker}
        self._answer_from(beside.begin(self.name, **parts))  # type: ignore[arg-type]

    def roll_back(self) -> None:
        """The generation that answered before, brought up to date."""
        previous = Generations(self.catalogue).beside(self.name, "previous")
        if previous:
            self._answer_from(previous)

    def _answer_from(self, twin: object) -> None:
        old = self.ingestion
        shelf = Shelf(self.catalogue, twin, self.folder / "index" / str(twin.id))  # type: ignore[attr-defined,arg-type]
        build = Ingestion(self.catalogue, shelf, old.originals, old.embedder, PlainParser(), chunker=old.chunker)
        list(bring_up(self.shelf.read, build, old.originals))  # type: ignore[arg-type]
        if not Generations(self.catalogue).switch(self.shelf.collection, twin):  # type: ignore[arg-type]
            raise AssertionError("the two generations differ")
        self.reopen()

    def search(self) -> None:
        """Both legs find exactly what the model says."""
        question = self.chance.choice(WORDS)
        texts = set(self.held.values())
        wanted = {text for text in texts if question_terms(question).keys() & set(analyze(text))}
        vector = self.ingestion.embedder.embed_queries([question])[0]
        legs = (("keyword", self.shelf.search_keyword(question, 999), wanted),)
        for leg, hits, expected in (*legs, ("dense", self.shelf.search_dense(vector, 999), texts)):
            located = self.shelf.located([key for key, _ in hits])
            found = {self.shelf.read.document(one.chunk.document_id).text for one in located.values()}
            if found != expected or len(located) != len(hits):
                raise AssertionError(f"{leg}: {question!r} found {sorted(found)} instead of {sorted(expected)}")

    def check(self, *, whole: bool) -> str:
        """What differs from the model; "" when nothing does."""
        found = self.shelf.read.sources()
        if set(found) != set(self.held):
            return f"paths {sorted(found)} instead of {sorted(self.held)}"
        if whole:
            wrong = self.shelf.disagreements()
            if wrong:
                return "; ".join(wrong)
            texts = {path: self.shelf.read.document(one.document_id).text for path, one in found.items()}
            if texts != self.held:
                return "other texts than those of the files"
        return ""


def lives(work: Path, chance: random.Random, *, blows: int = 10_000) -> Iterator[Outcome]:
    """Operations, a fresh library every LIFE of them."""
    for number in range(max(1, blows // LIFE)):
        folder = work / "life"
        ended = forked(partial(_life, folder, random.Random(chance.random()), number))
        shutil.rmtree(os.fsencode(folder), ignore_errors=True)
        yield from ended.wanted()


def _life(folder: Path, chance: random.Random, number: int) -> list[Outcome]:
    life, told = Life(folder, chance), []
    weighed: dict[Callable[[], object], int] = {life.write: 7, life.ingest: 4, life.move: 3, life.unlink: 2}
    weighed |= {life.sync: 8, life.search: 6, life.delete: 2, life.reopen: 1, life.rebuild: 1, life.crash: 2}
    weighed |= {life.switch: 1, life.roll_back: 1}
    for count in range(LIFE):
        (step,) = chance.choices([*weighed], [*weighed.values()])
        try:
            step()
            wrong = life.check(whole=count % 10 == 9)
        except Exception as exc:  # noqa: BLE001  # an operation that fails is what is looked for
            wrong = f"{type(exc).__name__}: {exc}"
        told.append(Outcome(f"life {number}, operation {count}: {step.__name__}", wrong))
        if wrong:
            break
    life.catalogue.close()
    return told
