"""The report of an ablation → the page that shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from eval.measures.ranking import MEASURES
from eval.report.sections import Interval, Intervals, Page, Section, Table, Verdict, Words, same
from eval.retrieval_page import facts
from eval.summary import HEADLINE
from eval.tuning.ablate import DEFAULT
from eval.wording import MEASURE, MODE, estimate, name

_FIXED = {
    DEFAULT: Words("当前配置", "as configured"),
    "dense": Words("只用语义检索", "the dense leg alone"),
    "keyword": Words("只用关键词检索", "the keyword leg alone"),
    "rrf": Words("倒数排名融合（k = 60）", "reciprocal rank fusion (k = 60)"),
    "no-rerank": Words("不重排", "no reranking"),
}
_NUMBERED = {
    "minmax": Words("最小最大归一化融合，语义权重 {}", "min-max fusion, dense weight {}"),
    "weight": Words("语义权重 {}", "dense weight {}"),
    "candidates": Words("每路候选 {} 个", "{} candidates a leg"),
    "rerank": Words("MaxSim 重排前 {} 段", "MaxSim reranks the best {}"),
}


def switch_words(switch: str) -> Words:
    """What a switch is called in reports."""
    kind, _, number = switch.partition("-")
    if switch in _FIXED or kind not in _NUMBERED:
        return _FIXED.get(switch, name(MODE, switch))
    return Words(_NUMBERED[kind].zh.format(number), _NUMBERED[kind].en.format(number))


def ablation_page(report: Mapping[str, Any]) -> Page:
    """The page of an ablation: verdicts, differences with intervals, measures, per direction and dataset, facts."""
    return Page(
        title=Words(f"消融：{report['dataset']}", f"Ablation: {report['dataset']}"),
        subtitle=Words(
            f"{report['queries']} 个问题（{report['split']}）；每次只改一处，与当前配置逐题比较",
            f"{report['queries']} questions ({report['split']}); one switch at a time, paired with the configuration",
        ),
        verdicts=tuple(_verdicts(report)),
        sections=tuple(_sections(report)),
    )


def sentences(report: Mapping[str, Any]) -> list[Words]:
    """The findings in sentences: every switch that is better or worse, then how many cannot be told apart."""
    return [verdict.text for verdict in _verdicts(report)]


def _verdicts(report: Mapping[str, Any]) -> Iterator[Verdict]:
    order = sorted(report["comparisons"], key=lambda found: -abs(found["mean"]))
    for found in order:
        if found["verdict"] == "cannot tell":
            continue
        words, n, gain = switch_words(found["b"]), found["n"], abs(found["mean"])
        low, high = sorted((abs(found["low"]), abs(found["high"])))
        zh = f"nDCG@10 高 {gain:.3f}，95% 置信区间 {low:.3f}–{high:.3f}，n = {n}。"
        en = f"by {gain:.3f} nDCG@10, 95 % CI {low:.3f}–{high:.3f}, n = {n}."
        if found["verdict"] == "better":
            yield Verdict(
                Words(f"{words.zh}优于当前配置：{zh}", f"{_upper(words.en)} beats the configuration {en}"), "good"
            )
        else:
            yield Verdict(Words(f"当前配置优于{words.zh}：{zh}", f"The configuration beats {words.en} {en}"), "good")
    open_ones = [switch_words(found["b"]) for found in report["comparisons"] if found["verdict"] == "cannot tell"]
    if open_ones:
        yield Verdict(
            Words(
                f"分不出高下：{'；'.join(words.zh for words in open_ones)}。",
                f"Cannot be told from the configuration: {'; '.join(words.en for words in open_ones)}.",
            ),
            "open",
        )


def _sections(report: Mapping[str, Any]) -> Iterator[Section]:
    yield Intervals(
        Words("与当前配置之差（nDCG@10，所有问题）", "Difference from the configuration (nDCG@10, all questions)"),
        tuple(
            Interval(switch_words(found["b"]), found["mean"], found["low"], found["high"])
            for found in report["comparisons"]
        ),
        zero=True,
    )
    yield _differences(report["comparisons"], macro=len(report["datasets"]) > 1)
    yield Table(
        Words("各项指标（数据集宏平均）", "Measures (macro means over datasets)"),
        (Words("开关", "switch"), *(name(MEASURE, measure) for measure in MEASURES)),
        tuple(
            (switch_words(switch), *(estimate(values[measure]) for measure in MEASURES))
            for switch, values in report["modes"].items()
        ),
        Words("括号内为自助法 95% 置信区间。", "Bootstrap 95 % intervals in parentheses."),
    )
    for kind, title in (("directions", Words("按方向", "By direction")), ("datasets", Words("按数据集", "By dataset"))):
        if len(report[kind]) > 1:
            yield _by_part(report[kind], title, list(report["modes"]))
    yield from facts(report)


def _differences(found: Sequence[Mapping[str, Any]], *, macro: bool) -> Table:
    mean = [Words("宏平均之差", "macro difference")] if macro else []
    return Table(
        Words("逐题检验", "Paired tests"),
        (
            Words("开关", "switch"),
            Words("差", "difference"),
            Words("95% 区间", "95 % interval"),
            *mean,
            Words("p（Holm）", "p (Holm)"),
            Words("结论", "verdict"),
        ),
        tuple(
            (
                switch_words(one["b"]),
                same(f"{one['mean']:+.4f}"),
                same(f"{one['low']:+.4f}…{one['high']:+.4f}"),
                *([same(f"{one['macro_mean']['value']:+.4f}")] if macro else []),
                same(f"{one['adjusted']:.4f}"),
                _VERDICT[one["verdict"]],
            )
            for one in found
        ),
        Words(
            "开关减当前配置；成对随机化检验，Holm 校正覆盖所有开关。",
            "Switch minus configuration; paired randomization test, Holm's correction over all switches.",
        ),
    )


_VERDICT = {
    "better": Words("更好", "better"),
    "worse": Words("更差", "worse"),
    "cannot tell": Words("分不出", "cannot tell"),
}
_MARK = {"better": " ▲", "worse": " ▼", "cannot tell": ""}


def _by_part(parts: Mapping[str, Any], title: Words, switches: Sequence[str]) -> Table:
    """One row a switch, one column a part; the default's own value first, differences from it below."""
    rows = []
    for switch in switches:
        cells = []
        for part in parts.values():
            found = next((one for one in part["comparisons"] if one["b"] == switch), None)
            value = part["modes"][switch][HEADLINE]["value"]
            cells.append(same(f"{value:.3f}" if found is None else f"{found['mean']:+.3f}{_MARK[found['verdict']]}"))
        rows.append((switch_words(switch), *cells))
    return Table(
        Words(f"{title.zh}（nDCG@10）", f"{title.en} (nDCG@10)"),
        (Words("开关", "switch"), *(same(f"{part} (n = {of['queries']})") for part, of in parts.items())),
        tuple(rows),
        Words(
            "第一行是当前配置的值，其余为与它的差；▲ ▼ 为显著（每列内 Holm 校正）。",
            "The first row is the configuration's value, the others differ from it by this much; ▲ ▼ mark what is "
            "significant (Holm within each column).",
        ),
    )


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
