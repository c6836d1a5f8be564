"""Several datasets side by side: one table, macro means, and the hybrid against the better leg of each set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from eval.measures.macro import macro
from eval.measures.ranking import MEASURES
from eval.measures.significance import interval
from eval.report.sections import Interval, Intervals, Page, Section, Table, Verdict, Words, same
from eval.retrieval_page import facts
from eval.summary import HEADLINE, rounded
from eval.types import Row
from eval.wording import MODE, estimate, name, number

HYBRIDS = ("hybrid+rerank", "hybrid")


def overview(
    reports: Mapping[str, Mapping[str, Any]], rows: Mapping[str, Sequence[Row]], *, configuration: Mapping[str, Any]
) -> dict[str, Any]:
    """The report over datasets by name: macro means (every dataset weighs the same) and each dataset's measures."""
    modes = list(next(iter(reports.values()))["modes"])
    seed = configuration["seed"]
    against = _against_better_leg(reports, rows, modes, seed)
    return {
        "version": 1,
        "kind": "retrieval-overview",
        "dataset": ", ".join(reports),
        "split": next(iter(reports.values()))["split"],
        "documents": sum(report["documents"] for report in reports.values()),
        "passages": sum(report["passages"] for report in reports.values()),
        "queries": sum(report["queries"] for report in reports.values()),
        "failed": sum(report["failed"] for report in reports.values()),
        "modes": {
            mode: {
                measure: rounded(asdict(macro([_values(rows[each], mode, measure) for each in reports], seed=seed)))
                for measure in MEASURES
            }
            for mode in modes
        },
        "datasets": {
            each: {"queries": report["queries"], "modes": report["modes"], "warnings": report["warnings"]}
            for each, report in reports.items()
        },
        "against_better_leg": against,
        "macro_gain": _macro_gain(rows, against, seed),
        "data_hash": "; ".join(f"{each} {report['data_hash'][:16]}" for each, report in reports.items()),
        **configuration,
    }


def _values(rows: Sequence[Row], mode: str, measure: str) -> list[float]:
    return [row.measures[measure] for row in rows if row.mode == mode]


def _against_better_leg(
    reports: Mapping[str, Mapping[str, Any]], rows: Mapping[str, Sequence[Row]], modes: Sequence[str], seed: int
) -> dict[str, Any]:
    """Per dataset: the hybrid's nDCG@10 minus that of the leg which is better on it, with the interval."""
    hybrid = next((mode for mode in HYBRIDS if mode in modes), None)
    if hybrid is None or not {"dense", "keyword"} <= set(modes):
        return {}
    found = {}
    for each, report in reports.items():
        leg = max(("dense", "keyword"), key=lambda mode: report["modes"][mode][HEADLINE]["value"])
        values = {
            mode: {row.question: row.measures[HEADLINE] for row in rows[each] if row.mode == mode}
            for mode in (leg, hybrid)
        }
        difference = interval([values[hybrid][question] - values[leg][question] for question in values[leg]], seed=seed)
        found[each] = {
            "hybrid": hybrid,
            "leg": leg,
            **rounded(asdict(difference)),
        }
    return found


def _macro_gain(rows: Mapping[str, Sequence[Row]], against: Mapping[str, Any], seed: int) -> dict[str, float]:
    """The mean over datasets of the hybrid's difference to the better leg of each."""
    differences = []
    for each, of in against.items():
        leg, hybrid = (
            {row.question: row.measures[HEADLINE] for row in rows[each] if row.mode == mode}
            for mode in (of["leg"], of["hybrid"])
        )
        differences.append([hybrid[question] - value for question, value in leg.items()])
    return rounded(asdict(macro(differences, seed=seed))) if differences else {}


def overview_page(report: Mapping[str, Any]) -> Page:
    """The page over several datasets."""
    count = len(report["datasets"])
    against = report["against_better_leg"]
    sections: list[Section] = [
        Table(
            Words("nDCG@10，按数据集", "nDCG@10 by dataset"),
            (Words("数据集", "dataset"), Words("问题", "questions"), *(name(MODE, mode) for mode in report["modes"])),
            (
                *(
                    (same(each), same(str(of["queries"])), *(estimate(by[HEADLINE]) for by in of["modes"].values()))
                    for each, of in report["datasets"].items()
                ),
                (
                    Words("宏平均", "macro mean"),
                    same(str(report["queries"])),
                    *(estimate(by[HEADLINE]) for by in report["modes"].values()),
                ),
            ),
            Words(
                "宏平均：每个数据集权重相同。括号内为 95% 置信区间。",
                "Macro mean: every dataset weighs the same. 95 % intervals in parentheses.",
            ),
        ),
        *(
            [
                Intervals(
                    Words("混合检索减去较好的一路（nDCG@10）", "Hybrid minus the better leg (nDCG@10)"),
                    tuple(
                        Interval(
                            Words(
                                f"{each}（{MODE[of['leg']].zh}）",
                                f"{each} ({MODE[of['leg']].en})",
                            ),
                            of["value"],
                            of["low"],
                            of["high"],
                        )
                        for each, of in against.items()
                    ),
                    zero=True,
                )
            ]
            if against
            else []
        ),
    ]
    return Page(
        title=Words(f"检索质量：{count} 个数据集", f"Retrieval quality: {count} datasets"),
        subtitle=Words(
            f"{report['queries']} 个问题，{report['documents']} 篇文档，{report['passages']} 个段落",
            f"{report['queries']} questions, {report['documents']} documents, {report['passages']} passages",
        ),
        verdicts=tuple(_verdicts(report)),
        sections=(*sections, *facts(report)),
    )


def _verdicts(report: Mapping[str, Any]) -> list[Verdict]:
    against, gain = report["against_better_leg"], report["macro_gain"]
    if not against:
        return []
    hybrid = next(iter(against.values()))["hybrid"]
    better = [each for each, of in against.items() if of["low"] > 0]
    worse = [each for each, of in against.items() if of["high"] < 0]
    macro = {mode: each[HEADLINE]["value"] for mode, each in report["modes"].items()}
    legs = np.mean([report["datasets"][each]["modes"][of["leg"]][HEADLINE]["value"] for each, of in against.items()])
    words = name(MODE, hybrid)
    return [
        Verdict(
            Words(
                f"{words.zh}的宏平均 nDCG@10 为 {number(macro[hybrid])}，逐集取较好一路为 {number(float(legs))}，"
                f"相差 {gain['value']:+.3f}（95% 置信区间 {gain['low']:.3f} 至 {gain['high']:.3f}）；"
                f"在 {len(better)} 个数据集上优于较好的一路，在 {len(worse)} 个上更差。",
                f"{words.en.capitalize()} reaches a macro nDCG@10 of {number(macro[hybrid])}, the better leg of each "
                f"set {number(float(legs))}: {gain['value']:+.3f}, 95 % CI {gain['low']:.3f} to {gain['high']:.3f}. It "
                f"beats the better leg on {len(better)} of {len(against)} datasets and is worse on {len(worse)}.",
            ),
            "bad" if gain["high"] < 0 or worse else "good" if gain["low"] > 0 else "open",
        )
    ]
