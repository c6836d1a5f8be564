"""The report of a tuning run → the page that shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from eval.report.sections import Facts, Interval, Intervals, Lines, Page, Section, Series, Table, Verdict, Words, same
from eval.retrieval_page import facts
from eval.wording import estimate

BEST = 15
"""Trials that the page lists."""
_CONFIRMED_ON = {"half": Words("另一半", "the other half"), "heldout": Words("留出集", "held out")}
_VERDICT = {
    "better": Words("更好", "better"),
    "worse": Words("更差", "worse"),
    "cannot tell": Words("分不出", "cannot tell"),
}


def tuning_page(report: Mapping[str, Any]) -> Page:
    """The page of a tuning run: finding, what was tried, the confirmation per dataset, facts."""
    n, on = report["questions"], [_CONFIRMED_ON[one] for one in report["confirmed_on"]]
    return Page(
        title=Words(f"调参：{report['dataset']}", f"Tuning: {report['dataset']}"),
        subtitle=Words(
            f"{n['tuning']} 个问题用来挑选，另外 {n['confirming']} 个（{'、'.join(one.zh for one in on)}）用来确认",
            f"{n['tuning']} questions chose, {n['confirming']} others ({', '.join(one.en for one in on)}) confirmed",
        ),
        verdicts=tuple(
            Verdict(Words(**part["finding"]), "good" if part["real"] else "open")
            for part in (report, report.get("abstain"))
            if part
        ),
        sections=tuple(_sections(report)),
    )


def _sections(report: Mapping[str, Any]) -> Iterator[Section]:
    yield Facts(
        Words("配置", "Configuration"),
        tuple(
            (Words(f"{'当前' if kind == 'configured' else '所选'} {key}", f"{kind} {key}"), str(value))
            for kind in ("configured", "chosen")
            for key, value in report[kind].items()
        ),
    )
    yield _by_weight(report)
    if report["comparisons"]:
        yield from _confirmation(report)
    yield _trials(report)
    if "abstain" in report:
        yield _abstention(report["abstain"])
    yield from facts(report)


def _abstention(found: Mapping[str, Any]) -> Table:
    n = found["questions"]
    return Table(
        Words("弃答阈值（abstain）", "Threshold of abstention (abstain)"),
        (
            same("abstain"),
            Words("两类平均", "mean of both kinds"),
            Words("可答而作答", "answerable and answered"),
            Words("不可答而弃答", "unanswerable and withheld"),
        ),
        tuple(
            tuple(
                same(str(one[key]) if key == "abstain" else f"{one[key]:.3f}")
                for key in ("abstain", "balanced", "answered", "withheld")
            )
            for one in sorted(found["trials"], key=lambda one: float(one["abstain"]))
        ),
        Words(
            f"用来挑选的 {n['tuning']} 个问题；另外 {n['confirming']} 个用来确认。",
            f"Over the {n['tuning']} questions that chose; {n['confirming']} others confirmed.",
        ),
    )


def _by_weight(report: Mapping[str, Any]) -> Lines:
    points: dict[int, dict[float, float]] = {}
    for trial in report["trials"]:
        if trial["reranker"] != report["configured"]["reranker"]:
            continue
        best = points.setdefault(trial["candidates"], {})
        best[trial["dense_weight"]] = max(trial["macro"], best.get(trial["dense_weight"], 0.0))
    return Lines(
        Words("调参问题上的 nDCG@10（宏平均）", "nDCG@10 on the tuning questions (macro mean)"),
        Words("语义检索的权重", "dense weight"),
        same("nDCG@10"),
        tuple(
            Series(Words(f"每路 {count} 个候选", f"{count} candidates a leg"), tuple(sorted(points[count].items())))
            for count in sorted(points)
        ),
    )


def _confirmation(report: Mapping[str, Any]) -> Iterator[Section]:
    parts = {"Σ": {**report["comparisons"][0], "modes": report["modes"]}, **report["datasets"]}
    title = Words("确认：所选减当前（nDCG@10）", "Confirmation: chosen minus configured (nDCG@10)")
    yield Intervals(
        title,
        tuple(Interval(same(name), one["mean"], one["low"], one["high"]) for name, one in parts.items()),
        zero=True,
    )
    yield Table(
        Words("确认，按数据集", "Confirmation by dataset"),
        (
            Words("数据集", "dataset"),
            Words("问题", "questions"),
            Words("当前", "configured"),
            Words("所选", "chosen"),
            Words("差", "difference"),
            same("p"),
            Words("结论", "verdict"),
        ),
        tuple(
            (
                same(name),
                same(str(one["n"])),
                estimate(one["modes"]["configured"]["ndcg@10"]),
                estimate(one["modes"]["chosen"]["ndcg@10"]),
                same(f"{one['mean']:+.4f}"),
                same(f"{one['p']:.4f}"),
                _VERDICT[one["verdict"]],
            )
            for name, one in parts.items()
        ),
        Words(
            "Σ：所有问题合在一起的检验；其两列均值为数据集宏平均。",
            "Σ: the test over all questions together; its two means are macro means over datasets.",
        ),
    )


def _trials(report: Mapping[str, Any]) -> Table:
    keys = list(dict.fromkeys(key for one in report["trials"] for key in one if key not in ("macro", "datasets")))
    names = list(report["trials"][0]["datasets"])
    return Table(
        Words(
            f"最好的 {BEST} 组（共 {len(report['trials'])} 组）", f"The best {BEST} of {len(report['trials'])} tried"
        ),
        (*(same(key) for key in keys), Words("宏平均", "macro mean"), *(same(name) for name in names)),
        tuple(
            (
                *(same(str(one.get(key, "–"))) for key in keys),
                same(f"{one['macro']:.4f}"),
                *(same(f"{one['datasets'][name]:.3f}") for name in names),
            )
            for one in report["trials"][:BEST]
        ),
    )
