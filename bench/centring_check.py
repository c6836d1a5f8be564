"""Whether centring helps sets that its means were not made of: dense nDCG@10 set by set, as it is and centred.

    python -m bench.centring_check SET_FOLDER…

For every set the means are those of the others; sets of one origin (xquad_en2zh and xquad_zh2en, drcd and drcd_s), told
by the part of their name before the first underscore, count as one. The search is exact, a document ranked by its best
passage.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.eval_library import EvalLibrary, open_eval_library
from app.settings import load
from bench.centring import means_of, over_sets
from eval.beir import read_dataset
from eval.types import Dataset
from models.centring import STRENGTH, Centring
from store.language import language_of, written_in

CUT = 10


def main() -> None:
    """Print one row a set, and the means over the sets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", type=Path)
    folders = parser.parse_args().sets
    shelf = open_eval_library(load())
    means = {folder: means_of(shelf, folder) for folder in folders}
    rows = []
    for folder in folders:
        others = over_sets([mean for other, mean in means.items() if origin(other) != origin(folder)])
        rows.append(compared(shelf, folder, centring(others)))
        print(f"{folder.name:12} {rows[-1][0]:.3f} → {rows[-1][1]:.3f}", flush=True)
    print(f"{'macro':12} {np.mean([one for one, _ in rows]):.3f} → {np.mean([one for _, one in rows]):.3f}")


def origin(folder: Path) -> str:
    """What sets of one origin share."""
    return folder.name.split("_")[0]


def centring(means: dict[str, NDArray[np.float32]]) -> Centring:
    """The product's centring with other means."""
    split = {
        what: {n.rpartition("_")[2]: STRENGTH * m for n, m in means.items() if n.startswith(what)} for what in WHAT
    }
    return Centring("check", split["passages"], split["questions"])


WHAT = ("passages", "questions")


def compared(shelf: EvalLibrary, folder: Path, centred: Centring) -> tuple[float, float]:
    """nDCG@10 of a set's dev questions over the vectors as they are, and centred."""
    dataset = read_dataset(folder, "dev")
    corpus = shelf.corpus(dataset, watch=lambda done, total: None)
    read = corpus.retriever.shelf.read
    keys, passages = read.vectors([span.key for span in read.spans()])
    written = [written_in(text) for _, text in read.texts(keys.tolist())]
    records = [corpus.places[key].records for key in keys.tolist()]
    asked = shelf.question_vectors(dataset.questions, watch=lambda done, total: None)
    moved = np.stack(
        [centred.question(row, language_of(q.text)) for row, q in zip(asked, dataset.questions, strict=True)]
    )
    return _ndcg(dataset, asked @ passages.T, records), _ndcg(
        dataset, moved @ centred.passages(passages, written).T, records
    )


def _ndcg(dataset: Dataset, cosines: NDArray[np.float32], records: list[tuple[str, ...]]) -> float:
    found = []
    for question, row in zip(dataset.questions, cosines, strict=True):
        grades = dataset.judgments[question.id]
        ranked = dict.fromkeys(record for place in np.argsort(-row, kind="stable")[:500] for record in records[place])
        gain = [grades.get(record, 0) for record in list(ranked)[:CUT]]
        ideal = sorted(grades.values(), reverse=True)[:CUT]
        found.append(_discounted(gain) / _discounted(ideal) if any(ideal) else 0.0)
    return float(np.mean(found))


def _discounted(gains: list[int]) -> float:
    return float(sum(gain / np.log2(place + 1) for place, gain in enumerate(gains, start=1)))


if __name__ == "__main__":
    main()
