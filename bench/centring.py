"""Measures models/e5_small_centre.npz: the mean vector of passages and of questions in each language.

    python -m bench.centring SET_FOLDER… --out models/e5_small_centre.npz

The sets are in BEIR form; their corpora are embedded below ``eval_folder`` as `shujia eval retrieval` does it, so that
sets that were evaluated before cost nothing. Every set counts the same, however large it is. No label is looked at.
``--leave-out NAME`` (repeatable) measures without the sets whose name begins so: what a default is judged by, is not
what its constants were made of.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.eval_library import EvalLibrary, open_eval_library
from app.settings import load
from eval.beir import read_dataset
from store.language import language_of, written_in

FEWEST = 50  # texts of a language in a set, below which they tell nothing about the language

Means = Mapping[str, NDArray[np.float32]]


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--leave-out", action="append", default=[])
    parser.add_argument("--out", required=True, type=Path)
    options = parser.parse_args()
    folders = [folder for folder in options.sets if not folder.name.startswith(tuple(options.leave_out))]
    shelf = open_eval_library(load())
    table = over_sets([means_of(shelf, folder) for folder in folders])
    np.savez(options.out, **table)
    print(f"{options.out}: {', '.join(sorted(table))} of {len(folders)} sets")


def means_of(shelf: EvalLibrary, folder: Path) -> Means:
    """The means of one set: ``passages_zh``, ``questions_en`` and so on, where it holds enough of them."""
    dataset = read_dataset(folder, "dev")
    read = shelf.corpus(dataset, watch=lambda done, total: None).retriever.shelf.read
    keys, passages = read.vectors([span.key for span in read.spans()])
    written = [written_in(text) for _, text in read.texts(keys.tolist())]
    asked = [language_of(question.text) for question in dataset.questions]
    questions = shelf.question_vectors(dataset.questions, watch=lambda done, total: None)
    return _by_language("passages", passages, written) | _by_language("questions", questions, asked)


def over_sets(means: Iterable[Means]) -> dict[str, NDArray[np.float32]]:
    """The mean of the sets' means, name by name."""
    found: dict[str, list[NDArray[np.float32]]] = defaultdict(list)
    for one in means:
        for name, mean in one.items():
            found[name].append(mean)
    return {name: np.mean(rows, axis=0).astype(np.float32) for name, rows in sorted(found.items())}


def _by_language(what: str, vectors: NDArray[np.float32], languages: list[str]) -> dict[str, NDArray[np.float32]]:
    codes = np.array(languages)
    return {
        f"{what}_{code}": vectors[codes == code].mean(axis=0)
        for code in sorted(set(languages))
        if (codes == code).sum() >= FEWEST
    }


if __name__ == "__main__":
    main()
