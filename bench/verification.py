"""How well the check of answers finds planted errors, and how often it flags what is right.

    python -m bench.verification DATA [--half heldout|tune|all] [--seed 0] [--misses FILE]

DATA holds expmrc/, rgb/, dragonball/ and mtrag_gen/ with their rag.dev.jsonl. An error counts as flagged when the
sentence is not marked as supported, or when the marker that was planted is taken away. A statement whose twin is
flagged by mistake counts as a false alarm. Thresholds were chosen on the ``tune`` half, the figures of the
documentation are those of the ``heldout`` half (a hash of the statement's id decides).
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

from bench.planted import KINDS, Planted, planted
from bench.statements import read
from generation.alignment import align
from generation.evidence import prepare
from generation.support import check, claim_of
from generation.terms import coverage
from generation.types import Verdict
from generation.verify import verify
from retrieval.types import Passage
from store.types import Chunk

PER_ORIGIN = 160  # statements of one origin and language; the rest repeats their kind
_EXAMPLES = Path(__file__).parents[1] / "examples" / "sources"


def items(data: Path, half: str = "all", seed: int = 0) -> list[Planted]:
    """The planted errors and their twins, at most PER_ORIGIN statements of an origin and language."""
    taken: Counter[tuple[str, str]] = Counter()
    statements = []
    for statement in read(data, _EXAMPLES):
        taken[statement.origin, statement.language] += 1
        if taken[statement.origin, statement.language] <= PER_ORIGIN:
            statements.append(statement)
    chosen = planted(statements, seed)
    return [one for one in chosen if half == "all" or one.tuned == (half == "tune")]


def passages_of(texts: Sequence[str]) -> tuple[Passage, ...]:
    """Texts as the check takes them, each a document of its own."""
    return tuple(
        Passage(n, Chunk(f"c{n}", f"d{n}", 0, 0, len(t), t, None, (), len(t)), "", "", 1.0 / n)
        for n, t in enumerate(texts, start=1)
    )


def flagged(one: Planted) -> tuple[bool, tuple[str, ...]]:
    """Whether the check objects to the sentence or to its marker, and its reasons."""
    checked = verify(f"{one.text} [{one.cited}]", passages_of(one.passages))
    reasons = tuple(reason for sentence in checked.sentences for reason in sentence.reasons)
    right = all(s.verdict is Verdict.SUPPORTED and one.cited in s.citations for s in checked.sentences)
    return not right, reasons


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--half", choices=("heldout", "tune", "all"), default="heldout")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--fit", action="store_true", help="print the numbers of generation.support.SUPPORT")
    parser.add_argument("--misses", type=Path, help="write what was missed and what was flagged by mistake")
    args = parser.parse_args()
    if args.fit:
        _fit(items(args.data, "tune", args.seed))
        return
    counts: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    misses = []
    chosen = items(args.data, args.half, args.seed)
    started = time.process_time()
    for one in chosen:
        found, reasons = flagged(one)
        count = counts[one.statement.origin, one.statement.language, one.kind]
        count[0] += found
        count[1] += 1
        if found == (one.kind == ""):
            misses.append(_told(one, reasons))
    seconds = time.process_time() - started
    _table(counts)
    print(f"\n{len(chosen)} sentences, {seconds / len(chosen) * 1000:.1f} ms of processor time each")
    if args.misses:
        args.misses.write_text("\n".join(json.dumps(m, ensure_ascii=False) for m in misses), "utf-8")


def _fit(chosen: Sequence[Planted]) -> None:
    """Logistic regression of "untouched" on the share of words in order and whether the check objects."""
    from sklearn.linear_model import LogisticRegression

    rows = []
    for one in chosen:
        claim, evidence = claim_of(one.text), prepare(passages_of(one.passages)[one.cited - 1])
        found = align(claim.text, claim.words, evidence)
        share = found.share if found else coverage(claim.words, evidence.words)
        rows.append((share, float(not check(claim, [evidence]).passed)))
    model = LogisticRegression(C=3.0, max_iter=1000).fit(rows, [one.kind == "" for one in chosen])
    print("SUPPORT =", tuple(round(float(w), 2) for w in (*model.intercept_, *model.coef_[0])))


def _told(one: Planted, reasons: tuple[str, ...]) -> dict[str, object]:
    """A miss, for reading."""
    about = {"kind": one.kind or "twin", "origin": one.statement.origin, "text": one.text, "true": one.statement.text}
    return {**about, "reasons": reasons, "cited": one.passages[one.cited - 1]}


def _table(counts: dict[tuple[str, str, str], list[int]]) -> None:
    columns = [*KINDS, ""]
    print("| statements | " + " | ".join([*KINDS, "false alarms on twins"]) + " |")
    print("| --- |" + " --- |" * len(columns))
    verbatim = {origin for origin, _, _ in counts if " " not in origin}
    groups = {f"verbatim {lang}": [k for k in counts if k[1] == lang and k[0] in verbatim] for lang in ("en", "zh")}
    groups |= {
        f"{o} {lang}": [k for k in counts if k[:2] == (o, lang)] for o, lang in dict.fromkeys(k[:2] for k in counts)
    }
    for name, keys in groups.items():
        cells = []
        for kind in columns:
            found = sum(counts[k][0] for k in keys if k[2] == kind)
            total = sum(counts[k][1] for k in keys if k[2] == kind)
            cells.append(f"{found / total:.3f} (n={total})" if total else "–")
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
