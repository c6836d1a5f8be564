"""report.json and rows of an answers run → the page that shows them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from eval.answers.verdicts import answer_verdicts
from eval.answers.words import LANGUAGE, MEASURE, NOTES, OUTCOME
from eval.attribution import LOST
from eval.report.sections import (
    Bars,
    Case,
    Cases,
    Facts,
    Interval,
    Intervals,
    Lines,
    Page,
    Section,
    Series,
    Table,
    Words,
    same,
)
from eval.types import Row
from eval.wording import estimate, name, number

WORST = 20
_SELDOM = ("exact_match", "bleu", "rouge1", "rouge2")  # left out of the tables by set and task
_LOST = {str(stage): words for stage, words in LOST.items()}
_LONGEST = 4_000
"""Characters of an answer or a gold text that a case shows."""


def answers_page(report: Mapping[str, Any], rows: Sequence[Row]) -> Page:
    """The page of one run: findings, measures by language, set and task, risk-coverage, harm, latency, worst cases."""
    asked = report["n"]["asked"]
    return Page(
        title=Words(f"回答质量：{report['model']}", f"Answer quality: {report['model']}"),
        subtitle=Words(
            f"{asked} 个问题，"
            + "，".join(f"{name(LANGUAGE, k).zh} {n}" for k, n in report["n"]["by_language"].items()),
            f"{asked} questions, "
            + ", ".join(f"{name(LANGUAGE, k).en} {n}" for k, n in report["n"]["by_language"].items()),
        ),
        verdicts=tuple(answer_verdicts(report)),
        sections=tuple(_sections(report, rows)),
    )


def _sections(report: Mapping[str, Any], rows: Sequence[Row]) -> Iterator[Section]:
    yield _by_language({"all": report["measures"], **report["by_language"]})
    yield _means(report["by_set"], Words("按数据集", "By set"), Words("数据集", "set"), NOTES["faithfulness"])
    yield _means(report["by_task"], Words("按任务", "By task"), Words("任务", "task"))
    correct = {key: each["correct"] for key, each in report["by_task"].items() if "correct" in each}
    if correct:
        intervals = tuple(Interval(same(k), each["value"], each["low"], each["high"]) for k, each in correct.items())
        yield Intervals(Words("各任务答对的比例", "Correct by task"), intervals)
    yield from _risk(report["risk_coverage"])
    yield from _lost(report["lost"])
    yield from _harm(report["harm"])
    yield from _latency(report["seconds"])
    yield _worst(rows)
    yield from _facts(report)


def _by_language(groups: Mapping[str, Any]) -> Table:
    """A row a measure, for there are many of them and few languages."""
    dash = same("–")
    rows = tuple(
        (title, *(estimate(measures[key]) if key in measures else dash for measures in groups.values()))
        for key, title in MEASURE.items()
        if any(key in measures for measures in groups.values())
    )
    columns = (Words("指标", "measure"), *(name(LANGUAGE, group) for group in groups))
    return Table(Words("按语言", "By language"), columns, rows, NOTES["measures"])


def _means(groups: Mapping[str, Any], title: Words, label: Words, note: Words | None = None) -> Table:
    """A row a group; the intervals stand in report.json."""
    shown = [key for key in MEASURE if key not in _SELDOM and any(key in measures for measures in groups.values())]
    return Table(
        title,
        (label, same("n"), *(MEASURE[key] for key in shown)),
        tuple(
            (
                same(group),
                same(str(max((one["n"] for one in measures.values()), default=0))),
                *(same(number(measures[key]["value"]) if key in measures else "–") for key in shown),
            )
            for group, measures in groups.items()
        ),
        note,
    )


def _risk(curves: Mapping[str, Any]) -> Iterator[Section]:
    drawn = {language: curve for language, curve in curves.items() if curve}
    if drawn:
        yield Lines(
            Words("风险—覆盖率", "Risk and coverage"),
            Words("作答比例", "share answered"),
            Words("错误率", "error among them"),
            tuple(
                Series(name(LANGUAGE, language), tuple((x, y) for x, y in curve["points"]))
                for language, curve in drawn.items()
            ),
            note=NOTES["risk"],
        )


def _lost(lost: Mapping[str, int]) -> Iterator[Section]:
    if lost:
        rows = tuple((name(_LOST, stage), float(count)) for stage, count in lost.items())
        yield Bars(Words("短答案题的答案丢在哪一步", "Where short answers were lost"), rows)


def _harm(harm: Mapping[str, Mapping[str, int]]) -> Iterator[Section]:
    if harm:
        yield Table(
            Words("有害与看似有害的问题", "Prompts that are harmful, and that look it"),
            (Words("标签与语言", "label and language"), *OUTCOME.values()),
            tuple((same(key), *(same(str(counts[one])) for one in OUTCOME)) for key, counts in harm.items()),
            NOTES["harm"],
        )


def _latency(seconds: Mapping[str, Mapping[str, float]]) -> Iterator[Section]:
    if seconds:
        rows = tuple(
            (same(stage), same(f"{each['p50'] * 1000:.1f}"), same(f"{each['p95'] * 1000:.1f}"))
            for stage, each in seconds.items()
        )
        columns = (Words("阶段", "stage"), same("p50"), same("p95"))
        yield Table(Words("延迟（毫秒）", "Latency (milliseconds)"), columns, rows)
        bars = tuple((same(stage), each["p50"] * 1000) for stage, each in seconds.items())
        yield Bars(Words("各阶段延迟中位数", "Median latency by stage"), bars, unit="ms")


def _worst(rows: Sequence[Row]) -> Cases:
    """The worst answers: failures, then by ``correct``, then by F1 and the other measures."""
    scored = [row for row in rows if row.measures]
    worst = sorted(scored, key=lambda row: (not row.failed, *_badness(row), row.question))[:WORST]
    return Cases(
        Words(f"最差的 {len(worst)} 题", f"The {len(worst)} worst questions"), tuple(_case(row) for row in worst)
    )


def _badness(row: Row) -> tuple[float, float]:
    values = list(row.measures.values())
    main = next((row.measures[key] for key in ("correct", "asks_back", *row.measures) if key in row.measures), 0.0)
    return main, sum(values) / len(values)


def _case(row: Row) -> Case:
    detail = row.detail
    marks = [same(f"{name(MEASURE, key).en} {number(value)}") for key, value in list(row.measures.items())[-3:]]
    if detail.get("abstained") == "true":
        marks.append(Words("弃答", "abstained"))
    fields = [
        (Words("题号", "question id"), f"{row.question} · {detail['task']} · {detail['expected']} · {row.direction}"),
        (Words("回答", "answer"), detail.get("answer", "–")[:_LONGEST]),
        (Words("标准答案", "gold"), detail.get("gold", "–")[:_LONGEST]),
        (
            Words("引用", "citations"),
            "\n".join(f"[{n}] {quote}" for n, quote in json.loads(detail.get("citations", "[]"))),
        ),
        (Words("上下文", "context"), ", ".join(ranked.document for ranked in row.ranking) or "–"),
    ]
    if "asked" in detail:
        fields.insert(1, (Words("补全后的问题", "the question as completed"), detail["asked"]))
    if row.lost:
        fields.insert(1, (Words("丢在", "lost"), f"{name(_LOST, row.lost).zh} / {name(_LOST, row.lost).en}"))
    if row.failed:
        fields.insert(1, (Words("失败原因", "failed"), row.failed))
    return Case(row.text, tuple(marks), tuple(fields))


def _facts(report: Mapping[str, Any]) -> Iterator[Facts]:
    """Everything that is needed to repeat the run."""
    rows = [
        (Words("随机种子", "seed"), str(report["seed"])),
        (Words("程序", "program"), json.dumps(report["program"], ensure_ascii=False)),
        (Words("上下文保留的标准段落", "gold passages kept in the context"), str(report["gold_kept"])),
        (Words("词元", "tokens"), json.dumps(report["tokens"])),
    ]
    for file in report["files"]:
        rows.append(
            (Words(f"文件 {file['name']}", f"file {file['name']}"), f"sha256 {file['sha256']}, n = {file['cases']}")
        )
    for kind, title in (("models", Words("模型", "model")), ("config", Words("配置", "setting"))):
        rows += [(Words(f"{title.zh} {key}", f"{title.en} {key}"), str(value)) for key, value in report[kind].items()]
    yield Facts(Words("如何重现", "How to repeat this"), tuple(rows))
