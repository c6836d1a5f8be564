"""The findings of a report of answers, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from eval.answers.words import LANGUAGE
from eval.report.sections import Verdict, Words
from eval.wording import name


def answer_verdicts(report: Mapping[str, Any]) -> Iterator[Verdict]:
    """What a reader should know first: how much was right, abstentions, confidence, and what was not measured."""
    for language, measures in {"all": report["measures"], **report["by_language"]}.items():
        if "correct" in measures and (language == "all" or len(report["by_language"]) > 1):
            found = measures["correct"]
            range_ = f"{found['low']:.3f}–{found['high']:.3f}"
            where = name(LANGUAGE, language)
            text = Words(
                f"{where.zh}：答对 {found['value']:.3f}，95% 置信区间 {range_}，n = {found['n']}。",
                f"{where.en.capitalize()}: {found['value']:.3f} correct, 95 % CI {range_}, n = {found['n']}.",
            )
            yield Verdict(text, "open")
    yield from _abstention_verdict(report["abstention"]["all"])
    risk = report["risk_coverage"]["all"]
    if risk:
        good = risk["aurc"] < risk["random"]
        zh, en = ("能", "tells") if good else ("不能", "does not tell")
        yield Verdict(
            Words(
                f"信心{zh}区分对错：AURC {risk['aurc']:.3f}（随机 {risk['random']:.3f}，最佳 {risk['best']:.3f}）。",
                f"Confidence {en} right from wrong: AURC {risk['aurc']:.3f} (random {risk['random']:.3f}, best "
                f"{risk['best']:.3f}).",
            ),
            "good" if good else "bad",
        )
    if report["failed"]:
        yield Verdict(
            Words(f"{report['failed']} 个问题失败，按 0 分计。", f"{report['failed']} questions failed and score 0."),
            "bad",
        )
    if report["n"]["with_history"]:
        count = report["n"]["with_history"]
        yield Verdict(
            Words(
                f"{count} 个问题是追问，前文已一并给出。",
                f"{count} questions follow up on earlier turns, which were given with them.",
            ),
            "open",
        )
    yield from _judge_verdict(report)
    yield from _harm_verdicts(report)


def _judge_verdict(report: Mapping[str, Any]) -> Iterator[Verdict]:
    """Who judged, and that it is not to be believed alone."""
    judged, own = report["measures"].get("judge_correct"), report["measures"].get("correct")
    if not judged or not own:
        return
    name_, unclear = report["models"]["judge"], report["judge_unclear"]
    yield Verdict(
        Words(
            f"模型 {name_} 评判：答对 {judged['value']:.3f}（n = {judged['n']}，{unclear} 题的评判含糊，按否计）。"
            "它只是旁证，请与不用模型的指标一起看。",
            f"Judged by {name_}: {judged['value']:.3f} correct (n = {judged['n']}; {unclear} verdicts were unclear and "
            "count as no). A second witness: read it beside the measures that need no model.",
        ),
        "open",
    )


def _harm_verdicts(report: Mapping[str, Any]) -> Iterator[Verdict]:
    if report["harm"] and not report["harm_with_passages"]:
        yield Verdict(
            Words(
                "有害问题是对着空书架问的：没有段落可答，未作答不说明任何问题。用 --collection 指定文档集后再测。",
                "The harm prompts were asked of an empty shelf: nothing could be answered, so it says little. "
                "Name a library with --collection.",
            ),
            "open",
        )
    skipped = report["n"]["statements_not_asked"]
    if skipped:
        yield Verdict(
            Words(
                f"{skipped} 条陈述句没有提问：它们用于有害内容分类，本报告未测。",
                f"{skipped} statements were not asked: they are for a classifier of harm, which is not measured here.",
            ),
            "open",
        )


def _abstention_verdict(counts: Mapping[str, Any]) -> Iterator[Verdict]:
    known = counts["answerable_answered"] + counts["answerable_abstained"]
    unknown = counts["unanswerable_answered"] + counts["unanswerable_abstained"]
    if unknown:
        yield Verdict(
            Words(
                f"不可答的 {unknown} 题中弃答 {counts['unanswerable_abstained']} 题；"
                f"可答的 {known} 题中误弃 {counts['answerable_abstained']} 题。",
                f"Of {unknown} unanswerable questions it abstained on {counts['unanswerable_abstained']}; of {known} "
                f"answerable ones, wrongly, on {counts['answerable_abstained']}.",
            ),
            "open" if 2 * counts["unanswerable_abstained"] >= unknown else "bad",
        )
