"""One switch at a time against the configured search: what each part is worth, with intervals and corrected tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from eval.measures.macro import macro
from eval.measures.ranking import MEASURES
from eval.measures.significance import Difference, compare_paired, interval, judged_together
from eval.summary import HEADLINE
from eval.tuning.variants import Variant
from eval.types import Dataset, Row

DEFAULT = "default"
MAXSIM_DEPTH = 30


@dataclass(frozen=True, slots=True)
class Measured:
    """A dataset and its rows under every switch, one row a question and switch."""

    dataset: Dataset
    documents: int
    passages: int
    rows: tuple[Row, ...]


def switches(configured: Variant, *, rerank: bool) -> tuple[Variant, ...]:
    """The configured search, named ``default``, then every switch that would change it.

    ``rerank`` adds the reranker to a search that has none; one that has it is also measured without.
    """
    base = replace(configured, name=DEFAULT)
    fusions = [
        replace(base, name="dense", fusion="dense"),
        replace(base, name="keyword", fusion="keyword"),
        replace(base, name="rrf", fusion="rrf"),
        *(replace(base, name=f"minmax-{weight}", fusion="minmax", dense_weight=weight) for weight in (0.5, 0.7)),
    ]
    weights = [replace(base, name=f"weight-{weight}", dense_weight=weight) for weight in (0.3, 0.5, 0.7)]
    depths = [replace(base, name=f"candidates-{count}", candidates=count) for count in (50, 100, 200)]
    reranked = [replace(base, name="no-rerank", rerank_depth=0)]
    if rerank:
        reranked.append(replace(base, name=f"rerank-{MAXSIM_DEPTH}", rerank_depth=MAXSIM_DEPTH))
    tried = [*fusions, *weights, *depths, *reranked]
    return base, *(one for one in tried if replace(one, name=DEFAULT) != base)


def ablation_report(measured: Sequence[Measured], *, configuration: Mapping[str, Any]) -> dict[str, Any]:
    """The report as plain JSON values.

    ``modes`` are macro means over the datasets, ``comparisons`` every switch against the default over all questions
    together, Holm's correction over the switches; ``macro_mean`` is the difference where every dataset weighs the same.
    ``directions`` and ``datasets`` hold the same for their questions alone, each corrected within itself.
    """
    seed: int = configuration["seed"]
    names = list(dict.fromkeys(row.mode for row in measured[0].rows))
    everything = [row for one in measured for row in one.rows]
    directions = sorted({row.direction for row in everything})
    return {
        "version": 1,
        "kind": "ablation",
        "dataset": ", ".join(one.dataset.name for one in measured),
        "split": measured[0].dataset.split,
        "data_hash": "; ".join(f"{one.dataset.name} {one.dataset.hash[:16]}" for one in measured),
        "documents": sum(one.documents for one in measured),
        "passages": sum(one.passages for one in measured),
        "queries": sum(len(one.dataset.questions) for one in measured),
        "failed": sum(1 for row in everything if row.failed and row.mode == DEFAULT),
        "modes": {name: {m: _macro(measured, name, m, seed) for m in MEASURES} for name in names},
        "comparisons": [
            found | {"macro_mean": _macro_difference(measured, found["b"], seed)}
            for found in _against_default(everything, names, seed)
        ],
        "directions": {
            way: _part([row for row in everything if row.direction == way], names, seed) for way in directions
        },
        "datasets": {one.dataset.name: _part(one.rows, names, seed) for one in measured},
        **configuration,
    }


def _macro(measured: Sequence[Measured], name: str, measure: str, seed: int) -> dict[str, float]:
    return _rounded(asdict(macro([_values(one.rows, name, measure) for one in measured], seed=seed)))


def _macro_difference(measured: Sequence[Measured], name: str, seed: int) -> dict[str, float]:
    pairs = [(_values(one.rows, DEFAULT), _values(one.rows, name)) for one in measured]
    return _rounded(asdict(macro([[y - x for x, y in zip(a, b, strict=True)] for a, b in pairs], seed=seed)))


def _against_default(rows: Sequence[Row], names: Sequence[str], seed: int) -> list[dict[str, Any]]:
    others = [name for name in names if name != DEFAULT]
    default = _values(rows, DEFAULT)
    tested = judged_together([compare_paired(default, _values(rows, name), seed=seed) for name in others])
    return [
        {"a": DEFAULT, "b": name, "measure": HEADLINE, **plain(one)} for name, one in zip(others, tested, strict=True)
    ]


def _part(rows: Sequence[Row], names: Sequence[str], seed: int) -> dict[str, Any]:
    return {
        "queries": sum(1 for row in rows if row.mode == DEFAULT),
        "modes": {name: {HEADLINE: _rounded(asdict(interval(_values(rows, name), seed=seed)))} for name in names},
        "comparisons": _against_default(rows, names, seed),
    }


def _values(rows: Sequence[Row], name: str, measure: str = HEADLINE) -> list[float]:
    return [row.measures[measure] for row in rows if row.mode == name]


def plain(one: Difference) -> dict[str, Any]:
    """A difference as JSON values."""
    return _rounded(asdict(one))


def _rounded(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: round(value, 6) if isinstance(value, float) else value for key, value in values.items()}
