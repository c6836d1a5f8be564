"""What Shujia's search is measured against: rank-bm25, bm25s and langchain-classic's ensemble, over given passages."""

from __future__ import annotations

import bisect
import importlib.util
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from langchain_core.embeddings import Embeddings

from models.types import Vectors

Terms = list[list[str]]
Search = Callable[[str], list[int]]


class KnownVectors(Embeddings):
    """Embeddings of questions that were computed before, by text."""

    def __init__(self, vectors: Mapping[str, Vectors]) -> None:
        self._vectors = {text: [float(number) for number in row] for text, row in vectors.items()}

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """The vectors of texts that are known."""
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """The vector of a text that is known."""
        return self._vectors[text]


class RankBM25:
    """rank-bm25's BM25Okapi over terms that are made already, as it comes or with the weights of another index."""

    def __init__(self, terms: Terms) -> None:
        from rank_bm25 import BM25Okapi

        self._index: Any = BM25Okapi(terms)
        self._own = (self._index.idf, self._index.k1, self._index.doc_len, self._index.avgdl)

    def top(self, terms: Sequence[str], keys: Sequence[int], k: int = 10) -> list[int]:
        """The keys of the ``k`` best, as its own get_top_n orders them."""
        found: list[int] = self._index.get_top_n(list(terms), keys, k)
        return found

    def scores_weighed(self, terms: Sequence[str], idf: Mapping[str, float], k1: float) -> Any:
        """Every passage's score with these weights and lengths rounded as Lucene keeps them in one byte."""
        rounded = [ROUNDED[bisect.bisect_right(ROUNDED, length) - 1] for length in self._own[2]]
        mean = self._index.avgdl * len(rounded) / (len(rounded) + 1)  # tantivy counts the marker, which has no text
        index = self._index
        index.idf, index.k1, index.doc_len, index.avgdl = dict(idf), k1, rounded, mean
        scores = index.get_scores(list(terms))
        index.idf, index.k1, index.doc_len, index.avgdl = self._own
        return scores


def _rounded_lengths() -> list[int]:
    """The 256 lengths that Lucene's one byte stands for (SmallFloat.byte4ToInt), ascending."""
    free = 24  # lengths below it are kept as they are
    lengths = list(range(free))
    for code in range(256 - free):
        bits, shift = code & 7, (code >> 3) - 1
        lengths.append(free + (bits if shift < 0 else (bits | 8) << shift))
    return lengths


ROUNDED = _rounded_lengths()


def bm25s_search(terms: Terms, keys: Sequence[int]) -> Callable[[Sequence[str]], list[int]] | None:
    """bm25s (MIT) with its default engine over the same terms; None where it is not installed."""
    if importlib.util.find_spec("bm25s") is None:
        return None
    import bm25s

    index: Any = bm25s.BM25()
    index.index(terms, show_progress=False)

    def search(question: Sequence[str]) -> list[int]:
        found, _ = index.retrieve([list(question)], k=10, show_progress=False)
        return [keys[int(place)] for place in found[0]]

    return search


def ensemble(
    texts: Sequence[str], keys: Sequence[int], rows: Vectors, questions: Mapping[str, Vectors], depth: int
) -> tuple[Search, float]:
    """langchain-classic's EnsembleRetriever as a user of Chinese builds it, and the seconds that took.

    BM25Retriever with jieba as its preprocessor and FAISS over the same vectors, each giving ``depth`` passages.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # langchain-community announces its own end at every import
        import jieba
        from langchain_classic.retrievers import EnsembleRetriever
        from langchain_community.retrievers import BM25Retriever
        from langchain_community.vectorstores import FAISS

    jieba.setLogLevel("ERROR")
    marks = [{"key": int(key)} for key in keys]
    pairs = list(zip(texts, rows, strict=True))
    began = time.process_time()
    store = FAISS.from_embeddings(pairs, KnownVectors(questions), metadatas=marks)  # type: ignore[arg-type]
    dense = store.as_retriever(search_kwargs={"k": depth})
    sparse = BM25Retriever.from_texts(texts, metadatas=marks, k=depth, preprocess_func=jieba.lcut)
    both = EnsembleRetriever(retrievers=[sparse, dense], weights=[0.5, 0.5], id_key="key")
    spent = time.process_time() - began
    return (lambda question: [one.metadata["key"] for one in both.invoke(question)][:10]), spent


def overlap(first: Sequence[Sequence[int]], second: Sequence[Sequence[int]]) -> float:
    """The share of the best ten that two searches have in common, over all questions."""
    pairs = list(zip(first, second, strict=True))
    return sum(len(set(a) & set(b)) for a, b in pairs) / max(1, sum(max(len(a), len(b)) for a, b in pairs))


def at_border(scores: Any, keys: Sequence[int], found: Sequence[int], slack: float = 1e-3) -> bool:
    """Whether ``found`` are the best by ``scores``, but for places whose scores differ by less than ``slack``."""
    border = np.sort(scores)[-len(found)] if found else 0.0
    place = {key: number for number, key in enumerate(keys)}
    return all(scores[place[key]] >= border * (1 - slack) for key in found)
