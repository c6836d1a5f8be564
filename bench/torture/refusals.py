"""Every n-th write, fsync and rename refused, until a run meets no refusal: the disk is full, or broken.

The refusals come from below everything (`refusing_disk.c`, preloaded), so they meet SQLite, tantivy and Python alike.
EIO strikes once, ENOSPC stays until the process ends. What is struck is a life of a library: documents come in, one is
deleted, the indexes are built anew.
"""

from __future__ import annotations

import ctypes
import errno
import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from bench.torture.child import COLLECTION, open_parts
from bench.torture.forks import forked
from bench.torture.kills import make_files
from bench.torture.outcome import Outcome
from bench.torture.state import QUESTIONS, state_hash, struck_state
from ingest.files import discover
from models.fakes import HashEmbedder
from store.catalogue import Catalogue
from store.errors import StoreError
from store.shelf import Shelf

DOCUMENTS = 3
REFUSALS = ((errno.EIO, False), (errno.ENOSPC, True))


def build(work: Path) -> Path:
    """The library that refuses, compiled. Raises FileNotFoundError without a C compiler."""
    made = work / "refusing_disk.so"
    source = Path(__file__).with_name("refusing_disk.c")
    work.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", str(source), "-o", str(made), "-ldl"], check=True)
    return made


def live(files: Path, folder: Path) -> None:
    """Everything that writes: come in, be deleted, be built anew. Doing it again ends in the same state."""
    catalogue, shelf, run = open_parts(folder)
    try:
        _ingest(files, run)
        gone = str(files / "0001.txt")
        source = shelf.read.source_at(gone)
        catalogue.remove_source(shelf.collection, gone)
        shelf.follow(publish=True)
        if source:
            run.release(source.document_id)
        catalogue.forget()
        shelf.rebuild()  # publishes again
        run.originals.sweep(catalogue.document_ids())  # type: ignore[attr-defined]
    finally:
        catalogue.close()


def refusals(work: Path, chance: random.Random, *, step: int = 1) -> Iterator[Outcome]:
    """Each ``step``-th call refused, once as EIO and once as ENOSPC; at the end the run that met no refusal."""
    files = work / "文件"
    make_files(files, DOCUMENTS)
    forked(partial(live, files, work / "whole")).wanted()
    whole = forked(partial(state_hash, work / "whole")).wanted()
    for number, stays in REFUSALS:
        name = errno.errorcode[number]
        place, met = chance.randint(1, step), True
        while met:
            ended = forked(partial(_struck, files, work / "struck", (place, number, stays)))
            met, what, wrong = ended.result or (True, "", "")
            wrong = ended.error or wrong or _after(files, work / "struck", whole)
            if met:
                yield Outcome(f"{name} at call {place}: {what}", wrong)
            else:
                yield Outcome(f"{name}: nothing met beyond call {place}", wrong, f"{name} up to call {place - step}")
            place += step


def _struck(files: Path, folder: Path, refusal: tuple[int, int, bool]) -> tuple[bool, str, str]:
    """Live once with a refusal: whether it was met, where, and what was wrong with how it was borne."""
    shutil.rmtree(folder, ignore_errors=True)
    place, number, stays = refusal
    disk, wrong = ctypes.CDLL(None), ""
    disk.torture_struck.restype = ctypes.c_char_p
    disk.torture_arm(os.fsencode(folder), ctypes.c_long(place), number, int(stays))
    try:
        live(files, folder)
    except (StoreError, OSError):
        pass
    except Exception as exc:  # noqa: BLE001  # anything else than an error that says what happened
        wrong = f"{type(exc).__name__}: {str(exc)[:300]}"
    what = disk.torture_struck().decode()
    if what and not stays and not wrong:  # the same process goes on
        wrong = _goes_on(files, folder)
    disk.torture_disarm()
    return bool(what), what, wrong


def _goes_on(files: Path, folder: Path) -> str:
    try:
        live(files, folder)
    except Exception as exc:  # noqa: BLE001  # nothing is refused any more
        return f"it did not go on: {type(exc).__name__}: {str(exc)[:300]}"
    return ""


def _after(files: Path, folder: Path, whole: str) -> str:
    """A new process: it opens, answers from what was published, and completes."""

    def look_and_go_on() -> str:
        struck_state(folder)
        _answers(folder)
        live(files, folder)
        return state_hash(folder)

    ended = forked(look_and_go_on)
    return ended.error or ("" if ended.result == whole else "another state than the undisturbed run")


def _answers(folder: Path) -> None:
    if not (folder / "catalogue.sqlite").exists():
        return
    catalogue = Catalogue(folder / "catalogue.sqlite")
    for made in catalogue.collections():
        if made.name == COLLECTION:
            shelf = Shelf(catalogue, made, folder / "index" / str(made.id))
            for question in QUESTIONS:
                shelf.search_dense(HashEmbedder().embed_queries([question])[0], 5)
                shelf.search_keyword(question, 5)
    catalogue.close()


def _ingest(files: Path, run: object) -> None:
    list(run.run(discover([files]), retry=True))  # type: ignore[attr-defined]
