"""How well the evidence of a context tells answerable questions from others; the fit of its weights.

    python -m bench.abstention DATA [--fit] [--half heldout|tune]

Questions and contexts are those of `shujia eval answers` (seed 0, five passages, noise .4). With --fit the weights of
generation/answerability.py are printed, fitted on the tuning half by logistic regression (classes weighted equally).
Without it: the risk-coverage curve of the half, by set and language, with the weights as they stand.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

import numpy as np

from eval.answers.cases import read_cases
from eval.answers.contexts import Mixture, contexts
from eval.answers.types import AnswerCase, Expect
from generation.answerability import NAMES, PLAUSIBLE, WEIGHTS, features
from generation.evidence import prepare
from store.language import written_in

_SETS = ("expmrc", "mtrag_gen", "rgb")
_FITTED = {
    "zh": ("window", "names", "numbers", "kind", "order", "told"),
    "en": ("passage", "window", "names", "kind", "order", "told"),
}


def cases_with_features(data: Path) -> list[tuple[AnswerCase, list[float]]]:
    """Every case that should be answered or should be abstained from, with the features of its context."""
    cases = read_cases([data / name / "rag.dev.jsonl" for name in _SETS])
    context = contexts(cases, Mixture(), count=lambda texts: [max(1, len(t) // 3) for t in texts], searches={})
    chosen = [case for case in cases if case.expect in (Expect.ANSWER, Expect.PARTIAL, Expect.ABSTAIN)]
    rows = []
    for case in chosen:
        passages = context(case).passages
        if passages:
            found = features(case.question, [prepare(passage) for passage in passages])
            rows.append((case, [getattr(found, name) for name in NAMES]))
    return rows


def tuned(case: AnswerCase) -> bool:
    """Whether a case belongs to the half that weights are fitted on; the tests made of one item stay together."""
    return random.Random(f"half {case.id.partition('#')[0]}").random() < 0.5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--half", choices=("heldout", "tune"), default="heldout")
    args = parser.parse_args()
    rows = cases_with_features(args.data)
    if args.fit:
        _fit([row for row in rows if tuned(row[0])])
        return
    half = [row for row in rows if tuned(row[0]) == (args.half == "tune")]
    groups = {"all": half} | {lang: [r for r in half if r[0].language == lang] for lang in ("zh", "en")}
    groups |= {f"{s} {g}": [r for r in groups[g] if r[0].collection == s] for s in _SETS for g in ("zh", "en")}
    print("| questions | answerable | unanswerable | AUROC | refused at ≤ 5 / 10 / 20 / 30 % false refusals |")
    print("| --- | --- | --- | --- | --- |")
    for name, group in groups.items():
        _curve(name, group)


def _probability(case: AnswerCase, values: list[float]) -> float:
    constant, *weights = WEIGHTS[written_in(case.question)]
    plausible = min(1.0, values[NAMES.index("window")] / PLAUSIBLE)
    return float(plausible / (1 + np.exp(-(constant + np.dot(weights, values)))))


def _curve(name: str, group: list[tuple[AnswerCase, list[float]]]) -> None:
    yes = np.array([_probability(c, v) for c, v in group if c.expect is not Expect.ABSTAIN])
    no = np.array([_probability(c, v) for c, v in group if c.expect is Expect.ABSTAIN])
    if not len(yes) or not len(no):
        return
    auroc = float(np.mean(yes[:, None] > no[None]) + 0.5 * np.mean(yes[:, None] == no[None]))
    cuts = [np.quantile(yes, share) for share in (0.05, 0.1, 0.2, 0.3)]
    refused = " / ".join(f"{np.mean(no < cut):.2f} (p<{cut:.2f})" for cut in cuts)
    print(f"| {name} | {len(yes)} | {len(no)} | {auroc:.3f} | {refused} |")


def _fit(rows: list[tuple[AnswerCase, list[float]]]) -> None:
    from sklearn.linear_model import LogisticRegression

    for language, fitted in _FITTED.items():
        chosen = [row for row in rows if written_in(row[0].question) == language]
        used = [NAMES.index(name) for name in fitted]
        x = np.array([[values[i] for i in used] for _, values in chosen])
        y = np.array([case.expect is not Expect.ABSTAIN for case, _ in chosen])
        model = LogisticRegression(C=3.0, class_weight="balanced", max_iter=1000).fit(x, y)
        by_name = dict(zip(fitted, model.coef_[0], strict=True))
        weights = ", ".join(f"{w:.2f}" for w in (model.intercept_[0], *(by_name.get(name, 0.0) for name in NAMES)))
        print(f'    "{language}": ({weights}),  # n = {len(y)}, {int((~y).sum())} unanswerable')


if __name__ == "__main__":
    main()
