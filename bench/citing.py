"""Whether right answers pass the check and are shown with the sentence that people marked, and wrong ones do not pass.

    python -m bench.citing DATA [--half tuning|heldout|both]

ExpMRC (Cui et al. 2022, arXiv:2105.04126) gives question, passage, answer and marked evidence. Each answer is checked
as a model writes it: the answer alone ("1569."), as small models do, and the question's words with the answer behind
them. The same with the answer of another question about the passage, and with one that the passage does not have. The
measures are those of ``eval.measures.citations``, of the places that ``generation.verify`` cites. The weights in
``generation.evidence`` and ``generation.support`` were chosen on every other question (``tuning``).
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from eval.measures.citations import citation_precision, citation_recall
from generation.sentences import texts
from generation.terms import squeeze
from generation.types import Verdict
from generation.verify import Checked, verify
from retrieval.types import Passage
from store.types import Chunk

HALVES = {"tuning": (0,), "heldout": (1,), "both": (0, 1)}
FORMS = ("answer alone", "with the question")
Row = dict[str, Any]


def passage_of(text: str) -> Passage:
    """A text as the only passage of a context."""
    return Passage(1, Chunk("c", "d", 0, 0, len(text), text, None, (), len(text)), "", "f", 1.0)


def answer_of(row: Row) -> str:
    """The first spelling of the right answer."""
    first = row["answers"][0]
    return first if isinstance(first, str) else first[0]


def wrong_answers(row: Row, rows: Sequence[Row], chance: random.Random) -> dict[str, str]:
    """An answer of another question about the same passage, and one that the passage does not have, where there are."""
    text, right = squeeze(row["positive"][0][0]), squeeze(answer_of(row))
    peers = [answer_of(one) for one in rows if one["lang"] == row["lang"]]
    here = {answer_of(one) for one in rows if one["positive"][0][0] == row["positive"][0][0]}
    same = sorted(one for one in here if squeeze(one) not in right and right not in squeeze(one))
    foreign = [one for one in chance.sample(peers, 8) if squeeze(one) not in text]
    found = {"same passage": same, "elsewhere": foreign}
    return {kind: chance.choice(answers) for kind, answers in found.items() if answers}


def checked(row: Row, answer: str, form: str) -> Checked:
    """The answer in its wording, with its marker, against the passage."""
    question, end = row["query"], "。[1]" if row["lang"] == "zh" else ". [1]"
    said = answer if form == FORMS[0] else f"{question.rstrip('？?')} {answer}"
    return verify(said + end, (passage_of(row["positive"][0][0]),), question)


def passes(found: Checked) -> bool:
    """Whether a sentence of it is supported."""
    return any(sentence.verdict is Verdict.SUPPORTED for sentence in found.sentences)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("data", type=Path, help="folder that holds expmrc/rag.dev.jsonl")
    options.add_argument("--half", choices=HALVES, default="both")
    arguments = options.parse_args()
    rows = [json.loads(line) for line in (arguments.data / "expmrc" / "rag.dev.jsonl").read_text("utf-8").splitlines()]
    chance = random.Random(5)
    told: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for number, row in enumerate(rows):
        wrong = wrong_answers(row, rows, chance)
        if number % 2 not in HALVES[arguments.half]:
            continue
        marked = [tuple((sentence,) for sentence in texts(evidence)) for evidence in row["evidence"]]
        for form in FORMS:
            found, measured = checked(row, answer_of(row), form), told[row["lang"], form]
            measured["right"].append(passes(found))
            for kind, answer in wrong.items():
                measured[kind].append(passes(checked(row, answer, form)))
            if passes(found):
                quotes = [cited.quote for cited in found.citations]
                measured["precision"].append(citation_precision(quotes, marked))
                measured["recall"].append(citation_recall(quotes, marked))
    for (language, form), columns in sorted(told.items()):
        shown = ", ".join(f"{name} {mean(values):.3f} ({len(values)})" for name, values in columns.items())
        print(f"{language} {form}: passes: {shown}")


if __name__ == "__main__":
    main()
