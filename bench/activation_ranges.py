"""Measures models/e5_small_ranges.npz: the largest absolute value of every input of every matrix product of e5-small.

    python -m bench.activation_ranges SET_FOLDER… --out models/e5_small_ranges.npz

The texts are the pages of docs/ and the Markdown of examples/library (tables, code, links, both languages) and 14
documents, drawn at random (seed 5), of each set in BEIR form. The table holds numbers of the network, no text. The one
in the repository is of SQuAD-zh, SciFact, STARD, MedQuAD and DRCD; docs/decisions.md has what it gives.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.bert_graph import INPUTS
from models.catalogue import DEFAULT_EMBEDDER
from models.fetch import locate
from models.int8_encoder import fingerprint
from models.query_encoder import QueryEncoder
from models.tokens import FileTokenCounter

ROOT = Path(__file__).parents[1]
DRAWN = 14
PIECE = 600  # characters; two of a page


class Recorder(QueryEncoder):
    """The numpy encoder, remembering how large the inputs of its products were."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, FileTokenCounter(folder / "tokenizer.json"))
        self.largest: dict[str, NDArray[np.float32]] = {}

    def _linear(self, hidden: NDArray[np.float32], name: str) -> NDArray[np.float32]:
        seen = np.abs(hidden).max(axis=0)
        self.largest[name] = np.maximum(self.largest.get(name, seen), seen)
        return super()._linear(hidden, name)


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--out", required=True, type=Path)
    options = parser.parse_args()
    texts = own_pages() + [text for folder in options.sets for text in drawn(folder)]
    folder = locate(DEFAULT_EMBEDDER)
    recorder = Recorder(folder)
    recorder.encode([f"passage: {text}" for text in texts], max_tokens=512)
    recorder.encode([f"query: {text[:50]}" for text in texts], max_tokens=512)
    layers = range(1 + max(int(name.split(".")[2]) for name in recorder.largest))
    table = {each: np.stack([recorder.largest[f"encoder.layer.{layer}.{each}"] for layer in layers]) for each in INPUTS}
    np.savez_compressed(options.out, fingerprint=np.array(fingerprint(folder)), **table)
    print(f"{options.out}: {len(texts)} texts")


def own_pages() -> list[str]:
    """The beginnings of the documentation and of the sample library's Markdown, in two pieces each."""
    pages = sorted((ROOT / "docs").glob("*.md")) + sorted((ROOT / "examples" / "library").glob("*.md"))
    texts = [page.read_text(encoding="utf-8") for page in pages]
    return [piece for text in texts for piece in (text[:PIECE], text[PIECE : 2 * PIECE]) if piece]


def drawn(folder: Path) -> list[str]:
    """A few documents of a set, their first 500 characters."""
    lines = (folder / "corpus.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["text"][:500] for line in random.Random(5).sample(lines, DRAWN)]


if __name__ == "__main__":
    main()
