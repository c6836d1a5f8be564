"""The dense baseline of whole documents on the same questions: each cut at 256 tokens, one vector each, not centred.

    python -m bench.whole_documents SET_FOLDER…

docs/quality.md compares the dense leg with a baseline of other questions of the same sets; this one tells how much of a
difference is the questions'.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from app.settings import load
from app.wiring import Library
from eval.beir import read_dataset, records
from eval.measures.ranking import score_rankings

LONGEST = 256  # tokens, the prefix and title included
KEPT = 100


def main() -> None:
    """Print nDCG@10 a set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", type=Path)
    with Library(load()) as library:
        for folder in parser.parse_args().sets:
            dataset = read_dataset(folder)
            documents = list(records(dataset.corpus))
            texts = [cut(library, f"{one.title} {one.text}".strip()) for one in documents]
            passages = library.embedder.embed_passages(texts)
            questions = library.embedder.embed_queries([one.text for one in dataset.questions])
            rankings = {}
            for question, scores in zip(dataset.questions, questions @ passages.T, strict=True):
                rankings[question.id] = [documents[place].id for place in np.argsort(-scores)[:KEPT]]
            judged = {one: grades for one, grades in dataset.judgments.items() if one in rankings}
            found = score_rankings(judged, rankings)
            print(f"{folder.name:12} {np.mean([one['ndcg@10'] for one in found.values()]):.3f}", flush=True)


def cut(library: Library, text: str) -> str:
    """What the embedder reads of a text that it cuts after LONGEST tokens."""
    offsets = library.embedder.tokens.offsets(text)
    return text if len(offsets) <= LONGEST - 4 else text[: offsets[LONGEST - 5][1]]


if __name__ == "__main__":
    main()
