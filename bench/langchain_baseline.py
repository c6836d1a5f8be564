"""What langchain-classic's EnsembleRetriever finds out of the box, beside Shujia, on the same passages and vectors.

    pip install "shujia[bench]"
    python -m bench.langchain_baseline SET_FOLDER [--split dev] [--questions N]

Three searches of one collection: BM25Retriever as it comes (it splits at blanks) with FAISS in an EnsembleRetriever,
the same with jieba as the preprocessor, and Shujia's hybrid search as the settings say. Passages, their vectors and the
question vectors are Shujia's, so the retrieval alone is compared. A document stands where its best passage stands.
"""

from __future__ import annotations

import argparse
import itertools
import random
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from langchain_core.embeddings import Embeddings

from app.eval_library import open_eval_library
from app.settings import load
from eval.beir import read_dataset
from eval.measures.ranking import score_rankings
from eval.measures.significance import compare_paired, interval
from eval.run import Corpus
from models.types import Vectors
from store.rows import passage_text

DEPTH = 100  # passages a leg gives
MEASURE = "ndcg@10"
Search = Callable[[str], list[int]]


class KnownVectors(Embeddings):
    """Embeddings that were computed before, by text."""

    def __init__(self, texts: Sequence[str], vectors: Vectors) -> None:
        self._vectors = dict(zip(texts, vectors, strict=True))

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """The vectors of texts that are known."""
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """The vector of a text that is known."""
        return [float(number) for number in self._vectors[text]]


def main() -> None:
    """A line a search, then each baseline against Shujia."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--split", default="dev")
    parser.add_argument("--questions", type=int, default=0, help="as many, drawn at random; all without")
    options = parser.parse_args()
    dataset = read_dataset(options.folder, options.split)
    shelf = open_eval_library(load())
    with shelf.library:
        corpus = shelf.corpus(dataset, watch=lambda *_: None)
        found = shelf.question_vectors(dataset.questions, watch=lambda *_: None)
        chosen = list(range(len(dataset.questions)))
        if options.questions:
            chosen = sorted(random.Random(7).sample(chosen, min(options.questions, len(chosen))))
        questions = [dataset.questions[number] for number in chosen]
        vectors = dict(zip([one.text for one in questions], found[chosen], strict=True))
        values: dict[str, list[float]] = {}
        for name, search in searches(corpus, vectors).items():
            began = time.perf_counter()
            ranked = {one.id: documents(search(one.text), corpus) for one in questions}
            seconds = (time.perf_counter() - began) / len(questions)
            judged = {one.id: dataset.judgments[one.id] for one in questions}
            scores = score_rankings(judged, ranked)
            values[name] = [scores[one.id][MEASURE] for one in questions]
            told = interval(values[name])
            print(f"{name:24} {told.value:.3f} [{told.low:.3f}, {told.high:.3f}]  {seconds * 1000:.1f} ms a question")
    for name in list(values)[:-1]:
        gain = compare_paired(values[name], values["shujia"])
        print(f"shujia - {name}: {gain.mean:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}], p = {gain.p:.4f}")


def searches(corpus: Corpus, vectors: dict[str, Any]) -> dict[str, Search]:
    """The three searches; each gives the keys of passages, best first."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # langchain-community announces its own end at every import
        import jieba
        from langchain_classic.retrievers import EnsembleRetriever
        from langchain_community.retrievers import BM25Retriever
        from langchain_community.vectorstores import FAISS

    keys, rows = corpus.retriever.shelf.read.vectors(sorted(corpus.places))
    located = corpus.retriever.shelf.located([int(key) for key in keys])
    texts = [passage_text(located[int(key)].chunk.headings, located[int(key)].chunk.text) for key in keys]
    marks = [{"key": int(key)} for key in keys]
    # The same text may stand in two documents; their vectors are one.
    known = KnownVectors([*texts, *vectors], np.concatenate([rows, np.stack(list(vectors.values()))]))
    pairs = [(text, [float(number) for number in row]) for text, row in zip(texts, rows, strict=True)]
    dense = FAISS.from_embeddings(pairs, known, metadatas=marks).as_retriever(search_kwargs={"k": DEPTH})

    def ensemble(**how: Any) -> Search:
        sparse = BM25Retriever.from_texts(texts, metadatas=marks, k=DEPTH, **how)
        both = EnsembleRetriever(retrievers=[sparse, dense], weights=[0.5, 0.5], id_key="key")
        return lambda question: [document.metadata["key"] for document in both.invoke(question)]

    def ours(question: str) -> list[int]:
        stages = corpus.retriever.rank(question, k=DEPTH, vector=vectors[question])
        return [hit.key for hit in stages[-1].ranking]

    jieba.setLogLevel("ERROR")
    return {"ensemble": ensemble(), "ensemble, jieba": ensemble(preprocess_func=jieba.lcut), "shujia": ours}


def documents(keys: Sequence[int], corpus: Corpus) -> list[str]:
    """The records of those passages, each once, where its best passage stands."""
    return list(dict.fromkeys(itertools.chain.from_iterable(corpus.places[key].records for key in keys)))


if __name__ == "__main__":
    main()
