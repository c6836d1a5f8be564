"""What is left of the answers when a prompt shows only the sentences near the question.

    python -m bench.condense DATA [--budgets 160 220 280 360]

Questions and contexts are those of `shujia eval answers` (seed 0, five passages, noise .4, 640 tokens) on expmrc and
rgb, development cases whose context holds every fact of the answer word for word. A prompt of so many tokens keeps an
answer when all facts still stand in it. Beside it the plain way: whole passages, best first, until the budget is spent.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path
from statistics import fmean

from eval.answers.cases import read_cases
from eval.answers.contexts import Mixture, contexts
from eval.answers.types import AnswerCase, Expect
from eval.measures.text import contains
from generation.condense import condensed
from models.fetch import locate
from models.tokens import FileTokenCounter
from retrieval.types import Passage

_SETS = ("expmrc", "rgb")


def main() -> None:
    """Print a line for each budget and language."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--budgets", type=int, nargs="*", default=[160, 220, 280, 360])
    options = parser.parse_args()
    cases = read_cases([options.data / name / "rag.dev.jsonl" for name in _SETS])
    count = FileTokenCounter(locate("multilingual-e5-small") / "tokenizer.json").count
    context = contexts(cases, Mixture(), count=count, searches={})
    asked = [case for case in cases if case.expect is Expect.ANSWER and case.facts]
    held = [(case, found) for case in asked if _holds(case, found := context(case).passages)]
    print("| language | questions | budget | tokens | kept, sentences | kept, whole passages |\n" + "| --- " * 6 + "|")
    for budget in options.budgets:
        kept: dict[str, list[tuple[bool, bool, int]]] = defaultdict(list)
        for case, passages in held:
            shown = condensed(case.question, passages, budget)
            tokens = sum(count([one.chunk.text for one in shown]))
            kept[case.language].append((_holds(case, shown), _holds(case, _first(passages, budget)), tokens))
        for language, rows in sorted(kept.items()):
            ours, plain, tokens = (fmean(column) for column in zip(*rows, strict=True))
            print(f"| {language} | {len(rows)} | {budget} | {tokens:.0f} | {ours:.3f} | {plain:.3f} |")


def _holds(case: AnswerCase, passages: tuple[Passage, ...]) -> bool:
    text = "\n".join(passage.chunk.text for passage in passages)
    return all(contains(text, spellings) for spellings in case.facts)


def _first(passages: tuple[Passage, ...], budget: int) -> tuple[Passage, ...]:
    """As many whole passages as the budget has room for, one at least."""
    spent = 0
    for n, passage in enumerate(passages):
        spent += passage.chunk.tokens
        if spent > budget:
            return passages[: max(1, n)]
    return passages


if __name__ == "__main__":
    main()
