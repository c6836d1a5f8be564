"""Flipped and cut bytes in every file of a library: noticed, and never a wrong answer."""

from __future__ import annotations

import random
import shutil
from collections import defaultdict
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from bench.torture.child import COLLECTION
from bench.torture.kills import Outcome
from bench.torture.state import QUESTIONS
from models.fakes import HashEmbedder
from store.catalogue import Catalogue
from store.errors import StoreError
from store.shelf import Shelf

Answers = list[list[tuple[str, str, float]]]


def damages(whole: Path, work: Path, chance: random.Random) -> Iterator[Outcome]:
    """Without an end: damage one file of a copy of ``whole``, open it, compare every answer.

    Right is: the same answers (the index was rebuilt, or the byte meant nothing), or a StoreError that names damage.
    An answer that differs is wrong. Originals are not read by answers; they are compared with their names.
    """
    base = Path(shutil.copytree(whole, work / "base"))
    wanted = answers(base, rebuild=True)  # BM25 counts what was deleted until it is merged away or built anew
    kinds = defaultdict(list)
    for path in sorted(path.relative_to(base) for path in base.rglob("*") if path.is_file() and path.stat().st_size):
        kinds[path.parts[0] if path.parts[0] != "index" else path.name.split("-")[0][:5]].append(path)
    for number in count():
        # Never the same folder twice: a keyword index that could not be written may still be letting go of its files.
        shutil.rmtree(work / f"damaged-{number - 1}", ignore_errors=True)
        folder = Path(shutil.copytree(base, work / f"damaged-{number}"))
        file = chance.choice(kinds[chance.choice(sorted(kinds))])
        where = f"{file}: {_damage(folder / file, chance)}"
        try:
            found = answers(folder)
        except StoreError:
            yield Outcome(where, "")
            continue
        except Exception as exc:  # noqa: BLE001 - anything else than our own error is what is looked for
            yield Outcome(where, f"{type(exc).__name__}: {exc}")
            continue
        yield Outcome(where, "" if found == wanted else "another answer, and no error")


def answers(folder: Path, *, rebuild: bool = False) -> Answers:
    """What both legs answer: chunk, text and score of every hit."""
    catalogue, embedder = Catalogue(folder / "catalogue.sqlite"), HashEmbedder()
    try:
        shelf = Shelf(catalogue, catalogue.collection(COLLECTION), folder / "index")
        if rebuild:
            shelf.rebuild()
        found = []
        for question in QUESTIONS:
            vector = embedder.embed_queries([question])[0]
            for hits in (shelf.search_dense(vector, 50), shelf.search_keyword(question, 50)):
                located = shelf.located([key for key, _ in hits])
                told = [(located[key].chunk.id, located[key].chunk.text, round(score, 4)) for key, score in hits]
                found.append(sorted(told, key=lambda hit: (-hit[2], hit[0])))
        return found
    finally:
        catalogue.close()


def _damage(file: Path, chance: random.Random) -> str:
    data = bytearray(file.read_bytes())
    if chance.random() < 0.25:
        keep = chance.randrange(len(data))
        file.write_bytes(data[:keep])
        return f"cut at {keep} of {len(data)}"
    place = chance.randrange(len(data))
    data[place] ^= 1 << chance.randrange(8)
    file.write_bytes(data)
    return f"a bit of byte {place} of {len(data)}"
