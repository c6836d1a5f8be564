"""A tuning run → report.json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from eval.measures.macro import macro
from eval.measures.ranking import MEASURES
from eval.measures.significance import interval
from eval.summary import HEADLINE
from eval.tuning.ablate import plain
from eval.tuning.tune import Confirmation, Values, as_settings, changes, confirm, finding, trials
from eval.tuning.variants import Variant
from eval.types import Row

CONFIGURED, CHOSEN = "configured", "chosen"
ByDataset = Mapping[str, Sequence[Row]]


def tuning_report(
    configured: Variant,
    chosen: Variant,
    tried: Mapping[Variant, Values],
    confirmed: Mapping[str, ByDataset],
    *,
    about: Mapping[str, Any],
) -> dict[str, Any]:
    """The report as plain JSON values.

    Args:
        configured: the search as the settings have it.
        chosen: the best one on the tuning questions.
        tried: every variant with its values on the tuning questions.
        confirmed: rows of the confirming questions, by ``configured`` and ``chosen``, then by dataset.
        about: data, models, program and seed, as they are to be written.
    """
    changed = changes(configured, chosen)
    now, then = (_values(confirmed[mode]) for mode in (CONFIGURED, CHOSEN))
    found = confirm(now, then, seed=about["seed"]) if changed else None
    words = finding(changed, found)
    tuned_on = next(iter(tried.values()))
    return {
        "version": 1,
        "kind": "tuning",
        "questions": {
            "tuning": sum(len(one) for one in tuned_on.values()),
            "confirming": sum(len(one) for one in now.values()),
        },
        "queries": sum(len(one) for one in now.values()),
        "failed": sum(1 for rows in confirmed[CONFIGURED].values() for row in rows if row.failed),
        "configured": as_settings(configured),
        "chosen": as_settings(chosen),
        "changes": changed,
        "real": found is not None and found.real,
        "finding": {"zh": words.zh, "en": words.en},
        "trials": trials(tried),
        "modes": {mode: _macro(confirmed[mode], about["seed"]) for mode in (CONFIGURED, CHOSEN)},
        **_tests(found, confirmed, about["seed"]),
        **about,
    }


def _tests(found: Confirmation | None, confirmed: Mapping[str, ByDataset], seed: int) -> dict[str, Any]:
    if found is None:
        return {"comparisons": [], "datasets": {}, "worse": []}
    pair = {"a": CONFIGURED, "b": CHOSEN, "measure": HEADLINE}
    return {
        "comparisons": [pair | plain(found.pooled) | {"macro_mean": _rounded(asdict(found.macro))}],
        "datasets": {
            name: {**plain(one), "modes": {mode: _estimated(rows[name], seed) for mode, rows in confirmed.items()}}
            for name, one in found.by_dataset.items()
        },
        "worse": list(found.worse),
    }


def _values(rows: ByDataset) -> dict[str, list[float]]:
    return {name: [row.measures[HEADLINE] for row in mine] for name, mine in rows.items()}


def _macro(rows: ByDataset, seed: int) -> dict[str, dict[str, float]]:
    return {
        measure: _rounded(asdict(macro([[row.measures[measure] for row in mine] for mine in rows.values()], seed=seed)))
        for measure in MEASURES
    }


def _estimated(rows: Sequence[Row], seed: int) -> dict[str, dict[str, float]]:
    return {HEADLINE: _rounded(asdict(interval([row.measures[HEADLINE] for row in rows], seed=seed)))}


def _rounded(values: Mapping[str, float]) -> dict[str, float]:
    return {key: round(value, 6) for key, value in values.items()}
