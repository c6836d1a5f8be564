"""Peak memory of an ingestion of 10,000 and of 100,000 passages, and how much more the second takes.

    python -m bench.ingest_memory [--passages 10000 100000]

Each is a process of its own with the default embedder loaded. It embeds the first texts itself, which takes all the
memory that it ever takes; the vectors of the rest are random, or this would run for hours. Files, readers, chunker,
catalogue and both indexes are the product's.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import resource
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.settings import load
from app.wiring import Library
from bench.synthetic import HAN, LATIN
from ingest.files import discover
from models.types import Embedder

ITSELF = 600  # texts that the model embeds: two full batches and more
A_FILE = 50  # passages


class FirstItself:
    """The embedder of the library for the first texts, random unit vectors after them."""

    def __init__(self, inner: Embedder) -> None:
        self._inner, self._left, self._rng = inner, ITSELF, np.random.default_rng(3)
        self.name, self.dimension, self.tokens = inner.name, inner.dimension, inner.tokens
        self.embed_queries = inner.embed_queries

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape (n, dimension)."""
        if self._left > 0:
            self._left -= len(texts)
            return self._inner.embed_passages(texts)
        rows = self._rng.standard_normal((len(texts), self.dimension)).astype(np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def main() -> None:
    """One process for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, nargs="+", default=[10_000, 100_000])
    peaks = []
    for wanted in parser.parse_args().passages:
        with tempfile.TemporaryDirectory() as made:
            files = Path(made) / "files"
            write(files, wanted)
            asked, told = multiprocessing.get_context("spawn").Pipe()
            child = multiprocessing.get_context("spawn").Process(target=ingested, args=(told, Path(made), files))
            child.start()
            chunks, megabytes = asked.recv()
            child.join()
        peaks.append(megabytes)
        print(f"  {chunks:,} passages: {megabytes:,.0f} MB at most", flush=True)
    print(f"  {peaks[-1] / peaks[0]:.2f} times")


def write(folder: Path, passages: int) -> None:
    """Markdown files of paragraphs that the chunker leaves as they are, Chinese and English by turns."""
    folder.mkdir()
    rng = random.Random(11)
    for number in range(passages // A_FILE):
        parts = []
        for part in range(A_FILE):
            if part % 2:
                text = "".join(rng.choices(HAN, k=180)) + f"，编号 {number}-{part}。"
            else:
                text = " ".join(rng.choices(LATIN, k=100)) + f", number {number}-{part}."
            parts.append(f"## {number}.{part}\n\n{text}")
        (folder / f"{number}.md").write_text("\n\n".join(parts), encoding="utf-8")


def ingested(told: object, folder: Path, files: Path) -> None:
    """Ingest the folder; send how many chunks there are and this process's peak in megabytes."""
    with Library(load(library=folder / "library")) as library:
        library.__dict__["embedder"] = FirstItself(library.embedder)
        for result in library.ingest(discover([files])):
            if result.status != "ingested":
                raise AssertionError(f"{result.path}: {result.status} {result.reason}")
        chunks = library.shelf().read.counts().chunks
    told.send((chunks, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000))  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
