"""report.json and rows of a retrieval run → the page that shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from eval.comparing.words import told_entry
from eval.measures.ranking import MEASURES
from eval.report.sections import (
    Bars,
    Case,
    Cases,
    Differences,
    Facts,
    Interval,
    Intervals,
    Lines,
    Page,
    Section,
    Series,
    Table,
    Verdict,
    Words,
    same,
)
from eval.summary import HEADLINE
from eval.types import Row
from eval.wording import MEASURE, MODE, STAGE, estimate, milliseconds, name, number

WORST = 20
SHOWN = (HEADLINE, *(measure for measure in MEASURES if measure != HEADLINE))  # the headline first: tables scroll


def retrieval_page(report: Mapping[str, Any], rows: Sequence[Row]) -> Page:
    """The page of one dataset: verdicts, measures, per direction, curves, differences, latency, worst cases, facts."""
    return Page(
        title=Words(f"检索质量：{report['dataset']}", f"Retrieval quality: {report['dataset']}"),
        subtitle=Words(
            f"{report['queries']} 个问题（{report['split']}），{report['documents']} 篇文档，"
            f"{report['passages']} 个段落",
            f"{report['queries']} questions ({report['split']}), {report['documents']} documents, "
            f"{report['passages']} passages",
        ),
        verdicts=tuple(_verdicts(report)),
        sections=tuple(_sections(report, rows)),
    )


def _verdicts(report: Mapping[str, Any]) -> Iterator[Verdict]:
    yield from (told_entry(found, MODE, tests=len(report["comparisons"])) for found in report["comparisons"])
    if report["failed"]:
        yield Verdict(
            Words(
                f"{report['failed']} 个问题检索失败，按 0 分计。",
                f"{report['failed']} questions failed and score 0.",
            ),
            "bad",
        )
    yield from (Verdict(same(warning), "open") for warning in report["warnings"])


def _sections(report: Mapping[str, Any], rows: Sequence[Row]) -> Iterator[Section]:
    yield _measures(report["modes"], Words("各模式的指标", "Measures by mode"))
    yield Intervals(
        Words("nDCG@10 与 95% 置信区间", "nDCG@10 with 95 % intervals"),
        tuple(
            Interval(name(MODE, mode), each[HEADLINE]["value"], each[HEADLINE]["low"], each[HEADLINE]["high"])
            for mode, each in report["modes"].items()
        ),
    )
    if len(report["directions"]) > 1:
        for way, each in report["directions"].items():
            title = Words(f"方向 {way}：{each['queries']} 个问题", f"Direction {way}: {each['queries']} questions")
            yield _measures(each["modes"], title)
    yield Lines(
        Words("召回率随深度的变化", "Recall by depth"),
        Words("返回的文档数", "documents returned"),
        Words("召回率", "recall"),
        tuple(
            Series(name(MODE, mode), tuple((float(depth), recall) for depth, recall in points))
            for mode, points in report["curves"].items()
        ),
        log_x=True,
    )
    yield from (_differences(found, rows) for found in report["comparisons"])
    yield from _latency(report["latency"])
    yield from _lost(report)
    yield _worst(report, rows)
    yield from facts(report)


def _measures(modes: Mapping[str, Any], title: Words) -> Table:
    return Table(
        title,
        (Words("模式", "mode"), *(name(MEASURE, measure) for measure in SHOWN)),
        tuple((name(MODE, mode), *(estimate(each[measure]) for measure in SHOWN)) for mode, each in modes.items()),
        Words("均值，括号内为自助法 95% 置信区间。", "Means; bootstrap 95 % intervals in parentheses."),
    )


def _differences(found: Mapping[str, Any], rows: Sequence[Row]) -> Differences:
    values = {mode: {row.question: row.measures[HEADLINE] for row in rows if row.mode == mode} for mode in _pair(found)}
    a, b = (name(MODE, mode) for mode in _pair(found))
    return Differences(
        Words(f"逐题差异：{b.zh}减{a.zh}（nDCG@10）", f"Question by question: {b.en} minus {a.en} (nDCG@10)"),
        tuple((question, values[found["b"]][question] - value) for question, value in values[found["a"]].items()),
    )


def _pair(found: Mapping[str, Any]) -> tuple[str, str]:
    return found["a"], found["b"]


def _latency(latency: Mapping[str, Any]) -> Iterator[Section]:
    timed = {mode: each for mode, each in latency.items() if each["questions"]}
    if not timed:
        return
    rows = []
    for mode, each in timed.items():
        rows.append((name(MODE, mode), STAGE["total"], milliseconds(each["p50"]), milliseconds(each["p95"])))
        rows += [
            (name(MODE, mode), name(STAGE, stage), milliseconds(times["p50"]), milliseconds(times["p95"]))
            for stage, times in each["stages"].items()
        ]
    some = next(iter(timed.values()))["questions"]
    yield Table(
        Words("延迟（毫秒）", "Latency (milliseconds)"),
        (Words("模式", "mode"), Words("阶段", "stage"), same("p50"), same("p95")),
        tuple(rows),
        Words(
            f"前 {some} 个问题，逐个检索，含问题的向量化；两路并行。",
            f"The first {some} questions, one by one, their embedding included; the legs run side by side.",
        ),
    )


def _lost(report: Mapping[str, Any]) -> Iterator[Section]:
    if report.get("lost"):
        yield Bars(
            Words("答案段落丢在哪一步", "Where the right passage was lost"),
            tuple((Words(each["zh"], each["en"]), float(each["count"])) for each in report["lost"].values()),
            note=Words(
                "每道没有进入上下文的题各计一次。", "Each question whose passage missed the context counts once."
            ),
        )


def _worst(report: Mapping[str, Any], rows: Sequence[Row]) -> Cases:
    best = report["comparisons"][0]["b"] if report["comparisons"] else next(iter(report["modes"]))
    poor = (row for row in rows if row.mode == best and row.measures[HEADLINE] < 1)
    mine = sorted(poor, key=lambda row: (row.measures[HEADLINE], row.question))
    title = name(MODE, best)
    return Cases(
        Words(f"最差的 {WORST} 题（{title.zh}）", f"The {WORST} worst questions ({title.en})"),
        tuple(_case(row) for row in mine[:WORST]),
    )


def _case(row: Row) -> Case:
    marks = [same(f"nDCG@10 {number(row.measures[HEADLINE])}"), same(row.direction)]
    if row.lost:
        marks.append(Words(row.detail.get("lost_zh", row.lost), row.detail.get("lost_en", row.lost)))
    fields = [
        (Words("题号", "question id"), row.question),
        (
            Words("首个相关段落的名次", "rank of the first relevant passage"),
            ", ".join(f"{stage} {rank}" for stage, rank in row.found.items()) or "–",
        ),
        (Words("返回的文档", "documents returned"), ", ".join(ranked.document for ranked in row.ranking[:5]) or "–"),
    ]
    if row.failed:
        fields.insert(0, (Words("失败原因", "failed"), row.failed))
    return Case(row.text, tuple(marks), tuple(fields))


def facts(report: Mapping[str, Any]) -> Iterator[Facts]:
    """Everything that is needed to repeat the run."""
    rows = [
        (Words("数据指纹", "data hash"), report["data_hash"]),
        (Words("随机种子", "seed"), str(report["seed"])),
        (Words("程序", "program"), " ".join(str(value) for value in report["program"].values())),
    ]
    for kind, title in (("models", Words("模型", "model")), ("config", Words("配置", "setting"))):
        rows += [(Words(f"{title.zh} {key}", f"{title.en} {key}"), str(value)) for key, value in report[kind].items()]
    yield Facts(Words("如何重现", "How to repeat this"), tuple(rows))
