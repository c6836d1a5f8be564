"""A library as its users have it (`app.wiring`), with a fake embedder."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.settings import Settings
from app.wiring import Library
from bench.torture.child import COLLECTION
from ingest.files import discover
from models.fakes import HashEmbedder


@contextmanager
def opened(folder: Path) -> Iterator[Library]:
    """The library in ``folder``."""
    settings = Settings(library=folder, collection=COLLECTION, workers=1, chunk_tokens=40)
    with Library(settings) as library:
        library.__dict__["embedder"] = HashEmbedder()
        yield library


def fill(folder: Path, files: Path) -> None:
    """Take a folder of files in."""
    with opened(folder) as library:
        failed = [result for result in library.ingest(discover([files])) if result.status == "failed"]
        if failed:
            raise RuntimeError(f"{failed[0].path}: {failed[0].reason}")
        library.shelf().follow(publish=True)
        library.catalogue.forget()


def make_pages(folder: Path, count: int) -> None:
    """Markdown files of several passages, two of them with the same content."""
    folder.mkdir(parents=True)
    for n in range(count):
        source = n - 1 if n == count - 1 else n
        parts = [
            f"# 第 {source} 章",
            *(f"内容 {source}-{p}，" + f"编号{source * 31 + p}的声明。" * 6 for p in range(4)),
        ]
        (folder / f"页 {n}.md").write_text("\n\n".join(parts), encoding="utf-8")


def any_of(chance: random.Random, items: list[str]) -> str:
    """One of the items, whatever their order."""
    return chance.choice(sorted(items))
