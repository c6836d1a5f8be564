"""What the neighbours of a passage add to its place (retrieval/nearness.py): nDCG@10 with and without, set by set.

    python -m bench.neighbours SET_FOLDER…

Both sides search the same index with the same question vectors; the interval is that of `shujia eval compare`.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from app.eval_library import open_eval_library
from app.settings import load
from eval.beir import read_dataset
from eval.comparing.compare import compare_rows
from eval.run import evaluate
from retrieval.nearness import SHARE


def main() -> None:
    """Print a row a set and mode: without, with, the difference and its interval."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", type=Path)
    shelf = open_eval_library(load())
    for folder in parser.parse_args().sets:
        dataset = read_dataset(folder)
        corpus = shelf.corpus(dataset, watch=lambda done, total: None)
        vectors = shelf.question_vectors(dataset.questions, watch=lambda done, total: None)
        sides = []
        for share in (0.0, SHARE):
            retriever = replace(corpus.retriever, neighbour_share=share)
            with corpus.still():
                sides.append(evaluate(dataset, replace(corpus, retriever=retriever), ["dense", "hybrid"], vectors).rows)
        for mode in ("dense", "hybrid"):
            without, with_them = ([row for row in rows if row.mode == mode] for rows in sides)
            both = compare_rows(without, with_them, names=("without", "with"))
            means = f"{both.means_a['ndcg@10'].value:.3f} → {both.means_b['ndcg@10'].value:.3f}"
            gain = both.measures["ndcg@10"]
            interval = f"({gain.low:+.3f} to {gain.high:+.3f}), n = {gain.n}"
            print(f"{folder.name:12} {mode:7} {means}  {gain.mean:+.3f} {interval}", flush=True)


if __name__ == "__main__":
    main()
