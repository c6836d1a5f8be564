"""Runs the part of `shujia tune` that looks at abstention: questions with known answers → a threshold, if it is better.

No model is needed: how likely the passages answer is judged before one is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.answers.asking import asker
from eval.answers.cases import read_cases
from eval.answers.contexts import Mixture, contexts
from eval.answers.types import Expect
from eval.errors import EvalInputError
from eval.tuning.abstention import Judged, tune_abstention

if TYPE_CHECKING:
    from app.eval_library import EvalLibrary

_ANSWERABLE = {Expect.ANSWER: True, Expect.PARTIAL: True, Expect.ABSTAIN: False}


def run_abstention(
    shelf: EvalLibrary, files: Sequence[Path], *, seed: int, watch: Callable[[int, int], None]
) -> dict[str, Any]:
    """Judge every question that brings its passages, and choose and confirm the threshold. Raises EvalInputError."""
    settings = shelf.library.settings
    cases = [case for case in read_cases(files) if case.given and case.expect in _ANSWERABLE and not case.kind]
    mixture = Mixture(seed, budget=settings.context_tokens)
    context = contexts(cases, mixture, count=shelf.library.embedder.tokens.count, searches={})
    ask = asker(None, abstain=0.0, harm=None)
    judged = []
    for number, case in enumerate(cases):
        watch(number, len(cases))
        answer = ask(case.question, context(case))
        judged.append(Judged(case.id, _ANSWERABLE[case.expect], answer.answerable, answer.abstained))
    watch(len(cases), len(cases))
    try:
        return tune_abstention(settings.abstain, judged, seed=seed)
    except ValueError as exc:
        names = ", ".join(str(file) for file in files)
        raise EvalInputError(
            f"{names}: {exc}; --answers needs questions with passages, some of which do not answer them"
        ) from exc
