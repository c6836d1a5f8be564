"""What it costs to add 1 % to a collection, against building its indexes anew; and how long opening takes.

python -m bench.dense_growth [--passages 100000] [--kind auto]

Both indexes are counted, dense and keyword. The rankings of both legs after the addition must equal those after the
rebuild. Seconds are processor time; opening is wall time too.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bench.synthetic import PASSAGES_A_DOCUMENT, fill
from models.fakes import HashEmbedder
from store.catalogue import Catalogue
from store.dense.engine import Engine
from store.shelf import Shelf

QUESTIONS = ["检索增强生成", "vector index evidence", "编号 4711", "recall ranking", "语言模型部署"]


class Wide(HashEmbedder):
    """Its name, with vectors as long as those of the default embedder."""

    dimension = 384


def main() -> None:
    """Fill, add, rebuild, open."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--kind", default="auto")
    options = parser.parse_args()
    engine = Engine(options.kind)
    with tempfile.TemporaryDirectory() as folder:
        collection = fill(Path(folder), Wide(), options.passages).collection
        catalogue = Catalogue(Path(folder) / "catalogue.sqlite")
        shelf = Shelf(catalogue, collection, Path(folder) / "measured", None, engine)
        first = seconds(lambda: shelf.follow(publish=True))
        print(f"built from nothing: {first:.2f} s")
        more = max(1, options.passages // 100 // PASSAGES_A_DOCUMENT)
        fill(Path(folder), Wide(), options.passages + more * PASSAGES_A_DOCUMENT)  # the same and some more
        added = seconds(shelf.follow)
        before = answers(shelf)
        again = seconds(shelf.rebuild)
        print(f"1 % added: {added:.3f} s; rebuilt: {again:.2f} s; share {added / again:.2%}")
        print(f"the rankings are {'equal' if answers(shelf) == before else 'DIFFERENT'}")
        began = time.monotonic()
        opened = Shelf(catalogue, collection, Path(folder) / "measured", None, engine)
        spent = seconds(opened.follow)
        print(f"opened: {spent:.2f} s of processor time, {time.monotonic() - began:.2f} s by the clock")


def seconds(what: Callable[[], Any]) -> float:
    """Processor time of a call."""
    began = time.process_time()
    what()
    return time.process_time() - began


def answers(shelf: Shelf) -> list[list[int]]:
    """The keys of both legs for some questions."""
    vectors = np.random.default_rng(1).standard_normal((50, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    dense = [[key for key, _ in shelf.search_dense(vector, 50)] for vector in vectors]
    return dense + [[key for key, _ in shelf.search_keyword(question, 50)] for question in QUESTIONS]


if __name__ == "__main__":
    main()
