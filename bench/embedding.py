"""Passages a second of the 8-bit encoder against torch in float32, turn by turn in one process, and how equal they are.

    python -m bench.embedding [SET_FOLDER…]

Without sets, the texts are pieces of docs/. The two take turns and the best of each counts, so that other load on the
machine hits both; processor seconds hardly see it. The last line has texts of all lengths, mixed, and beside torch with
our batches what sentence-transformers does by itself: `model.encode(texts)`, batches of 32. Run it where
models/int8_encoder.py is chosen: AVX512-VNNI, no bf16.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import random
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

from models.catalogue import DEFAULT_EMBEDDER
from models.embedder import SentenceTransformerEmbedder
from models.fetch import locate
from models.types import Vectors

ROOT = Path(__file__).parents[1]
LENGTHS = {360: 24, 220: 36, 60: 96}  # tokens: passages
MIXED = {20: 24, 60: 24, 120: 16, 220: 40, 360: 8}
ROUNDS = 5
MEAN, WORST = 0.998, 0.99  # cosines below these are a failure, however fast


def main() -> None:
    """A line a length."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", type=Path)
    parser.add_argument("--mixed", action="store_true", help="only the last line")
    options = parser.parse_args()
    folder = locate(DEFAULT_EMBEDDER)
    fast = SentenceTransformerEmbedder(folder, DEFAULT_EMBEDDER)
    exact = SentenceTransformerEmbedder(folder, DEFAULT_EMBEDDER, device="cpu")  # a named device: torch
    print(f"first vector, seconds: 8-bit {timed(lambda: fast.embed_passages(['书架']))[0]:.1f}", end="")
    print(f", torch {timed(lambda: exact.embed_passages(['书架']))[0]:.1f}", flush=True)
    vectors: dict[str, Vectors] = {}
    characters = "\n".join(read(options.sets))
    for tokens, count in () if options.mixed else LENGTHS.items():
        texts = pieces(fast, characters, tokens, count)
        best: dict[str, tuple[float, float]] = {}
        for _ in range(ROUNDS):
            for name, embedder in (("8-bit", fast), ("torch", exact)):
                seconds, busy, vectors[name] = timed(
                    lambda embedder=embedder, texts=texts: embedder.embed_passages(texts)
                )
                before = best.get(name, (math.inf, math.inf))
                best[name] = (min(before[0], seconds / count), min(before[1], busy / count))
        cosines = (vectors["8-bit"] * vectors["torch"]).sum(axis=1)
        rates = ", ".join(f"{name} {1 / each[0]:.1f} passages/s" for name, each in best.items())
        ratio, busy_ratio = (best["torch"][place] / best["8-bit"][place] for place in (0, 1))
        print(
            f"{tokens} tokens: {rates}, {ratio:.2f} times ({busy_ratio:.2f} by processor seconds); "
            f"cosine mean {cosines.mean():.5f}, least {cosines.min():.5f}",
            flush=True,
        )
        if cosines.mean() < MEAN or cosines.min() < WORST:
            raise AssertionError(f"the vectors differ: mean {cosines.mean():.5f}, least {cosines.min():.5f}")
    mixed(fast, folder, characters)


def mixed(fast: SentenceTransformerEmbedder, folder: Path, characters: str) -> None:
    """Passages of all lengths against sentence-transformers with its default batching."""
    from sentence_transformers import SentenceTransformer

    texts = [text for tokens, count in MIXED.items() for text in pieces(fast, characters, tokens, count)]
    random.Random(7).shuffle(texts)
    model = SentenceTransformer(str(folder), device="cpu")
    prefixed = [f"passage: {text}" for text in texts]
    sides: dict[str, Callable[[], Vectors]] = {
        "8-bit": lambda: fast.embed_passages(texts),
        "sentence-transformers": lambda: np.asarray(model.encode(prefixed, normalize_embeddings=True), np.float32),
    }
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    vectors: dict[str, Vectors] = {}
    for _ in range(ROUNDS):
        for name, side in sides.items():
            seconds, busy, vectors[name] = timed(side)
            spent[name].append((seconds, busy))
    clock, busy = ([median(one[place] for one in each) for each in spent.values()] for place in (0, 1))
    cosines = (vectors["8-bit"] * vectors["sentence-transformers"]).sum(axis=1)
    print(f"{len(texts)} passages of 20 to 360 tokens, mixed: 8-bit {len(texts) / clock[0]:.1f} passages/s, ", end="")
    print(f"sentence-transformers {len(texts) / clock[1]:.1f}, {clock[1] / clock[0]:.2f} times ", end="")
    print(
        f"({busy[1] / busy[0]:.2f} by processor seconds); cosine mean {cosines.mean():.5f}, least {cosines.min():.5f}"
    )


def read(sets: list[Path]) -> list[str]:
    """The first 200 texts of each set, in turn, or the documentation."""
    if not sets:
        return [page.read_text(encoding="utf-8") for page in sorted((ROOT / "docs").glob("*.md"))]
    lines = [(folder / "corpus.jsonl").read_text(encoding="utf-8").splitlines()[:200] for folder in sets]
    return [json.loads(line)["text"] for turn in itertools.zip_longest(*lines) for line in turn if line]


def pieces(embedder: SentenceTransformerEmbedder, text: str, tokens: int, count: int) -> list[str]:
    """``count`` stretches of about ``tokens`` tokens, prefix and special tokens counted, spread over the text."""
    spans = embedder.tokens.offsets(text[:400_000])
    length = tokens - 5
    starts = np.linspace(0, len(spans) - length - 1, count).astype(int)
    return [text[spans[start][0] : spans[start + length - 1][1]] for start in starts]


def timed(call: Callable[[], Vectors]) -> tuple[float, float, Vectors]:
    """Seconds that a call takes, processor seconds of all its threads, and what it gives."""
    began, used = time.perf_counter(), time.process_time()
    found = call()
    return time.perf_counter() - began, time.process_time() - used, found


if __name__ == "__main__":
    main()
