"""Flipped and cut bytes in every file of a library and in its backups: noticed, and never a wrong answer."""

from __future__ import annotations

import random
import shutil
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from app.mending import problems_of
from bench.torture.child import COLLECTION
from bench.torture.forks import forked
from bench.torture.outcome import Outcome
from bench.torture.shelves import fill, make_pages, opened
from bench.torture.state import QUESTIONS, library_state
from models.fakes import HashEmbedder
from store.backup import check_backup, write_backup
from store.bundle_read import read_bundle
from store.bundle_write import write_bundle
from store.errors import StoreError

Answers = list[list[tuple[str, str, float]]]
CARDS = 6  # documents
ZIPS = "a byte of the zip's own: every part was compared with its checksum"
BACKUP, BUNDLE = "backup.zip", "collection.zip"


def damages(work: Path, chance: random.Random, *, blows: int = 500) -> Iterator[Outcome]:
    """Damage one file of a copy, open it, compare every answer, then ask fsck, or the check of the backup.

    Right is: the same answers and the same state, or an error or a finding of fsck that names damage. Wrong is an
    answer that differs, a foreign exception, or a changed state that nothing has noticed.
    """
    files, base = work / "文件", work / "base"
    make_pages(files, CARDS)
    forked(partial(_prepare, base, files)).wanted()
    wanted = forked(partial(answers, base)).wanted()
    whole = forked(partial(_state, base)).wanted()
    kinds = defaultdict(list)
    for path in sorted(path.relative_to(base) for path in base.rglob("*") if path.is_file() and path.stat().st_size):
        kinds[path.parts[0] if path.parts[0] != "index" else path.name.split("-")[0][:5]].append(path)
    counts: dict[str, int] = defaultdict(int)
    for number in range(blows):
        folder = Path(shutil.copytree(base, work / f"damaged-{number}"))
        file = chance.choice(kinds[chance.choice(sorted(kinds))])
        where = f"{file}: {_damage(folder / file, chance)}"
        ended = forked(partial(_noticed, folder, file, (wanted, whole)))
        how, wrong = ended.result or ("", "")
        shutil.rmtree(folder, ignore_errors=True)
        counts[how] += 1
        yield Outcome(where, ended.error or wrong, f"{how}: {counts[how]}")


def answers(folder: Path) -> Answers:
    """What both legs answer: chunk, text and score of every hit."""
    with opened(folder) as library:
        shelf, embedder, found = library.shelf(), HashEmbedder(), []
        for question in QUESTIONS:
            vector = embedder.embed_queries([question])[0]
            for hits in (shelf.search_dense(vector, 50), shelf.search_keyword(question, 50)):
                located = shelf.located([key for key, _ in hits])
                told = [(located[key].chunk.id, located[key].chunk.text, round(score, 4)) for key, score in hits]
                found.append(sorted(told, key=lambda hit: (-hit[2], hit[0])))
        return found


def _prepare(base: Path, files: Path) -> None:
    fill(base, files)
    with opened(base) as library:
        library.shelf().rebuild()  # BM25 counts what was deleted until it is merged away or built anew
        write_backup(base / BACKUP, library.catalogue, library.originals)
        write_bundle(base / BUNDLE, library.shelf().read, library.originals)
        library.catalogue.forget()


def _noticed(folder: Path, file: Path, whole: tuple[Answers, object]) -> tuple[str, str]:
    """How the damage was noticed, and what was wrong, "" for nothing."""
    try:
        if file.name == BACKUP:
            check_backup(folder / file)
            return ZIPS, ""
        if file.name == BUNDLE:
            with opened(folder) as library:
                read_bundle(folder / file, library.catalogue, library.originals, "copy")
            return ZIPS, ""
        if answers(folder) != whole[0]:
            return "", "another answer, and no error"
        with opened(folder) as library:
            if problems_of(library, COLLECTION):
                return "fsck", ""
    except StoreError:
        return "refused", ""
    same = _state(folder) == whole[1]
    return ("mended, or the byte meant nothing", "") if same else ("", "another state, and nothing has noticed")


def _state(folder: Path) -> object:
    return library_state(folder)


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
