# ruff: noqa: S608, E501  # statements are our own constants; one injection a line
"""Inconsistencies put into a library by hand: `fsck` has to find each, `fsck --repair` to bring back what was."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from app.mending import mend, problems_of
from bench.torture.child import COLLECTION
from bench.torture.forks import forked
from bench.torture.outcome import Outcome
from bench.torture.shelves import fill, make_pages, opened
from bench.torture.state import state_hash
from store.dense_index import DenseIndex
from store.keyword_index import KeywordIndex
from store.reading import Delta, Reader
from store.rows import pack_vector

Injection = Callable[[Path, random.Random], None]
DOCUMENTS = 6


def sql(*statements: str) -> Injection:
    """Statements on the catalogue's file, past all of its rules; ``{n}`` is a random number, the same in all."""

    def inject(folder: Path, chance: random.Random) -> None:
        number = chance.randrange(1000)
        with closing(sqlite3.connect(folder / "catalogue.sqlite", isolation_level=None)) as raw:
            raw.create_function("another", 1, lambda data: _another(chance, data))
            changed = 0
            for statement in statements:
                changed += max(0, raw.execute(statement.replace("{n}", str(number))).rowcount)
            if not changed:
                raise RuntimeError(f"nothing was changed by {statements}")

    return inject


def _another(chance: random.Random, data: bytes) -> bytes:
    vector = np.random.default_rng(chance.randrange(1 << 30)).normal(size=len(data) // 2).astype(np.float32)
    return pack_vector(vector / np.linalg.norm(vector))


def _pick(table: str, key: str) -> str:
    return f"{key} = (SELECT {key} FROM {table} ORDER BY {key} LIMIT 1 OFFSET {{n}} % (SELECT count(*) FROM {table}))"


CHUNK, VECTOR = _pick("chunk", "key"), _pick("vector", "text_id")
# A document that one path holds alone: a copy has another path that still says what it was.
ALONE = (
    "key = (SELECT document_key FROM source GROUP BY document_key HAVING count(*) = 1 ORDER BY document_key "
    f"LIMIT 1 OFFSET {{n}} % {DOCUMENTS - 2})"
)
OF_IT = ALONE.replace("key =", "document_key =", 1)


def dense(change: Callable[[DenseIndex, Reader, random.Random], None]) -> Injection:
    """Change what the dense index holds and publish it with right checksums."""

    def inject(folder: Path, chance: random.Random) -> None:
        with opened(folder) as library:
            shelf = library.shelf()
            index = DenseIndex(shelf.folder, embedder="hash-64", dimension=64)
            if not index.load():
                raise RuntimeError("there is no dense index")
            change(index, shelf.read, chance)
            index.publish()

    return inject


def _less(index: DenseIndex, read: Reader, chance: random.Random) -> None:
    key = chance.choice(index.keys().tolist())
    index.apply(Delta(index.sequence, (), (key,), len(index) - 1), read)


def _other_vectors(index: DenseIndex, read: Reader, chance: random.Random) -> None:
    first, second = chance.sample(index.keys().tolist(), 2)
    rows = index.vectors([first, second])
    index._body.drop(np.array([first, second]))
    index._body._index.add_with_ids(-rows, np.array([second, first], np.int64))  # type: ignore[union-attr]


def keyword(change: Callable[[KeywordIndex, random.Random], None]) -> Injection:
    """Change what the keyword index holds, in a commit of its own."""

    def inject(folder: Path, chance: random.Random) -> None:
        with opened(folder) as library:
            index = KeywordIndex(library.shelf().folder)
            if not index.load():
                raise RuntimeError("there is no keyword index")
            change(index, chance)

    return inject


def original(*, gone: bool, source: bool) -> Injection:
    """An original that is missing or damaged; ``source`` is whether the file it came from is still there."""

    def inject(folder: Path, chance: random.Random) -> None:
        with opened(folder) as library:
            held = sorted(library.shelf().read.sources().values(), key=lambda one: one.path)
            one = chance.choice(held[: DOCUMENTS - 2])
            path = library.originals.path(one.document_id)
        if gone:
            path.unlink()
        else:
            data = bytearray(path.read_bytes())
            data[chance.randrange(len(data))] ^= 4
            path.write_bytes(data)
        if not source:
            Path(one.path).rename(Path(one.path).with_suffix(".away"))

    return inject


INJECTIONS: dict[str, tuple[Injection, bool]] = {  # and whether what was can be brought back
    "a chunk is gone": (sql(f"DELETE FROM chunk WHERE {CHUNK}"), True),
    "all chunks of a document are gone": (sql(f"DELETE FROM chunk WHERE {OF_IT}"), True),
    "a chunk says something else": (sql(f"UPDATE chunk SET text = replace(text, '声明', '否认') || '。' WHERE {CHUNK}"), True),
    "a span has moved": (sql(f"UPDATE chunk SET start = start + 1, \"end\" = \"end\" + 1 WHERE {CHUNK}"), True),
    "a chunk is on another page": (sql(f"UPDATE chunk SET page = 99 WHERE {CHUNK}"), True),
    "chunks have changed places": (sql(f"UPDATE chunk SET ordinal = ordinal + 100 WHERE {CHUNK}"), True),
    "a chunk names another text": (sql(f"UPDATE chunk SET text_id = 'ff' || text_id WHERE {CHUNK}"), True),
    "a vector is gone": (sql(f"DELETE FROM vector WHERE {VECTOR}"), True),
    "a vector is zero": (sql(f"UPDATE vector SET data = zeroblob(length(data)) WHERE {VECTOR}"), True),
    "a vector is another": (sql(f"UPDATE vector SET data = another(data) WHERE {VECTOR}"), True),
    "a vector that nobody needs": (sql("INSERT INTO vector SELECT 'x' || text_id, embedder, data FROM vector"), True),
    "a title has changed": (sql(f"UPDATE document SET title = title || '!' WHERE {ALONE}"), True),
    "a text has changed": (sql(f"UPDATE document SET text = '改' || substr(text, 2) WHERE {ALONE}"), True),
    "a document's row is gone": (sql(f"DELETE FROM document WHERE {ALONE}"), True),
    "a card has changed": (sql("UPDATE card SET content = replace(content, '\"tables\": 0', '\"tables\": 7')"), True),
    "a path is gone": (sql(f"DELETE FROM source WHERE {OF_IT}"), False),
    "the change log has a gap": (sql("DELETE FROM change WHERE sequence % 3 = 1"), True),
    "the change log lies": (sql("UPDATE change SET added = 1 - added WHERE sequence % 4 = 2"), True),
    "the dense index lacks a chunk": (dense(_less), True),
    "the dense index holds other vectors": (dense(_other_vectors), True),
    "the keyword index lacks a chunk": (keyword(lambda index, chance: index.write([_key(index, chance)], [], index.sequence)), True),
    "the keyword index holds a dead chunk": (
        keyword(lambda index, _: index.write([], [(99_999, "幽灵 声明")], index.sequence)), True),
    "the keyword index holds another text": (
        keyword(lambda index, chance: _reword(index, _key(index, chance))), True),
    "an original is gone": (original(gone=True, source=True), True),
    "an original is damaged": (original(gone=False, source=True), True),
    "an original and its file are gone": (original(gone=True, source=False), False),
    "an original is damaged, its file gone": (original(gone=False, source=False), False),
}  # fmt: skip


def _key(index: KeywordIndex, chance: random.Random) -> int:
    return chance.choice(index.keys())


def _reword(index: KeywordIndex, key: int) -> None:
    index.write([key], [(key, "完全 不同 的 词")], index.sequence)


def breakages(work: Path, chance: random.Random, *, blows: int = 100) -> Iterator[Outcome]:
    """Each injection in turn, on a fresh copy of one library."""
    files, whole = work / "文件", work / "whole"
    make_pages(files, DOCUMENTS)
    forked(partial(fill, whole, files)).wanted()
    wanted = forked(partial(state_hash, whole, COLLECTION)).wanted()
    for name, (inject, mendable) in islice(cycle(INJECTIONS.items()), blows):
        folder = work / "broken"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(whole, folder)
        made = forked(partial(inject, folder, random.Random(chance.random())))
        ended = forked(partial(_mended, folder))
        after = forked(partial(state_hash, folder, COLLECTION))
        for away in files.glob("*.away"):
            away.rename(away.with_suffix(".md"))
        found, lost = ended.result or ([], [])
        wrong = made.error or ended.error
        if not wrong and not found and after.result != wanted:
            wrong = "fsck found nothing"
        if not wrong and mendable and after.result != wanted:
            wrong = f"not as it was: {after.error[-300:] or 'another state'}; said: {lost}"
        if not wrong and not mendable and not lost:
            wrong = "what cannot be brought back was not said"
        noted = "; ".join(found)[:200] or "mended when it was opened"
        yield Outcome(name, wrong, noted if not lost else f"{noted} → {lost[0]}")


def _mended(folder: Path) -> tuple[list[str], list[str]]:
    """What fsck finds, and what its repair cannot bring back."""
    with opened(folder) as library:
        found = problems_of(library, COLLECTION)
        lost = mend(library, COLLECTION) if found else []
        left = problems_of(library, COLLECTION)
        if left and not lost:
            raise RuntimeError(f"still wrong after the repair: {left}")
        return found, lost
