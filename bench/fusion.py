"""Fusions against each other on sets in BEIR form, a sample of each: nDCG@10 of the legs, RRF, and ours.

    python -m bench.fusion SET_FOLDER… [--questions 100] [--documents 500]

A sample is the judged documents of the questions and others drawn at random (seed 1), texts cut at 700 characters, so
the figures compare fusions with each other and with nothing else. The measuring house will use whole sets.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import tempfile
from pathlib import Path

import numpy as np

from app.settings import load
from app.wiring import Library
from models.types import Embedder
from retrieval.fuse import fuse, ranking
from retrieval.types import Hit, Ranking
from store.keyword_index import KeywordIndex

DEPTH = 100
RRF_K = 60  # Cormack, Clarke & Buettcher 2009, section 2; ranks count from 1


def main() -> None:
    """Print a line a set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--questions", type=int, default=100)
    parser.add_argument("--documents", type=int, default=500)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Library(load(library=Path(folder))) as library:
        for path in options.sets:
            scores = compare(path, library.embedder, options.questions, options.documents)
            print(path.name, {name: round(float(np.mean(values)), 3) for name, values in scores.items()}, flush=True)


def compare(path: Path, embedder: Embedder, questions: int, documents: int) -> dict[str, list[float]]:
    """nDCG@10 of every question under every fusion."""
    texts, asked, judged = sample(path, questions, documents)
    names = list(texts)
    vectors = embedder.embed_passages(list(texts.values()))
    queries = embedder.embed_queries(list(asked.values()))
    scores: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        index = KeywordIndex(Path(folder))
        index.clear()
        index.write([], list(enumerate(texts.values())), 1)
        for (question, text), query in zip(asked.items(), queries, strict=True):
            dense = ranking(dict(enumerate((vectors @ query).tolist())))[:DEPTH]
            keyword = tuple(Hit(key, score) for key, score in index.search(text, DEPTH))
            best = keyword[0].score if keyword else 1.0
            runs = {
                "dense": dense,
                "keyword": keyword,
                "rrf": rrf(dense, keyword),
                "scaled by the best": fuse(dense, keyword, keyword_mass=best),
                "scaled by the mass": fuse(dense, keyword, keyword_mass=index.mass(text)),
            }
            for name, run in runs.items():
                found = [names[hit.key] in judged[question] for hit in run[:10]]
                scores.setdefault(name, []).append(ndcg(found, len(judged[question])))
    return scores


def sample(path: Path, questions: int, documents: int) -> tuple[dict[str, str], dict[str, str], dict[str, set[str]]]:
    """Texts by document, questions by id, and the judged documents of each question."""
    draw = random.Random(1)
    rows = [line.rstrip("\n").split("\t") for line in (path / "qrels.dev.tsv").read_text("utf-8").splitlines()]
    judged: dict[str, set[str]] = {}
    for row in rows:
        if row[-1].isdigit() and int(row[-1]) > 0:
            judged.setdefault(row[0], set()).add(row[-2])
    lines = (path / "queries.dev.jsonl").read_text("utf-8").splitlines()
    asked = {item["_id"]: item["text"] for item in map(json.loads, lines) if item["_id"] in judged}
    asked = {name: asked[name] for name in draw.sample(sorted(asked), min(questions, len(asked)))}
    needed = set().union(*(judged[name] for name in asked))
    lines = (path / "corpus.jsonl").read_text("utf-8").splitlines()
    corpus = {item["_id"]: f"{item.get('title', '')}\n{item['text']}".strip()[:700] for item in map(json.loads, lines)}
    others = sorted(corpus.keys() - needed)
    kept = sorted(needed & corpus.keys()) + draw.sample(others, min(len(others), max(0, documents - len(needed))))
    return {name: corpus[name] for name in kept}, asked, judged


def rrf(*runs: Ranking) -> Ranking:
    """Reciprocal rank fusion."""
    scores: dict[int, float] = {}
    for run in runs:
        for rank, hit in enumerate(run, start=1):
            scores[hit.key] = scores.get(hit.key, 0.0) + 1 / (RRF_K + rank)
    return ranking(scores)


def ndcg(found: list[bool], relevant: int) -> float:
    """nDCG@10 with binary gains (Järvelin & Kekäläinen 2002)."""
    gain = sum(1 / math.log2(place + 2) for place, right in enumerate(found) if right)
    return gain / sum(1 / math.log2(place + 2) for place in range(min(10, relevant)))


if __name__ == "__main__":
    main()
