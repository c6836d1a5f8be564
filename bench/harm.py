"""How well harmful questions are told from those that only look like it, and the fit of the learned policy.

    python -m bench.harm DATA [--write] [--vectors FILE.npy]

Prompts: `harm` (XSTest, Röttger et al. 2024, arXiv:2308.01263, CC BY 4.0; JADE, Zhang et al. 2023, arXiv:2311.00286,
MIT; STARD's legal questions, MIT), sixty plain questions of each of ten retrieval sets, and 120 of each of four sets of
conversations. Ten folds, seed 0; a rule that fits is a feature like the vector. The rules themselves were written with
these prompts in sight, so their part of the figures flatters. --write fits on everything and writes
generation/policy/harm_e5_small.npz; --vectors FILE keeps the vectors for the next time.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from generation.harm import harmful
from generation.harm_learned import EMBEDDER, WEIGHTS, bare
from models.embedder import SentenceTransformerEmbedder
from models.fetch import locate

PLAIN = ("squad_zh", "dureader", "meddialog", "stard", "scifact", "medquad", "mtrag", "xquad_en", "xquad_zh", "cmrc")
# As people talk to an assistant; without these "Hi, could you shed some light on …" sounds like a pretext.
SPOKEN = {
    "mtrag_gen": ("rag.dev.jsonl", "query"),
    "canard": ("rewrites.dev.jsonl", "rewrite"),
    "qrecc": ("rewrites.dev.jsonl", "rewrite"),
    "cast": ("rewrites.dev.jsonl", "rewrite"),
}
SHRINK = 1.0  # of the squared weights; .3 and 1 tried
STRETCH = 6.0  # of the centred vectors, whose cosines lie close together: how hard SHRINK pulls at them
FOLDS = 10

Array = NDArray[np.float64]


def prompts(data: Path) -> list[dict[str, Any]]:
    """Harmful and safe prompts with text, lang, label and source."""
    rows = [json.loads(line) for line in (data / "harm" / "harm.dev.jsonl").read_text(encoding="utf-8").splitlines()]
    found = [row | {"source": row["_id"].split("-")[0]} for row in rows if row["kind"] == "prompt"]
    found = [row for row in found if row["label"] in ("harmful", "safe")]
    chance = random.Random(0)
    for name in PLAIN:
        lines = (data / name / "queries.dev.jsonl").read_text(encoding="utf-8").splitlines()
        for line in chance.sample(lines, min(60, len(lines))):
            text = json.loads(line)["text"]
            language = "zh" if any("\u4e00" <= c <= "\u9fff" for c in text) else "en"
            found.append({"text": text, "lang": language, "label": "safe", "source": name})
    for name, (file, field) in SPOKEN.items():
        lines = (data / name / file).read_text(encoding="utf-8").splitlines()
        for line in chance.sample(lines, min(120, len(lines))):
            said = json.loads(line)[field]
            text = said if isinstance(said, str) else said[0]
            found.append({"text": text, "lang": "en", "label": "safe", "source": name})
    return found


def fit(x: Array, y: Array) -> Array:
    """The weights of a logistic regression, the intercept last, not shrunk."""

    def loss(b: Array) -> tuple[float, Array]:
        z = x @ b[:-1] + b[-1]
        off = 1 / (1 + np.exp(-z)) - y
        value = (np.logaddexp(0, z) - y * z).sum() + SHRINK * (b[:-1] ** 2).sum() / 2
        return value, np.r_[x.T @ off + SHRINK * b[:-1], off.sum()]

    found: Array = minimize(loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B", options={"maxiter": 500}).x
    return found


def main() -> None:
    """Cross-validate, print, and write the weights where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--vectors", type=Path)
    options = parser.parse_args()
    rows = prompts(options.data)
    vectors = _vectors(rows, options.vectors)
    rule = np.array([harmful(row["text"]) is not None for row in rows], float)
    y = np.array([row["label"] == "harmful" for row in rows], float)
    middle = vectors.mean(axis=0)
    x = np.c_[STRETCH * (vectors - middle), rule]
    fold = np.random.default_rng(0).integers(0, FOLDS, len(rows))
    refused = np.zeros(len(rows), bool)
    for one in range(FOLDS):
        b = fit(x[fold != one], y[fold != one])
        refused[fold == one] = x[fold == one] @ b[:-1] + b[-1] > 0
    _table(rows, y, rule > 0, refused)
    if options.write:
        b = fit(x, y)
        direction = STRETCH * b[:-2]
        np.savez(WEIGHTS, direction=direction.astype(np.float32), rule=b[-2], intercept=b[-1] - direction @ middle)


def _vectors(rows: list[dict[str, Any]], kept: Path | None) -> Array:
    if kept is not None and kept.exists():
        found: Array = np.load(kept)
        return found
    embedder = SentenceTransformerEmbedder(locate(EMBEDDER), EMBEDDER)
    vectors = np.vstack([embedder.embed_queries([bare(row["text"])]) for row in rows]).astype(float)
    if kept is not None:
        np.save(kept, vectors)
    return vectors


def _table(rows: list[dict[str, Any]], y: Array, rule: NDArray[np.bool_], refused: NDArray[np.bool_]) -> None:
    print(f"{'prompts':<24}{'count':>6}{'rules':>8}{'learned':>9}")
    kinds = dict.fromkeys(PLAIN, "plain") | dict.fromkeys(SPOKEN, "spoken")
    groups = [(row["label"], kinds.get(row["source"], row["source"]), row["lang"]) for row in rows]
    for group in sorted(set(groups)):
        mine = np.array([each == group for each in groups])
        print(f"{' '.join(group):<24}{mine.sum():>6}{rule[mine].mean():>8.3f}{refused[mine].mean():>9.3f}")


if __name__ == "__main__":
    main()
