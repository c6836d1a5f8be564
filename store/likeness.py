"""How alike two documents are, from a short signature of each: MinHash, looked up by bands.

A signature keeps, for each of 128 random orders of all shingles (five words or Han characters in a row), the first one
that the document holds. Two documents agree in a place with the probability of their Jaccard similarity (Broder 1997,
"On the resemblance and containment of documents"), so the share of equal places estimates it, with a standard error of
.035 at .8. Documents that may be alike share one of 16 bands of 8 places: at .8 with a probability of .95, at .9 of
.9999, at .5 of .06 (Leskovec, Rajaraman & Ullman, Mining of Massive Datasets, section 3.4).

Texts are compared folded as the search folds them, so that a copy in Traditional characters, in full width or in other
upper case is a copy.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from store.analyzer import UNSPACED, fold

SHINGLE = 5  # words or Han characters in a row
PLACES, BANDS = 128, 16
NEAR = 0.8
"""Similarity from which two documents are called nearly the same."""

_WORD = re.compile(rf"[{UNSPACED}]|[^\W_{UNSPACED}]+")
_BLOCK = 4096  # shingles looked at together: 4 MB

Hashes = NDArray[np.uint64]


def signature(text: str) -> bytes:
    """The signature of a text: 128 little-endian uint32; empty for a text without a word."""
    shingles = _shingles(text)
    if not len(shingles):
        return b""
    factors, shifts = _orders()
    first = np.full(PLACES, np.iinfo(np.uint64).max, np.uint64)
    for start in range(0, len(shingles), _BLOCK):
        # Multiply-shift (Dietzfelbinger et al. 1997): the high half of a * x + b, arithmetic modulo 2^64.
        placed = shingles[start : start + _BLOCK, None] * factors + shifts
        np.minimum(first, placed.min(axis=0), out=first)
    return (first >> np.uint64(32)).astype("<u4").tobytes()


def likeness(one: bytes, other: bytes) -> float:
    """The estimated Jaccard similarity of two texts by their signatures, 0 to 1; 0 where one has none."""
    if not one or not other:
        return 0.0
    return float(np.mean(np.frombuffer(one, "<u4") == np.frombuffer(other, "<u4")))


def bands(kept: bytes) -> list[int]:
    """The values of a signature's bands, signed 64 bits; two documents that share one may be alike."""
    width = len(kept) // BANDS
    parts = [bytes([band]) + kept[band * width : (band + 1) * width] for band in range(BANDS if kept else 0)]
    return [int.from_bytes(hashlib.blake2b(part, digest_size=8).digest(), signed=True) for part in parts]


def _shingles(text: str) -> Hashes:
    """Different shingles of a text as 64-bit numbers, the same on every machine."""
    known: dict[str, int] = {}
    words = np.array([known.get(word) or known.setdefault(word, _hash(word)) for word in _WORD.findall(fold(text))],
                     np.uint64)  # fmt: skip
    size = min(SHINGLE, len(words))
    if not size:
        return words
    count = len(words) - size + 1
    mixed = np.zeros(count, np.uint64)
    for place in range(size):
        mixed = mixed * np.uint64(0x9E3779B97F4A7C15) + words[place : place + count]
    mixed ^= mixed >> np.uint64(29)
    unique: Hashes = np.unique(mixed)
    return unique


def _hash(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest())


@lru_cache(maxsize=1)
def _orders() -> tuple[Hashes, Hashes]:
    """128 factors, odd, and as many shifts: by a hash, since a generator's numbers may change with its library."""
    drawn = np.array([_hash(f"order {place}") for place in range(2 * PLACES)], np.uint64)
    return drawn[:PLACES] | np.uint64(1), drawn[PLACES:]
