"""Two runs, question by question: what differs, how sure that is, and which questions were won and lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.comparing.page import comparison_page as comparison_page
from eval.errors import EvalInputError
from eval.measures.significance import Difference, compare_paired, interval, judged_together
from eval.types import Estimate, Row


@dataclass(frozen=True, slots=True)
class Paired:
    """One question under both runs, by the main measure. ``a`` and ``b`` are values, ``failed_*`` says why one failed.

    ``top_*`` is what each run gave: the id of its best document, else the answer (``detail["answer"]``), else "".
    """

    question: str
    text: str
    direction: str
    a: float
    b: float
    top_a: str
    top_b: str
    failed_a: str = ""
    failed_b: str = ""

    @property
    def difference(self) -> float:
        """B minus A."""
        return self.b - self.a


@dataclass(frozen=True, slots=True)
class Comparison:
    """B against A. ``wins``, ``losses`` and ``ties`` are B's by ``measure``, the largest difference first.

    ``measures`` are judged together (Holm over all measures), and so is ``by_direction`` (direction → measure; Holm
    over all of them). ``only_*`` counts questions that one run alone has and that are left out, ``failed_*`` those
    that failed and count 0. ``means_*`` is each run's own mean by measure.
    """

    a: str
    b: str
    measure: str
    measures: dict[str, Difference]
    means_a: dict[str, Estimate]
    means_b: dict[str, Estimate]
    by_direction: dict[str, dict[str, Difference]]
    wins: tuple[Paired, ...]
    losses: tuple[Paired, ...]
    ties: tuple[Paired, ...]
    only_a: int
    only_b: int
    failed_a: int
    failed_b: int


def compare_rows(
    a: Sequence[Row],
    b: Sequence[Row],
    *,
    measure: str = "ndcg@10",
    seed: int = 0,
    names: tuple[str, str] = ("A", "B"),
    allow_partial: bool = False,
) -> Comparison:
    """B against A, matched by question id; rows of one mode each.

    A failed question counts 0 in every measure that the other run has for it. A measure is compared over the questions
    that have it; a question without any is left out. Raises EvalInputError where a question stands twice in a run,
    stands in one run only (unless ``allow_partial``), has another text or direction in the other run, where a measure
    of a question that did not fail is missing in one run, and where no question has ``measure``.
    """
    of_a, of_b = _by_question(a, names[0]), _by_question(b, names[1])
    both = [question for question in of_a if question in of_b]
    only_a, only_b = len(of_a) - len(both), len(of_b) - len(both)
    if (only_a or only_b) and not allow_partial:
        lone = next(q for q in [*of_a, *of_b] if (q in of_a) != (q in of_b))
        raise EvalInputError(
            f"{only_a} questions stand only in {names[0]} and {only_b} only in {names[1]}, the first is {lone!r}: "
            "compare runs over the same questions, or allow a partial comparison"
        )
    pairs = [(of_a[question], of_b[question]) for question in both]
    values = _values(pairs, names)
    if measure not in values:
        raise EvalInputError(f"no question that both runs have is measured by {measure!r}; there is {sorted(values)}")
    paired = [
        _paired(one, other, *values[measure][one.question]) for one, other in pairs if one.question in values[measure]
    ]
    whole = _judge({name: list(by.values()) for name, by in values.items()}, seed)
    return Comparison(
        *names,
        measure=measure,
        measures=whole,
        means_a={name: interval([x for x, _ in by.values()], seed=seed) for name, by in values.items()},
        means_b={name: interval([y for _, y in by.values()], seed=seed) for name, by in values.items()},
        by_direction=_by_direction(pairs, values, whole, seed),
        wins=_sorted([one for one in paired if one.difference > 0]),
        losses=_sorted([one for one in paired if one.difference < 0]),
        ties=_sorted([one for one in paired if one.difference == 0]),
        only_a=only_a,
        only_b=only_b,
        failed_a=sum(bool(one.failed) for one, _ in pairs),
        failed_b=sum(bool(other.failed) for _, other in pairs),
    )


_Pairs = Sequence[tuple[Row, Row]]
_Values = dict[str, dict[str, tuple[float, float]]]  # measure → question → values of A and B


def _by_question(rows: Sequence[Row], name: str) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for row in rows:
        if row.question in found:
            modes = sorted({row.mode, found[row.question].mode})
            raise EvalInputError(f"{name} has question {row.question!r} twice (modes {modes}): choose rows of one mode")
        found[row.question] = row
    return found


def _values(pairs: _Pairs, names: tuple[str, str]) -> _Values:
    """Measures in the order of A's first row, those that only later rows have behind them."""
    values: _Values = {}
    for one, other in pairs:
        if (one.text, one.direction) != (other.text, other.direction):
            raise EvalInputError(
                f"question {one.question!r} is {one.text!r} ({one.direction}) in {names[0]} and {other.text!r} "
                f"({other.direction}) in {names[1]}: compare runs over the same data"
            )
        for name in [*one.measures, *(name for name in other.measures if name not in one.measures)]:
            taken = (_value(one, name, names[0]), _value(other, name, names[1]))
            values.setdefault(name, {})[one.question] = taken
    return values


def _value(row: Row, measure: str, name: str) -> float:
    if row.failed:
        return 0.0
    if measure not in row.measures:
        raise EvalInputError(
            f"question {row.question!r} has no {measure!r} in {name}, but in the other run: measure both again"
        )
    return row.measures[measure]


def _judge(values: Mapping[str, Sequence[tuple[float, float]]], seed: int) -> dict[str, Difference]:
    tested = [compare_paired([x for x, _ in pairs], [y for _, y in pairs], seed=seed) for pairs in values.values()]
    return dict(zip(values, judged_together(tested), strict=True))


def _by_direction(
    pairs: _Pairs, values: _Values, whole: Mapping[str, Difference], seed: int
) -> dict[str, dict[str, Difference]]:
    """One family of tests over all directions and measures: four directions are four chances of a false finding."""
    directions = {one.question: one.direction for one, _ in pairs}
    if len(set(directions.values())) == 1:
        return {direction: dict(whole) for direction in directions.values()}
    split: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for name, by_question in values.items():
        for question, taken in by_question.items():
            split.setdefault((directions[question], name), []).append(taken)
    tested = [compare_paired([x for x, _ in part], [y for _, y in part], seed=seed) for part in split.values()]
    found: dict[str, dict[str, Difference]] = {}
    for (direction, name), one in sorted(zip(split, judged_together(tested), strict=True), key=lambda item: item[0][0]):
        found.setdefault(direction, {})[name] = one
    return found


def _paired(one: Row, other: Row, a: float, b: float) -> Paired:
    return Paired(one.question, one.text, one.direction, a, b, _top(one), _top(other), one.failed, other.failed)


def _top(row: Row) -> str:
    return row.ranking[0].document if row.ranking else row.detail.get("answer", "")


def _sorted(paired: Sequence[Paired]) -> tuple[Paired, ...]:
    """The largest difference first, equal ones by question id."""
    return tuple(sorted(paired, key=lambda one: (-abs(one.difference), one.question)))
